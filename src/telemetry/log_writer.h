#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/log.h"

namespace favo::telemetry {

/// Writes lines to a file descriptor from a thread of its own, so that a slow terminal, pipe or
/// disk never holds up a shard.
///
/// A reader that falls behind costs at most `kMaxQueuedBytes`; lines beyond that are dropped, and
/// one line says how many buffers were lost once there is room again. A closed pipe swallows.
///
/// Ownership: borrows the descriptor. Destroying it writes what is queued, waiting at most
///            `kLinger` for a reader that does not read.
/// Threads:   `submit` from any; a lock held for a pointer move, once per buffer.
class LogWriter : public LogOutput {
 public:
  static constexpr std::size_t kMaxQueuedBytes = 8 << 20;
  static constexpr std::chrono::seconds kLinger{2};

  LogWriter(int fd, LogFormat format);
  ~LogWriter() override;
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void submit(std::string lines) override;
  /// Waits until what was submitted before has been written or given up.
  void drain();

 private:
  void run();
  void write_all(std::string_view text);

  const int fd_;
  const LogFormat format_;  ///< of the line about dropped lines
  std::size_t chunk_;       ///< at most this much per write, so that it cannot block
  std::atomic<bool> stopping_ = false;
  std::atomic<std::int64_t> give_up_at_ = 0;  ///< steady clock, ns; set with `stopping_`

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::vector<std::string> queue_;
  std::size_t queued_bytes_ = 0;  ///< in `queue_` and being written
  std::uint64_t dropped_ = 0;
  bool writing_ = false;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace favo::telemetry
