#include "base/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace favo {
namespace {

ByteReader reader(std::initializer_list<std::uint8_t> bytes) {
  static std::vector<std::uint8_t> kept;
  kept.assign(bytes);
  return ByteReader(kept);
}

TEST(Leb, RoundTripsSigned) {
  for (std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{64}, std::int64_t{-64},
        std::int64_t{-65}, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max()}) {
    ByteWriter writer;
    writer.leb_s64(value);
    EXPECT_EQ(*ByteReader(writer.buffer()).leb_s64(), value);
  }
  for (std::int32_t value : {0, -1, std::numeric_limits<std::int32_t>::min(),
                             std::numeric_limits<std::int32_t>::max()}) {
    ByteWriter writer;
    writer.leb_s32(value);
    EXPECT_EQ(*ByteReader(writer.buffer()).leb_s32(), value);
  }
}

TEST(Leb, RefusesExcessBits) {
  EXPECT_TRUE(reader({0xff, 0xff, 0xff, 0xff, 0x0f}).leb_u32());
  EXPECT_FALSE(reader({0xff, 0xff, 0xff, 0xff, 0x1f}).leb_u32());
  EXPECT_FALSE(reader({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}).leb_u32());
  EXPECT_FALSE(reader({0xff, 0xff, 0xff, 0xff, 0x4f}).leb_s32());
  EXPECT_TRUE(reader({0xff, 0xff, 0xff, 0xff, 0x7f}).leb_s32());
}

TEST(ByteReader, RefusesCountsBeyondTheInput) {
  auto input = reader({0x05, 0, 0});
  auto count = input.count();
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().message(), "a count of 5 exceeds the bytes left at offset 0x0");
}

TEST(ByteReader, KeepsOffsetsInSubreaders) {
  auto input = reader({0, 0, 7, 8});
  ASSERT_TRUE(input.bytes(2));
  auto sub = input.sub(2);
  ASSERT_TRUE(sub);
  EXPECT_EQ(*sub->u8(), 7);
  EXPECT_EQ(sub->fail("bad").message(), "bad at offset 0x3");
}

TEST(ByteReader, RefusesMalformedNames) {
  EXPECT_FALSE(reader({0x02, 0xc3, 0x28}).name());
  EXPECT_FALSE(reader({0x02, 'a'}).name());
}

}  // namespace
}  // namespace favo
