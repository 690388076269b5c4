#include "engine/cpu_clock.h"

#include <time.h>

#include <algorithm>

namespace favo::engine {

CpuClock::Mark CpuClock::mark() {
  const Clock::time_point now = Clock::now();
  if (now - last_.at >= kShort) read(now);
  return {now, last_.used};
}

std::chrono::nanoseconds CpuClock::since(const Mark& began, Clock::time_point now) {
  const std::chrono::nanoseconds passed = now - began.at;
  if (passed < kShort) return passed;
  read(now);
  return std::min(passed, last_.used - began.used);
}

void CpuClock::read(Clock::time_point now) {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  last_ = {now, std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec)};
}

}  // namespace favo::engine
