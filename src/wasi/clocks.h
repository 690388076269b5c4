#pragma once

#include <cstdint>
#include <memory>

#include "component/abi/value.h"
#include "loop/loop.h"
#include "wasi/io.h"

namespace favo::wasi {

/// `wasi:clocks/wall-clock.datetime`: since 1970-01-01T00:00:00Z.
struct Datetime {
  std::uint64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
};

/// Where guests' time comes from. Threads: one shard.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since a moment of the clock's own; never decreases.
  virtual std::uint64_t monotonic_now() = 0;
  virtual Datetime wall_now() = 0;
};

/// The machine's clocks. Monotonic time counts from construction, so that guests do not learn the
/// machine's uptime.
class SystemClock final : public Clock {
 public:
  std::uint64_t monotonic_now() override;
  Datetime wall_now() override;

 private:
  Loop::Clock::time_point start_ = Loop::Clock::now();
};

/// A pollable that is ready from `instant` of the clock's monotonic time on. `loop` and `clock`
/// outlive it. The timer is armed only once somebody waits.
std::unique_ptr<Pollable> subscribe_instant(Loop& loop, Clock& clock, std::uint64_t instant);
/// The same, `duration` nanoseconds from now; one beyond the end of time is ready never.
std::unique_ptr<Pollable> subscribe_duration(Loop& loop, Clock& clock, std::uint64_t duration);

/// Registers `wasi:clocks/{monotonic-clock,wall-clock}`. `timezone` is unstable: not offered.
void add_clocks(abi::Host& host);

}  // namespace favo::wasi

FAVO_RECORD(favo::wasi::Datetime, member("seconds", &favo::wasi::Datetime::seconds),
            member("nanoseconds", &favo::wasi::Datetime::nanoseconds))
