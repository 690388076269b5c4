#include "wasi/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "wasi/fake_guest.h"

namespace favo::wasi {
namespace {

using Outcome = FakeGuest::Outcome;
using Value = FakeGuest::Value;

TEST(SystemRandom, NeverRepeatsItsBuffer) {
  SystemRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(random.u64());
  EXPECT_EQ(seen.size(), 1'000u);
}

TEST(SystemRandom, FillsEveryByteOfAnyLength) {
  SystemRandom random;
  for (const std::size_t size : {1, 7, 511, 512, 513, 5'000}) {
    // A byte that stays zero in 20 fills was not filled: chance 256^-20.
    std::vector<std::uint8_t> seen(size), bytes(size);
    for (int i = 0; i < 20; ++i) {
      random.fill(bytes);
      for (std::size_t at = 0; at < size; ++at) seen[at] |= bytes[at];
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 0), 0) << size;
  }
}

TEST(SystemRandom, GoesOnWhereTheKernelsNumbersEnd) {
  SystemRandom random;
  std::set<std::vector<std::uint8_t>> seen;
  for (int i = 0; i < 1'000; ++i) {
    std::vector<std::uint8_t> bytes(1'000);  // more than is read ahead
    random.fill(bytes);
    seen.insert(bytes);
  }
  EXPECT_EQ(seen.size(), 1'000u);
}

struct RandomFunctions : testing::Test {
  RandomFunctions() { add_random(guest.functions); }
  FakeGuest guest;
};

TEST_F(RandomFunctions, GiveTheSourcesBytes) {
  Value values[2] = {};
  values[0].i64 = 3;
  values[1].i32 = 512;
  EXPECT_EQ(guest.call("wasi:random/random@0.2.0", "get-random-bytes", values), Outcome::Done);
  EXPECT_EQ(guest.string_at(512), std::string_view("\0\1\2", 3));
  EXPECT_EQ(guest.call("wasi:random/insecure@0.2.0", "get-insecure-random-u64", values),
            Outcome::Done);
  EXPECT_EQ(values[0].i64, 0x0a09080706050403);
  values[0].i32 = 512;
  EXPECT_EQ(guest.call("wasi:random/insecure-seed@0.2.0", "insecure-seed", values), Outcome::Done);
  EXPECT_EQ(guest.at<std::uint64_t>(512), 0x1211100f0e0d0c0bu);
  EXPECT_EQ(guest.at<std::uint64_t>(520), 0x1a19181716151413u);
  // Asked again it is the same.
  values[0].i32 = 1024;
  EXPECT_EQ(guest.call("wasi:random/insecure-seed@0.2.0", "insecure-seed", values), Outcome::Done);
  EXPECT_EQ(guest.at<std::uint64_t>(1024), 0x1211100f0e0d0c0bu);
  EXPECT_EQ(guest.at<std::uint64_t>(1032), 0x1a19181716151413u);
}

TEST_F(RandomFunctions, GiveManyInStepsIntoTheGuestsMemory) {
  constexpr std::size_t kMany = 3 * kRandomStep + 5;
  guest.bytes.assign(2048 + kMany + 1, 0);
  guest.random.next = 1;
  Value values[2] = {};
  values[0].i64 = kMany;
  values[1].i32 = 512;
  // Others have their turn.
  ASSERT_EQ(guest.call("wasi:random/insecure@0.2.0", "get-insecure-random-bytes", values),
            Outcome::Pending);
  EXPECT_EQ(guest.parked.size(), 1u);
  guest.random.next = 1;
  guest.next = 1024;
  ASSERT_EQ(guest.finish("wasi:random/insecure@0.2.0", "get-insecure-random-bytes", values),
            Outcome::Done);
  const std::string_view bytes = guest.string_at(512);
  ASSERT_EQ(bytes.size(), kMany);
  for (std::size_t i = 0; i < kMany; ++i)
    ASSERT_EQ(static_cast<std::uint8_t>(bytes[i]), static_cast<std::uint8_t>(i + 1)) << i;
  EXPECT_EQ(guest.bytes[1024 + kMany], 0);
}

TEST_F(RandomFunctions, GiveNoneWhenNoneAreWanted) {
  Value values[2] = {};
  values[1].i32 = 512;
  EXPECT_EQ(guest.call("wasi:random/random@0.2.0", "get-random-bytes", values), Outcome::Done);
  EXPECT_EQ(guest.string_at(512), "");
}

TEST_F(RandomFunctions, AreBoundedByTheGuestsMemory) {
  Value values[2] = {};
  values[0].i64 = std::int64_t{1} << 32;
  values[1].i32 = 512;
  EXPECT_EQ(guest.call("wasi:random/random@0.2.0", "get-random-bytes", values), Outcome::Failed);
  EXPECT_EQ(guest.error, "wasi:random: 4294967296 bytes do not fit into a memory");
  // A `realloc` that lies about the room it found.
  values[0].i64 = 65536;
  EXPECT_EQ(guest.call("wasi:random/random@0.2.0", "get-random-bytes", values), Outcome::Failed);
  EXPECT_EQ(guest.error, "pointer out of bounds of memory");
}

}  // namespace
}  // namespace favo::wasi
