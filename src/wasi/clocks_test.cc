#include "wasi/clocks.h"

#include <gtest/gtest.h>

#include <limits>

#include "wasi/fake_guest.h"

namespace favo::wasi {
namespace {

using Outcome = FakeGuest::Outcome;
using Value = FakeGuest::Value;

constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

TEST(SystemClock, MonotonicTimeDoesNotGoBack) {
  SystemClock clock;
  const std::uint64_t first = clock.monotonic_now();
  EXPECT_GE(clock.monotonic_now(), first);
}

TEST(SystemClock, WallTimeIsAfterThisTestWasWritten) {
  SystemClock clock;
  EXPECT_GT(clock.wall_now().seconds, 1'767'225'600u);  // 2026
  EXPECT_LT(clock.wall_now().nanoseconds, 1'000'000'000u);
}

TEST(SubscribeInstant, FollowsTheClock) {
  Loop loop;
  FakeClock clock;
  const auto pollable = subscribe_instant(loop, clock, clock.monotonic + 10);
  clock.monotonic += 9;
  EXPECT_FALSE(pollable->ready());
  clock.monotonic += 1;
  EXPECT_TRUE(pollable->ready());
}

TEST(SubscribeInstant, WakesWhoeverWaits) {
  Loop loop;
  SystemClock clock;
  const auto pollable = subscribe_duration(loop, clock, 1'000'000);
  int woken = 0;
  Waiter waiter([&woken] { ++woken; });
  pollable->signal().add(waiter);
  while (woken == 0) ASSERT_GT(loop.run_for(std::chrono::seconds(10)), 0u);
  EXPECT_TRUE(pollable->ready());
}

TEST(SubscribeInstant, WakesAWaiterWhoCameTooLate) {
  Loop loop;
  FakeClock clock;
  const auto pollable = subscribe_instant(loop, clock, 0);
  int woken = 0;
  Waiter waiter([&woken] { ++woken; });
  pollable->signal().add(waiter);
  while (woken == 0) ASSERT_GT(loop.run_for(std::chrono::seconds(10)), 0u);
}

TEST(SubscribeInstant, IsForgottenWhenDropped) {
  Loop loop;
  FakeClock clock;
  int woken = 0;
  Waiter waiter([&woken] { ++woken; });
  auto pollable = subscribe_instant(loop, clock, 0);
  pollable->signal().add(waiter);
  pollable.reset();
  loop.poll();
  EXPECT_EQ(woken, 0);
  EXPECT_FALSE(waiter.waiting());
}

TEST(SubscribeDuration, DoesNotOverflow) {
  Loop loop;
  FakeClock clock;
  const auto pollable = subscribe_duration(loop, clock, kForever);
  Waiter waiter([] {});
  pollable->signal().add(waiter);  // arms a timer that must not expire at once
  loop.poll();
  EXPECT_TRUE(waiter.waiting());
  EXPECT_FALSE(pollable->ready());
}

struct ClockFunctions : testing::Test {
  ClockFunctions() { add_clocks(guest.functions); }
  FakeGuest guest;
};

TEST_F(ClockFunctions, ReadTheContextsClock) {
  Value value{};
  EXPECT_EQ(guest.call("wasi:clocks/monotonic-clock@0.2.0", "now", {&value, 1}), Outcome::Done);
  EXPECT_EQ(value.i64, 1'000);
  EXPECT_EQ(guest.call("wasi:clocks/monotonic-clock@0.2.0", "resolution", {&value, 1}),
            Outcome::Done);
  EXPECT_EQ(value.i64, 1);

  guest.clock.wall = {1'767'225'600, 42};
  value.i32 = 512;
  EXPECT_EQ(guest.call("wasi:clocks/wall-clock@0.2.0", "now", {&value, 1}), Outcome::Done);
  EXPECT_EQ(guest.at<std::uint64_t>(512), 1'767'225'600u);
  EXPECT_EQ(guest.at<std::uint32_t>(520), 42u);
}

TEST_F(ClockFunctions, SubscribeGivesAPollable) {
  add_io(guest.functions);
  Value value{};
  value.i64 = 5;
  EXPECT_EQ(guest.call("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration", {&value, 1}),
            Outcome::Done);
  const Value pollable = value;
  EXPECT_EQ(guest.call("wasi:io/poll@0.2.0", "[method]pollable.ready", {&value, 1}), Outcome::Done);
  EXPECT_EQ(value.i32, 0);
  guest.clock.monotonic += 5;
  value = pollable;
  EXPECT_EQ(guest.call("wasi:io/poll@0.2.0", "[method]pollable.ready", {&value, 1}), Outcome::Done);
  EXPECT_EQ(value.i32, 1);
}

}  // namespace
}  // namespace favo::wasi
