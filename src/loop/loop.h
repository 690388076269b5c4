#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>

#include "loop/signal.h"

namespace favo {

/// A shard's event loop: a thin layer over one `io_context` that one thread runs.
///
/// Threads: everything but `post_from_anywhere` and `stop` belongs to the thread that runs it.
class Loop {
 public:
  using Clock = std::chrono::steady_clock;

  Loop() : context_(1) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  boost::asio::io_context& context() { return context_; }

  /// Runs until `stop`.
  void run();
  /// Runs what is ready, without waiting; for tests that turn the loop by hand. The handlers run.
  std::size_t poll();
  /// Runs at least one handler, waiting for it at most `limit`.
  std::size_t run_for(std::chrono::milliseconds limit);
  /// From any thread.
  void stop();

  /// Runs `task` in a later turn, on this thread. Cost: one small allocation, recycled.
  void post(std::move_only_function<void()> task);
  /// The same from any thread.
  void post_from_anywhere(std::move_only_function<void()> task);

  Clock::time_point now() const { return Clock::now(); }

 private:
  boost::asio::io_context context_;
};

/// A one-shot timer. Destroying or re-arming it cancels; a cancelled callback never runs.
class Timer {
 public:
  explicit Timer(Loop& loop) : timer_(loop.context()) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(Loop::Clock::time_point deadline, std::move_only_function<void()> expired);
  void cancel();

 private:
  struct State;
  boost::asio::steady_timer timer_;
  State* armed_ = nullptr;  ///< owned by the pending handler; null when not armed
};

}  // namespace favo
