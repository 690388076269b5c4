#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// The instruction set as a table (opcode.def). Spec: core/binary/instructions, and the proposals
/// the engine has switched on.
namespace favo::wasm {

/// What follows an opcode in the binary, in this order.
enum class Immediates : std::uint8_t {
  Invalid,  ///< no such opcode
  None,
  Block,  ///< block type
  Label,
  BrTable,    ///< vector of labels, default label
  CastLabel,  ///< flags, label, two heap types
  TryTable,   ///< block type, vector of catches
  ValTypes,   ///< vector of value types
  HeapType,
  Local,
  Func,
  Type,
  TypeTable,
  TypeNumber,  ///< type, field index or element count
  TypeType,
  TypeData,
  TypeElem,
  Table,
  TableTable,
  ElemTable,
  Elem,
  Global,
  Tag,
  Memory,
  MemoryMemory,
  DataMemory,
  Data,
  MemArg,  ///< alignment (bit 6: a memory index follows), offset
  MemArgLane,
  Byte,
  I32,
  I64,
  F32,
  F64,
  V128,
};

/// `prefix << 16 | code`.
enum class Op : std::uint32_t {
#define FAVO_OPCODE(prefix, code, name, text, immediates) name = (prefix) << 16 | (code),
#include "wasm/opcode.def"
#undef FAVO_OPCODE
};

/// One more than the largest code behind any prefix.
constexpr std::size_t kMaxCodes = 0x114;

namespace internal {
using ImmediatesTable = std::array<Immediates, kMaxCodes>;

constexpr ImmediatesTable table_of(std::uint32_t wanted) {
  ImmediatesTable table{};
#define FAVO_OPCODE(prefix, code, name, text, shape) \
  if ((prefix) == wanted) table[code] = Immediates::shape;
#include "wasm/opcode.def"
#undef FAVO_OPCODE
  return table;
}

inline constexpr ImmediatesTable kPlain = table_of(0);
inline constexpr ImmediatesTable kGc = table_of(0xfb);
inline constexpr ImmediatesTable kMisc = table_of(0xfc);
inline constexpr ImmediatesTable kSimd = table_of(0xfd);
inline constexpr ImmediatesTable kThreads = table_of(0xfe);
}  // namespace internal

constexpr bool is_prefix(std::uint8_t byte) { return byte >= 0xfb && byte <= 0xfe; }

/// `Invalid` for what is not in the table. Cost: one load.
constexpr Immediates immediates(std::uint8_t prefix, std::uint32_t code) {
  if (code >= kMaxCodes) return Immediates::Invalid;
  switch (prefix) {
    case 0:
      return internal::kPlain[code];
    case 0xfb:
      return internal::kGc[code];
    case 0xfc:
      return internal::kMisc[code];
    case 0xfd:
      return internal::kSimd[code];
    case 0xfe:
      return internal::kThreads[code];
    default:
      return Immediates::Invalid;
  }
}

/// As the text format spells it; empty for what is not in the table. For messages.
std::string_view to_string(Op op);

}  // namespace favo::wasm
