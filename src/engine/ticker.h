#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "engine/engine.h"

namespace favo::engine {

/// Epochs of a time slice: with a ticker's, it ends after one to two milliseconds.
inline constexpr std::uint64_t kSliceEpochs = 2;

/// Ends time slices: a thread that advances the engine's epoch each millisecond while guests run,
/// and sleeps when none did for a while.
///
/// Threads: `busy` from any thread; the rest from the owner's.
class Ticker {
 public:
  explicit Ticker(const Engine& engine);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  const Engine& engine() const { return engine_; }
  /// A guest is about to run. Cost: one shared, rarely written load.
  void busy() {
    if (!recent_.load(std::memory_order_relaxed)) [[unlikely]]
      note_busy();
  }

 private:
  void note_busy();
  void run();

  const Engine& engine_;
  std::atomic<bool> recent_ = false;
  std::atomic<bool> asleep_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace favo::engine
