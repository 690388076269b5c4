#include "component/runtime/transcode.h"

#include <gtest/gtest.h>

#include <vector>

namespace favo::runtime {
namespace {

using fuse::Transcode;

// Generated code never asks for these; a bug there must not reach beyond the memories.
TEST(Transcode, RefusesRangesOutsideTheMemories) {
  const std::vector<std::uint8_t> from(8, 'a');
  std::vector<std::uint8_t> to(16);
  const auto fits = [&](Transcode op, TranscodeArguments arguments) {
    return transcode(op, from, to, arguments).ok();
  };
  EXPECT_TRUE(fits(Transcode::Utf8, {4, 4, 12, 0}));
  EXPECT_FALSE(fits(Transcode::Utf8, {5, 4, 0, 0}));
  EXPECT_FALSE(fits(Transcode::Utf8, {0, 4, 13, 0}));
  EXPECT_FALSE(fits(Transcode::Utf8, {0xffffffff, 0xffffffff, 0, 0}));
  EXPECT_FALSE(fits(Transcode::Utf16, {0, 5, 0, 0}));
  EXPECT_TRUE(fits(Transcode::Utf8ToUtf16, {0, 8, 0, 0}));
  EXPECT_FALSE(fits(Transcode::Utf8ToUtf16, {0, 8, 1, 0}));
  EXPECT_TRUE(fits(Transcode::Utf16ToUtf8, {0, 4, 0, 16}));
  EXPECT_FALSE(fits(Transcode::Utf16ToUtf8, {0, 4, 0, 17}));
  EXPECT_FALSE(fits(Transcode::Utf8ToCompactUtf16, {0, 4, 0, 5}));
  EXPECT_FALSE(fits(Transcode::Utf16ToCompact, {0, 4, 9, 0}));
}

TEST(Transcode, StopsWhereTheTargetHasNoRoom) {
  const std::vector<std::uint8_t> from = {'a', 0, 0x03, 0x26, 'b', 0};
  std::vector<std::uint8_t> to(8, 0xee);
  const auto done = transcode(Transcode::Utf16ToUtf8, from, to, {0, 3, 0, 3});
  ASSERT_TRUE(done);
  EXPECT_EQ(*done, std::uint64_t{1} | std::uint64_t{1} << 32);
  EXPECT_EQ(to[1], 0xee);
}

}  // namespace
}  // namespace favo::runtime
