#include "engine/cpu_clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace favo::engine {
namespace {

using std::chrono_literals::operator""ms;
using Clock = CpuClock::Clock;

/// Computes until `clock` says that it took so long.
void compute(CpuClock& clock, std::chrono::nanoseconds time) {
  const CpuClock::Mark began = clock.mark();
  while (clock.since(began, Clock::now()) < time) {
  }
}

TEST(CpuClock, DoesNotCountWhatPassesWhileItsThreadSleeps) {
  CpuClock clock;
  const CpuClock::Mark began = clock.mark();
  std::this_thread::sleep_for(20ms);
  EXPECT_LT(clock.since(began, Clock::now()), 20ms);
}

TEST(CpuClock, WorkMayBePartOfOtherWork) {
  CpuClock clock;
  const CpuClock::Mark began = clock.mark();
  compute(clock, 5ms);
  compute(clock, 5ms);
  EXPECT_GE(clock.since(began, Clock::now()), 10ms - 2 * CpuClock::kShort);
}

}  // namespace
}  // namespace favo::engine
