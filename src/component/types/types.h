#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/index.h"

/// Value types of the Component Model, interned: two types are the same type exactly when their
/// ids are equal. Resources are nominal, so a type mentions them by `ResourceId`.
/// Spec: Explainer.md, "Type Definitions".
namespace favo::types {

using TypeId = Index<struct TypeIdTag>;
using ResourceId = Index<struct ResourceIdTag>;

/// In the order of `TypeId`s 0…13: every table starts with the primitives.
enum class Primitive : std::uint8_t {
  Bool,
  S8,
  U8,
  S16,
  U16,
  S32,
  U32,
  S64,
  U64,
  F32,
  F64,
  Char,
  String,
  ErrorContext,
};
constexpr TypeId id_of(Primitive primitive) { return TypeId(static_cast<std::size_t>(primitive)); }

struct Field {
  std::string name;
  TypeId type;
  auto operator<=>(const Field&) const = default;
};
struct Case {
  std::string name;
  std::optional<TypeId> type;
  auto operator<=>(const Case&) const = default;
};

struct Record {
  std::vector<Field> fields;
  auto operator<=>(const Record&) const = default;
};
struct Variant {
  std::vector<Case> cases;
  auto operator<=>(const Variant&) const = default;
};
struct List {
  TypeId element;
  std::optional<std::uint32_t> length;
  auto operator<=>(const List&) const = default;
};
struct Tuple {
  std::vector<TypeId> types;
  auto operator<=>(const Tuple&) const = default;
};
struct Flags {
  std::vector<std::string> names;
  auto operator<=>(const Flags&) const = default;
};
struct Enum {
  std::vector<std::string> names;
  auto operator<=>(const Enum&) const = default;
};
struct Option {
  TypeId type;
  auto operator<=>(const Option&) const = default;
};
struct ResultOf {
  std::optional<TypeId> ok, error;
  auto operator<=>(const ResultOf&) const = default;
};
struct Own {
  ResourceId resource;
  auto operator<=>(const Own&) const = default;
};
struct Borrow {
  ResourceId resource;
  auto operator<=>(const Borrow&) const = default;
};
struct Stream {
  std::optional<TypeId> element;
  auto operator<=>(const Stream&) const = default;
};
struct Future {
  std::optional<TypeId> element;
  auto operator<=>(const Future&) const = default;
};
struct Map {
  TypeId key, value;
  auto operator<=>(const Map&) const = default;
};

using Type = std::variant<Primitive, Record, Variant, List, Tuple, Flags, Enum, Option, ResultOf,
                          Own, Borrow, Stream, Future, Map>;

struct FuncType {
  bool async = false;
  std::vector<Field> params = {};
  std::optional<TypeId> result = {};
  auto operator<=>(const FuncType&) const = default;
};

struct TypeFacts;

/// Owns the interned types of one component (or application).
///
/// Types are built bottom-up, so a type's parts are always older than the type and no cycle exists.
/// What layout.h answers is computed once, while interning: a type that shares its parts, such as
/// `tuple<t, t>` nested a hundred times, costs no more than its number of distinct types.
///
/// Threads: one at a time. Cost: `intern` is O(log n) comparisons of the node itself.
class TypeTable {
 public:
  TypeTable();
  ~TypeTable();
  TypeTable(TypeTable&&) noexcept;
  TypeTable& operator=(TypeTable&&) noexcept;

  /// REQUIRES: the ids inside `type` came from this table.
  TypeId intern(Type type);
  /// REQUIRES: `id` came from this table. The reference lives as long as the table.
  const Type& get(TypeId id) const;
  /// REQUIRES: `id` came from this table. See facts.h; lives as long as the table.
  const TypeFacts& facts(TypeId id) const;
  std::size_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace favo::types
