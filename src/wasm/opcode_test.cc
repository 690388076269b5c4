#include "wasm/opcode.h"

#include <gtest/gtest.h>

#include <set>

#include "base/bytes.h"
#include "base/format.h"
#include "wasm/test_engine.h"

namespace favo::wasm {
namespace {

constexpr std::uint8_t kAny = 0x6e;

/// The immediates of one instruction: every index is `type` for types and 0 for everything else.
void write_immediates(ByteWriter& out, Immediates shape, std::uint8_t type) {
  switch (shape) {
    case Immediates::Invalid:
    case Immediates::None:
      break;
    case Immediates::Block:
      out.u8(0x40);
      break;
    case Immediates::BrTable:
      out.bytes({{1, 0, 0}});
      break;
    case Immediates::CastLabel:
      out.bytes({{3, 0, kAny, kAny}});
      break;
    case Immediates::TryTable:
      out.bytes({{0x40, 1, 2, 0}});
      break;
    case Immediates::ValTypes:
      out.bytes({{1, 0x7f}});
      break;
    case Immediates::HeapType:
      out.u8(kAny);
      break;
    case Immediates::Type:
      out.u8(type);
      break;
    case Immediates::TypeTable:
      out.bytes({{type, 0}});
      break;
    case Immediates::TypeNumber:
      out.bytes({{type, 0}});
      break;
    case Immediates::TypeType:
      out.bytes({{type, type}});
      break;
    case Immediates::TypeData:
    case Immediates::TypeElem:
      out.bytes({{type, 0}});
      break;
    case Immediates::TableTable:
    case Immediates::ElemTable:
    case Immediates::MemoryMemory:
    case Immediates::DataMemory:
      out.bytes({{0, 0}});
      break;
    case Immediates::MemArgLane:
      out.bytes({{0, 0, 0}});
      break;
    case Immediates::F32:
      out.bytes({{0, 0, 0, 0}});
      break;
    case Immediates::F64:
      out.bytes({{0, 0, 0, 0, 0, 0, 0, 0}});
      break;
    case Immediates::V128:
      for (int i = 0; i < 16; ++i) out.u8(0);
      break;
    case Immediates::MemArg:
      out.bytes({{type, 0}});
      break;  // atomics want an exact alignment
    default:
      out.u8(0);
      break;
  }
}

/// A module with one of everything, whose function body is `code`.
std::vector<std::uint8_t> module_around(Bytes code) {
  static const std::vector<std::uint8_t> before = testing::wat(R"((module
    (type (func))
    (type (struct (field (mut i32))))
    (type (struct (field (mut i8))))
    (type (array (mut i32)))
    (type (array (mut i8)))
    (type (array (mut funcref)))
    (memory 1) (table 1 funcref) (global (mut i32) (i32.const 0)) (tag (type 0))
    (elem func 0)
    (data "")
    (func (type 0) (local i32) unreachable)))");
  // The code section is the last but one: id, size, count, body size, body; then the data.
  ByteWriter body;
  body.bytes({{1, 1, 0x7f}});
  body.bytes(code);
  ByteWriter section;
  section.u8(1);
  section.leb_u64(body.size());
  section.bytes(body.buffer());
  ByteWriter module;
  ByteReader reader(before);
  module.bytes(reader.bytes(8).value());
  while (!reader.at_end()) {
    const std::uint8_t id = reader.u8().value();
    const Bytes contents = reader.bytes(reader.leb_u32().value()).value();
    if (id == 10) module.section(12, std::vector<std::uint8_t>{1});  // data count
    module.section(id, id == 10 ? Bytes(section.buffer()) : contents);
  }
  return std::move(module).take();
}

/// Whether the engine accepts the instruction in some surroundings.
bool accepted(std::uint8_t prefix, std::uint32_t code, Immediates shape) {
  for (std::uint8_t type = 0; type < 6; ++type) {
    ByteWriter instruction;
    if (prefix != 0) instruction.u8(prefix);
    prefix != 0 ? instruction.leb_u32(code) : instruction.u8(static_cast<std::uint8_t>(code));
    write_immediates(instruction, shape, type);
    // Alone; as one that opens a block, or closes it; as `else`; with a label that takes a
    // reference.
    const std::vector<std::vector<std::uint8_t>> around[] = {
        {{0x00}, {0x00, 0x0b}},
        {{0x00}, {0x00, 0x0b, 0x0b}},
        {{0x02, 0x40, 0x00}, {0x00, 0x0b}},
        {{0x00, 0x04, 0x40, 0x00}, {0x00, 0x0b, 0x0b}},
        {{0x02, kAny, 0x00}, {0x00, 0x0b, 0x1a, 0x0b}},
    };
    for (const auto& parts : around) {
      ByteWriter body;
      body.bytes(parts[0]);
      body.bytes(instruction.buffer());
      body.bytes(parts[1]);
      if (testing::invalid(module_around(body.buffer())).empty()) return true;
    }
  }
  return false;
}

TEST(Opcode, TableIsWhatTheEngineAccepts) {
  for (const int prefix : {0, 0xfb, 0xfc, 0xfd, 0xfe}) {
    for (std::uint32_t code = 0; code < (prefix == 0 ? 0xfb : kMaxCodes + 4); ++code) {
      const auto byte = static_cast<std::uint8_t>(prefix);
      const Immediates shape = immediates(byte, code);
      EXPECT_EQ(accepted(byte, code, shape), shape != Immediates::Invalid)
          << format("{:#x} {:#x}", prefix, code);
    }
  }
}

/// Whether the engine's reader knows the opcode, whatever it thinks of the operands.
bool known(std::uint8_t prefix, std::uint32_t code) {
  ByteWriter body;
  if (prefix != 0) body.u8(prefix);
  prefix != 0 ? body.leb_u32(code) : body.u8(static_cast<std::uint8_t>(code));
  // Zeros are well-formed immediates of every shape.
  for (int i = 0; i < 32; ++i) body.u8(0);
  const std::string reason = testing::invalid(module_around(body.buffer()));
  for (const std::string_view unknown :
       {"illegal opcode", "subopcode", "not enabled", "feature required", "LegacyTry"}) {
    if (reason.find(unknown) != std::string::npos) return false;
  }
  return true;
}

/// An instruction that a newer engine, or one more proposal, brings must not be missing here, even
/// when `accepted` could not guess its immediates.
TEST(Opcode, TheEngineKnowsNoOther) {
  for (const int prefix : {0, 0xfb, 0xfc, 0xfd, 0xfe}) {
    for (std::uint32_t code = 0; code < (prefix == 0 ? 0x100 : 0x400); ++code) {
      const auto byte = static_cast<std::uint8_t>(prefix);
      if (prefix == 0 && is_prefix(static_cast<std::uint8_t>(code))) continue;
      EXPECT_EQ(known(byte, code), immediates(byte, code) != Immediates::Invalid)
          << format("{:#x} {:#x}", prefix, code);
    }
  }
}

TEST(Opcode, NamesAreUnique) {
  std::set<std::string_view> names;
  std::size_t count = 0;
#define FAVO_OPCODE(prefix, code, name, text, immediates) \
  names.insert(to_string(Op::name));                      \
  ++count;
#include "wasm/opcode.def"
#undef FAVO_OPCODE
  EXPECT_EQ(names.size(), count);
  EXPECT_EQ(to_string(Op::MemoryGrow), "memory.grow");
}

}  // namespace
}  // namespace favo::wasm
