#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/index.h"
#include "base/result.h"
#include "component/binary/ast.h"
#include "wasm/types.h"

/// Core types across modules: each module numbers its own, so they are interned here and compared
/// by one number. Private to `component/validate`.
/// Spec: core/valid/types ("Type Equivalence", rolling and unrolling), core/valid/matching.
namespace favo::validate {

using CoreTypeId = Index<struct CoreTypeIdTag>;

struct CoreFunc {
  CoreTypeId type;
};
struct CoreTag {
  CoreTypeId type;
};
/// `core:externtype`. Heap types that are indices are `CoreTypeId`s.
using CoreExtern =
    std::variant<CoreFunc, wasm::TableType, wasm::MemoryType, wasm::GlobalType, CoreTag>;
std::string_view describe(const CoreExtern& item);

using CoreExports = std::unordered_map<std::string_view, CoreExtern>;

struct CoreImport {
  std::string_view module, name;
  CoreExtern type;
};
/// The type of a core module. No two imports have the same names.
struct ModuleType {
  std::vector<CoreImport> imports;
  std::shared_ptr<const CoreExports> exports;
};

/// Owns the interned core types of one validation.
class CoreTypes {
 public:
  /// The types that a type index space held before a group, to resolve what the group refers to.
  using IndexSpace = std::span<const std::optional<CoreTypeId>>;

  /// Interns the consecutive types of one recursion group, which follow on `before`.
  /// Errors: an index beyond the group, a heap type that the engine has not, a supertype that may
  /// not be extended, or not like this.
  Result<std::vector<CoreTypeId>> intern(std::span<const wasm::SubType> group, IndexSpace before,
                                         std::size_t offset);
  /// A function type of numbers only. Cannot fail.
  CoreTypeId intern(const wasm::FuncType& type);

  /// Null when it is a structure or an array.
  const wasm::FuncType* func(CoreTypeId id) const;

  /// A value type with the indices of `space` replaced. Errors: no such type.
  Result<wasm::ValType> resolve(wasm::ValType type, IndexSpace space, std::size_t offset) const;

  /// Subtyping.
  bool matches(CoreTypeId actual, CoreTypeId expected) const;
  bool matches(const wasm::ValType& actual, const wasm::ValType& expected) const;
  /// Whether an import of type `expected` takes `actual`.
  Result<void> check(const CoreExtern& actual, const CoreExtern& expected,
                     std::size_t offset) const;

  std::string text(CoreTypeId id) const;

 private:
  /// A type index of a group of `size` types that will be `base` onwards, as a `CoreTypeId`.
  static Result<std::uint32_t> resolve_index(std::uint64_t index, IndexSpace before,
                                             std::size_t size, std::size_t base,
                                             std::size_t offset);
  Result<void> check_supertype(const wasm::SubType& type, std::size_t offset) const;
  bool matches(const wasm::FieldType& actual, const wasm::FieldType& expected) const;
  bool composite_matches(const wasm::SubType& actual, const wasm::SubType& expected) const;
  bool heap_matches(std::int64_t actual, std::int64_t expected) const;

  std::vector<wasm::SubType> types_;          ///< by CoreTypeId
  std::map<std::string, CoreTypeId> groups_;  ///< serialized group → its first type
};

/// From the syntax tree's form. Shorthands of references are written out.
wasm::ValType to_val_type(const binary::CoreValType& type);
wasm::FuncType to_func_type(const binary::CoreFuncType& type);
std::string text_of(const wasm::FuncType& type);

/// "actual's limits lie within expected's". Spec: core/valid/matching, "Limits".
bool limits_match(const wasm::Limits& actual, const wasm::Limits& expected);

}  // namespace favo::validate
