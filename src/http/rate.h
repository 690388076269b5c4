#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace favo::http {

/// How often something may happen: `burst` times at once, `per_second` times in the long run.
class Rate {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Rate(std::uint32_t burst, std::uint32_t per_second)
      : burst_(burst), per_second_(per_second), left_(burst) {}

  /// It happens, at about `now`. False: too often.
  bool spend(TimePoint now) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - since_).count();
    if (seconds > 0) {
      const auto earned = static_cast<std::uint64_t>(seconds) * per_second_;
      left_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(burst_, left_ + earned));
      since_ = now;
    }
    if (left_ == 0) return false;
    --left_;
    return true;
  }

 private:
  std::uint32_t burst_, per_second_, left_;
  TimePoint since_{};
};

}  // namespace favo::http
