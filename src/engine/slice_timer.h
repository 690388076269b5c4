#pragma once

#include <time.h>

#include <chrono>
#include <optional>

#include "engine/engine.h"

namespace favo::engine {

/// Ends one time slice at its exact time: the kernel's timer interrupts the thread that runs the
/// guest. `Ticker` costs guests nothing, but is a thread that must be given a core first, and
/// cannot tick much faster than it does; this is for guests that compute for long.
///
/// Threads: `arm` from one, the one whose guests are to yield. Destroy it there, or when that
/// thread
///          has ended; the engine lives longer.
/// Cost:    a system call for each `arm`; nothing when it is not used.
class SliceTimer {
 public:
  explicit SliceTimer(const Engine& engine) : engine_(engine) {}
  ~SliceTimer();
  SliceTimer(const SliceTimer&) = delete;
  SliceTimer& operator=(const SliceTimer&) = delete;

  /// The guest that runs on this thread in `time` from now yields. Replaces what was armed before.
  /// Where the system has no timer to give, nothing happens: `Ticker` ends slices later.
  /// REQUIRES: time > 0
  void arm(std::chrono::nanoseconds time);

 private:
  void create();

  const Engine& engine_;
  std::optional<timer_t> timer_;
  bool refused_ = false;  ///< by the system
};

}  // namespace favo::engine
