#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "loop/loop.h"

namespace favo::fs {

/// A few threads that make the calls which could block, so that no shard ever does.
///
/// Threads are started by the first calls that need them: who opens no file has none. At most
/// `kThreads` calls run at once, the others wait in line; each guest has one call under way and one
/// per stream, so the line is bounded by the limits of instances and handles.
///
/// Ownership: `stop` (or the destructor) comes before the loops that calls answer to are gone.
/// Threads:   any.
class Helpers {
 public:
  static constexpr std::size_t kThreads = 4;

  Helpers() = default;
  ~Helpers() { stop(); }
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;

  /// Runs `work` on a helper thread, then `done` in a turn of `loop`. Neither throws. `work` is
  /// destroyed on the helper thread, `done` on the loop's.
  void run(Loop& loop, std::move_only_function<void()> work, std::move_only_function<void()> done);

  /// Finishes what is in line. Nothing may be given afterwards.
  void stop();

 private:
  struct Job {
    Loop* loop;
    std::move_only_function<void()> work, done;
  };
  void serve();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> line_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace favo::fs
