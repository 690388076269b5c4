#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "wasm/types.h"

/// A core module as data: what its sections say, with code, data and constant expressions as views.
/// Spec: core/binary/modules.
namespace favo::wasm {

enum class ExternKind : std::uint8_t { Func, Table, Memory, Global, Tag };
/// As WAT spells it: `func`, `table`, …
std::string_view to_string(ExternKind kind);

struct FuncRef {
  std::uint32_t type;
};
struct TagRef {
  std::uint32_t type;
};
/// In the order of `ExternKind`; functions and tags by index into the module's types.
using ExternType = std::variant<FuncRef, TableType, MemoryType, GlobalType, TagRef>;

struct Import {
  std::string_view module, name;
  ExternType type;
  ExternKind kind() const { return static_cast<ExternKind>(type.index()); }
};

struct Export {
  std::string_view name;
  ExternKind kind;
  std::uint32_t index;
};

enum class SegmentMode : std::uint8_t { Active, Passive, Declarative };

/// An element segment. `items` are `count` function indices, or `count` constant expressions.
struct Element {
  SegmentMode mode;
  std::uint32_t table = 0;  ///< active ones
  Bytes offset;             ///< constant expression, `end` included; active ones
  ValType type = kFuncRef;
  bool expressions = false;
  std::uint32_t count = 0;
  Bytes items;
};

/// A data segment: active or passive.
struct Data {
  SegmentMode mode;
  std::uint32_t memory = 0;
  Bytes offset;
  Bytes bytes;
};

/// How many entries of each index space are imported; they come first.
struct ImportCounts {
  std::uint32_t functions = 0, tables = 0, memories = 0, globals = 0, tags = 0;
};

/// Ownership: views borrow from the bytes that were read.
struct Module {
  Bytes bytes;
  std::vector<SubType> types;
  std::vector<RecGroup> groups;
  std::vector<Import> imports;
  std::vector<Export> exports;
  ImportCounts imported;

  /// Whole index spaces, imports first.
  std::vector<std::uint32_t> functions;  ///< their types
  std::vector<TableType> tables;
  std::vector<MemoryType> memories;
  std::vector<GlobalType> globals;
  std::vector<std::uint32_t> tags;  ///< their types

  /// Defined entries only, in order.
  std::vector<Bytes> codes;         ///< local declarations and instructions
  std::vector<Bytes> table_inits;   ///< constant expression, or empty: null
  std::vector<Bytes> global_inits;  ///< constant expression, `end` included

  std::optional<std::uint32_t> start;
  std::vector<Element> elements;
  std::vector<Data> datas;
  Bytes names;  ///< contents of the custom section `name`

  /// The function type behind an index of the function (or tag) space.
  Result<const FuncType*> func_type(std::uint32_t type) const;
};

/// Reads a core module. Indices inside code are not checked; those in exports, segments' targets
/// and types of functions are in range. `offset`: where `bytes` begin in the outermost input.
///
/// Cost: one pass over the sections, none over function bodies.
/// Errors: `InvalidComponent` with the offset.
Result<Module> read_module(Bytes bytes, std::size_t offset = 0);

/// The function names of a `name` section: `(index, name)` in order; a damaged section yields what
/// came before the damage, since names are only for people.
std::vector<std::pair<std::uint32_t, std::string_view>> function_names(Bytes names);

}  // namespace favo::wasm
