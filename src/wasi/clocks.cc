#include "wasi/clocks.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "component/abi/host.h"
#include "wasi/context.h"

namespace favo::wasi {
namespace {

using abi::Call;
using std::chrono::nanoseconds;

/// Both clocks count nanoseconds.
constexpr std::uint64_t kResolution = 1;

class Alarm final : public Pollable {
 public:
  Alarm(Loop& loop, Clock& clock, std::uint64_t instant)
      : loop_(loop), clock_(clock), instant_(instant), timer_(loop) {}

  bool ready() override { return clock_.monotonic_now() >= instant_; }

  /// Asked for by those who wait. A timer that fires early, because it was bounded or because the
  /// clock is not the loop's, wakes a waiter who finds this not ready and asks again.
  Signal& signal() override {
    if (!armed_) {
      armed_ = true;
      timer_.start(loop_.now() + wait(), [this] {
        armed_ = false;
        signal_.notify();
      });
    }
    return signal_;
  }

 private:
  nanoseconds wait() {
    // Far below where a sum with the loop's time could overflow.
    constexpr std::uint64_t kLongest = nanoseconds(std::chrono::years(10)).count();
    const std::uint64_t now = clock_.monotonic_now();
    return nanoseconds(now < instant_ ? std::min(instant_ - now, kLongest) : 0);
  }

  Loop& loop_;
  Clock& clock_;
  const std::uint64_t instant_;
  Timer timer_;
  bool armed_ = false;
  Signal signal_;
};

std::uint64_t monotonic_now(Call& call) { return call.host<Context>().clock().monotonic_now(); }

std::uint64_t monotonic_resolution(Call&) { return kResolution; }

std::unique_ptr<Pollable> at_instant(Call& call, std::uint64_t instant) {
  Context& context = call.host<Context>();
  return subscribe_instant(context.loop(), context.clock(), instant);
}

std::unique_ptr<Pollable> after_duration(Call& call, std::uint64_t duration) {
  Context& context = call.host<Context>();
  return subscribe_duration(context.loop(), context.clock(), duration);
}

Datetime wall_now(Call& call) { return call.host<Context>().clock().wall_now(); }

Datetime wall_resolution(Call&) { return {0, kResolution}; }

}  // namespace

std::uint64_t SystemClock::monotonic_now() {
  return nanoseconds(Loop::Clock::now() - start_).count();
}

Datetime SystemClock::wall_now() {
  const nanoseconds since =
      std::max(nanoseconds(std::chrono::system_clock::now().time_since_epoch()), nanoseconds(0));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  return {static_cast<std::uint64_t>(seconds.count()),
          static_cast<std::uint32_t>((since - seconds).count())};
}

std::unique_ptr<Pollable> subscribe_instant(Loop& loop, Clock& clock, std::uint64_t instant) {
  return std::make_unique<Alarm>(loop, clock, instant);
}

std::unique_ptr<Pollable> subscribe_duration(Loop& loop, Clock& clock, std::uint64_t duration) {
  const std::uint64_t now = clock.monotonic_now();
  const std::uint64_t left = std::numeric_limits<std::uint64_t>::max() - now;
  return subscribe_instant(loop, clock, now + std::min(duration, left));
}

void add_clocks(abi::Host& host) {
  host.interface("wasi:clocks/monotonic-clock@0.2.12")
      .func("now", monotonic_now)
      .func("resolution", monotonic_resolution)
      .func("subscribe-instant", at_instant)
      .func("subscribe-duration", after_duration);
  host.interface("wasi:clocks/wall-clock@0.2.12")
      .func("now", wall_now)
      .func("resolution", wall_resolution);
}

}  // namespace favo::wasi
