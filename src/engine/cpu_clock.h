#pragma once

#include <chrono>

namespace favo::engine {

/// CPU time that pieces of work take on one thread. The steady clock is cheap, but goes on while
/// the system runs something else; the thread's own clock is a system call. So short work is
/// measured by the first, and what took long by the second, from a reading of a moment before it.
///
/// Threads: one, whose time it is; made anywhere.
/// Cost:    a system call for work that takes `kShort` or longer, and one each `kShort` at most for
///          all other.
class CpuClock {
 public:
  using Clock = std::chrono::steady_clock;
  /// How far it may be wrong.
  static constexpr std::chrono::nanoseconds kShort = std::chrono::milliseconds(1);

  struct Mark {
    Clock::time_point at;
    std::chrono::nanoseconds used;  ///< by the thread, up to `kShort` before
  };

  /// Work begins.
  Mark mark();
  /// What the thread used from then until `now`, never more than passed.
  std::chrono::nanoseconds since(const Mark& began, Clock::time_point now);

 private:
  void read(Clock::time_point now);

  Mark last_{};  ///< the thread's clock as it was read
};

}  // namespace favo::engine
