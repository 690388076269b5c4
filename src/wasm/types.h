#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

/// Core WebAssembly types as data. Type indices are those of the module that wrote them.
/// Spec: core/binary/types.
namespace favo::wasm {

/// A value type, or a packed field type. References are kept in one form: the shorthand `funcref`
/// is stored as `(ref null func)`, so that equality is structural.
struct ValType {
  enum Code : std::uint8_t {
    I32 = 0x7f,
    I64 = 0x7e,
    F32 = 0x7d,
    F64 = 0x7c,
    V128 = 0x7b,
    I8 = 0x78,
    I16 = 0x77,  // fields only
    RefNull = 0x63,
    Ref = 0x64,
  };
  Code code = I32;
  /// With references only: a type index, or (negative) an abstract heap type such as `kFunc`.
  std::int64_t heap = 0;

  bool is_ref() const { return code == RefNull || code == Ref; }
  bool operator==(const ValType&) const = default;
};

/// Abstract heap types, as signed numbers.
constexpr std::int64_t kFunc = -16, kExtern = -17;
constexpr ValType kFuncRef{ValType::RefNull, kFunc};

struct FuncType {
  std::vector<ValType> params, results;
  bool operator==(const FuncType&) const = default;
};
struct FieldType {
  ValType type;
  bool mutable_ = false;
  bool operator==(const FieldType&) const = default;
};
struct StructType {
  std::vector<FieldType> fields;
};
struct ArrayType {
  FieldType element;
};

/// A definition of the type index space.
struct SubType {
  bool open = false;  ///< may be extended: not `final`
  std::optional<std::uint32_t> supertype;
  std::variant<FuncType, StructType, ArrayType> composite;
};

/// Consecutive types that are defined together. `explicit_`: written with `rec`; otherwise one
/// type.
struct RecGroup {
  std::uint32_t first = 0, count = 1;
  bool explicit_ = false;
};

struct Limits {
  std::uint64_t min = 0;
  std::optional<std::uint64_t> max;
  bool shared = false;
  bool is64 = false;
  std::optional<std::uint32_t> page_size_log2;  ///< memories with custom page sizes
  bool operator==(const Limits&) const = default;
};
struct TableType {
  ValType element;
  Limits limits;
  bool operator==(const TableType&) const = default;
};
struct MemoryType {
  Limits limits;
  std::uint32_t page_size_log2() const { return limits.page_size_log2.value_or(16); }
  bool operator==(const MemoryType&) const = default;
};
struct GlobalType {
  ValType type;
  bool mutable_ = false;
  bool operator==(const GlobalType&) const = default;
};

/// Readers of single types. Errors: `InvalidComponent` with the offset; `Unsupported` for shared
/// references and exact types, which the engine has not switched on either.
Result<ValType> read_val_type(ByteReader& reader);
Result<Limits> read_limits(ByteReader& reader);
Result<TableType> read_table_type(ByteReader& reader);
Result<GlobalType> read_global_type(ByteReader& reader);
Result<SubType> read_sub_type(ByteReader& reader);

/// Writers of the same. Type indices are written as they are.
void write_val_type(ByteWriter& writer, const ValType& type);
void write_limits(ByteWriter& writer, const Limits& limits);
void write_table_type(ByteWriter& writer, const TableType& type);
void write_global_type(ByteWriter& writer, const GlobalType& type);
void write_func_type(ByteWriter& writer, const FuncType& type);
void write_sub_type(ByteWriter& writer, const SubType& type);

}  // namespace favo::wasm
