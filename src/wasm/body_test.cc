#include "wasm/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "wasm/module.h"
#include "wasm/rewrite.h"
#include "wasm/test_engine.h"

namespace favo::wasm {
namespace {

using ::testing::ElementsAre;

constexpr std::uint32_t kIndices = 8;

struct Maps {
  std::vector<std::uint32_t> indices;
  Renumbering map;

  /// Every index of every space plus `shift`.
  explicit Maps(std::uint32_t shift, std::uint32_t size = kIndices) : indices(size) {
    std::iota(indices.begin(), indices.end(), shift);
    map = {indices, indices, indices, indices, indices, indices,
           indices, indices, {},      indices, indices};
  }
};

/// A body that uses each instruction of the table once, with index 1 (or memory 0) everywhere.
/// Order and operands make no sense; a walk does not care.
std::vector<std::uint8_t> body_of_everything() {
  ByteWriter body;
  body.leb_u32(2);
  body.bytes({{1, 0x7f}});
  body.bytes({{1, 0x63, 1}});
  const auto add = [&body](std::uint32_t prefix, std::uint32_t code, Immediates shape) {
    // Calls replace growing, so the way back is another: see the tests of growing.
    if (prefix == 0 && code == 0x40) return;
    if (prefix == 0xfc && code == 0x0f) return;
    if (prefix != 0) body.u8(static_cast<std::uint8_t>(prefix));
    prefix != 0 ? body.leb_u32(code) : body.u8(static_cast<std::uint8_t>(code));
    switch (shape) {
      case Immediates::Invalid:
      case Immediates::None:
        break;
      case Immediates::Block:
        body.u8(1);
        break;
      case Immediates::BrTable:
        body.bytes({{2, 0, 1, 2}});
        break;
      case Immediates::CastLabel:
        body.bytes({{3, 0, 1, 0x6e}});
        break;
      case Immediates::TryTable:
        body.bytes({{0x40, 4, 0, 1, 0, 1, 1, 0, 2, 0, 3, 0}});
        break;
      case Immediates::ValTypes:
        body.bytes({{1, 0x64, 1}});
        break;
      case Immediates::I32:
        body.leb_s32(-100'000);
        break;
      case Immediates::I64:
        body.leb_s64(-(std::int64_t{1} << 60));
        break;
      case Immediates::F32:
        body.u32_le(0x40404040);
        break;
      case Immediates::F64:
        body.u64_le(0x4040404040404040);
        break;
      case Immediates::V128:
        body.u64_le(0x40);
        body.u64_le(0x40);
        break;
      case Immediates::MemArg:
        body.bytes({{0x42, 1, 0x80, 1}});
        break;
      case Immediates::MemArgLane:
        body.bytes({{0x40, 1, 3, 7}});
        break;
      case Immediates::TypeNumber:
      case Immediates::TypeTable:
      case Immediates::TypeType:
      case Immediates::TypeData:
      case Immediates::TypeElem:
      case Immediates::TableTable:
      case Immediates::ElemTable:
      case Immediates::MemoryMemory:
      case Immediates::DataMemory:
        body.bytes({{1, 1}});
        break;
      default:
        body.u8(1);
        break;
    }
  };
#define FAVO_OPCODE(prefix, code, name, text, immediates) add(prefix, code, Immediates::immediates);
#include "wasm/opcode.def"
#undef FAVO_OPCODE
  return std::move(body).take();
}

TEST(RewriteBody, IdentityKeepsEveryByte) {
  const std::vector<std::uint8_t> body = body_of_everything();
  std::vector<std::uint8_t> out;
  ASSERT_TRUE(rewrite_body(body, 0, Maps(0).map, out).ok());
  EXPECT_EQ(out, body);
}

TEST(RewriteBody, RenumberingForthAndBackKeepsEveryByte) {
  const std::vector<std::uint8_t> body = body_of_everything();
  constexpr std::uint32_t kShift = 300;  // takes another byte per index
  std::vector<std::uint8_t> shifted, back;
  ASSERT_TRUE(rewrite_body(body, 0, Maps(kShift).map, shifted).ok());
  EXPECT_GT(shifted.size(), body.size() + 100);
  Maps inverse(0, kShift + kIndices);
  for (std::uint32_t i = 0; i < kIndices; ++i) inverse.indices[kShift + i] = i;
  ASSERT_TRUE(rewrite_body(shifted, 0, inverse.map, back).ok());
  EXPECT_EQ(back, body);
}

TEST(RewriteBody, MemoryZeroNeedsNoIndex) {
  const std::vector<std::uint8_t> with{0, 0x28, 0x42, 1, 5, 0x0b}, without{0, 0x28, 0x02, 5, 0x0b};
  std::vector<std::uint8_t> out;
  Maps maps(0);
  maps.indices[1] = 0;
  ASSERT_TRUE(rewrite_body(with, 0, maps.map, out).ok());
  EXPECT_EQ(out, without);
  out.clear();
  maps.indices[0] = 1;
  ASSERT_TRUE(rewrite_body(without, 0, maps.map, out).ok());
  EXPECT_EQ(out, with);
}

TEST(RewriteBody, GrowingBecomesACall) {
  std::vector<std::uint8_t> out;
  Maps maps(0);
  const std::vector<std::uint32_t> memory_grow{10, 11}, table_grow{20, 300};
  maps.map.memory_grow = memory_grow;
  maps.map.table_grow = table_grow;
  const std::vector<std::uint8_t> body{0, 0x40, 1, 0xfc, 0x0f, 1, 0x0b};
  ASSERT_TRUE(rewrite_body(body, 0, maps.map, out).ok());
  EXPECT_THAT(out, ElementsAre(0, 0x10, 11, 0x10, 0xac, 0x02, 0x0b));
}

TEST(RewriteBody, ReadingAConstantGlobalBecomesTheConstant) {
  std::vector<std::uint8_t> out;
  Maps maps(0);
  const std::vector<std::uint8_t> constant{0x41, 42};
  const std::vector<Bytes> constants{{}, constant};
  maps.map.constants = constants;
  const std::vector<std::uint8_t> body{0, 0x23, 0, 0x23, 1, 0x0b};
  ASSERT_TRUE(rewrite_body(body, 0, maps.map, out).ok());
  EXPECT_THAT(out, ElementsAre(0, 0x23, 0, 0x41, 42, 0x0b));
}

TEST(RewriteBody, RefusesMalformedCode) {
  const std::vector<std::vector<std::uint8_t>> bad = {
      {},                                       // no locals
      {0, 0xff},                                // no such opcode
      {0, 0xfd, 0xff, 0x7f},                    // nor such a prefixed one
      {0, 0x10},                                // truncated index
      {0, 0x10, 0x80},                          //
      {0, 0x10, 0x80, 0x80, 0x80, 0x80, 0x10},  // too large
      {0, 0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0},
      {0, 0x10, kIndices},                      // out of range
      {0, 0x28, 0x80, 0x01, 0},                 // unknown memarg flags
      {0, 0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f},  // a table longer than the body
      {1, 1, 0x40},                             // not a value type
      {0, 0x02, 0x65, 0x70},                    // shared references
      {0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00},
  };
  for (const auto& body : bad) {
    std::vector<std::uint8_t> out;
    const auto result = rewrite_body(body, 0x100, Maps(0).map, out);
    ASSERT_FALSE(result.ok());
    EXPECT_THAT(result.error().message(), ::testing::HasSubstr("at offset 0x10"));
  }
}

/// `instruction` with many others before and after it, which are skipped by the shortest way.
std::vector<std::uint8_t> in_long_code(const std::vector<std::uint8_t>& instruction) {
  std::vector<std::uint8_t> body = {0};
  body.insert(body.end(), 20, static_cast<std::uint8_t>(Op::Nop));
  body.insert(body.end(), instruction.begin(), instruction.end());
  body.insert(body.end(), 30, static_cast<std::uint8_t>(Op::Nop));
  return body;
}

TEST(RewriteBody, SkipsWhatNamesNothing) {
  const std::vector<std::vector<std::uint8_t>> good = {
      {0x20, 0x05},                                                              // local.get
      {0x20, 0x85, 0x80, 0x80, 0x80, 0x00},                                      //
      {0x41, 0xff, 0xff, 0xff, 0xff, 0x07},                                      // i32.const
      {0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f},        // i64.const
      {0x28, 0x02, 0x10},                                                        // i32.load
      {0x28, 0x02, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00},  //
      {0x28, 0x42, 0x00, 0x10},                                                  // of memory 0
      {0x02, 0x40},                                                              // block
      {0x02, 0x7f},                                                              //
      {0x6a},                                                                    // i32.add
  };
  for (const auto& instruction : good) {
    const std::vector<std::uint8_t> body = in_long_code(instruction);
    std::vector<std::uint8_t> out;
    ASSERT_TRUE(rewrite_body(body, 0, Maps(0).map, out).ok()) << int{instruction[0]};
    EXPECT_EQ(out, body);
  }
}

TEST(RewriteBody, RefusesMalformedCodeAmongWhatIsSkipped) {
  const std::vector<std::vector<std::uint8_t>> bad = {
      {0xff},
      {0x10, kIndices},
      {0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00},
      {0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00},
      {0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00},
      {0x28, 0x80, 0x01, 0x00},
      {0x28, 0x02, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00},
  };
  for (const auto& instruction : bad) {
    std::vector<std::uint8_t> out;
    const auto result = rewrite_body(in_long_code(instruction), 0x100, Maps(0).map, out);
    ASSERT_FALSE(result.ok()) << int{instruction[0]};
    EXPECT_THAT(result.error().message(), ::testing::HasSubstr("at offset 0x1"));
  }
}

TEST(ReadExpression, EndsAtItsOwnEnd) {
  const std::vector<std::uint8_t> bytes{0x41, 0x0b, 0x41, 1, 0x6a, 0x0b, 0x77};
  ByteReader reader(bytes);
  EXPECT_EQ(read_expression(reader).value().size(), 6u);
  EXPECT_EQ(reader.remaining(), 1u);
  ByteReader truncated(Bytes(bytes).first(2));  // the last byte is a number, not an `end`
  EXPECT_FALSE(read_expression(truncated).ok());
}

TEST(RewriteBody, MutationsOfRealCodeNeverCrash) {
  const auto binary = testing::wat(R"((module
    (memory 1) (table 4 funcref)
    (func $f (param i32) (result i32) (local i64 f32)
      (block (loop (br_table 0 1 (local.get 0))))
      (i32.store offset=8 (i32.const 1) (i32.load (local.get 0)))
      (call_indirect (param i32) (result i32) (i32.const 7) (i32.const 0)))))");
  const Module module = read_module(binary).value();
  const std::vector<std::uint8_t> body(module.codes[0].begin(), module.codes[0].end());
  for (std::size_t at = 0; at < body.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::vector<std::uint8_t> changed = body, out;
      changed[at] = static_cast<std::uint8_t>(value);
      (void)rewrite_body(changed, 0, Maps(5).map, out).ok();
    }
  }
}

}  // namespace
}  // namespace favo::wasm
