#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <utility>

#include "loop/loop.h"

namespace favo {

/// Work that takes long, in slices that share the thread with everything else: between two slices
/// all that is ready has its turn. Whoever asks for little thereby overtakes whoever asks for much.
///
/// A slice is a fifth of what the thread does while others are busy, and never shorter than 0.1 ms,
/// which is then what they may have to wait for it. Several steps share slices in turn.
///
/// Threads: the loop's. Steps that are left when it is destroyed never run.
/// Cost:    two turns of the loop for each slice; nothing when nobody has a step.
class Background {
 public:
  using Clock = Loop::Clock;
  /// A part of some work: goes on until it is done, waits for something, or `until` is over; pushes
  /// what is left as a new step.
  using Step = std::move_only_function<void(Clock::time_point until)>;
  /// Told the length of each slice as it begins, to end a step then that does not look at the
  /// clock.
  using Arm = std::move_only_function<void(std::chrono::nanoseconds length)>;

  static constexpr std::chrono::nanoseconds kShortest = std::chrono::microseconds(100);
  static constexpr std::chrono::nanoseconds kLongest = std::chrono::milliseconds(2);

  Background(Loop& loop, Arm arm) : loop_(loop), arm_(std::move(arm)) {}
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void push(Step step);
  /// The slice after others were busy for so long.
  static std::chrono::nanoseconds slice_after(std::chrono::nanoseconds others);

 private:
  void schedule();
  void run_slice();

  Loop& loop_;
  Arm arm_;
  std::deque<Step> steps_;
  Clock::time_point since_;  ///< others have the thread
  bool scheduled_ = false;
};

}  // namespace favo
