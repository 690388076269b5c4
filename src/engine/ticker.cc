#include "engine/ticker.h"

#include <chrono>

namespace favo::engine {
namespace {

constexpr auto kTick = std::chrono::milliseconds(1);
/// Ticks without a guest until the thread sleeps.
constexpr int kIdleTicks = 64;

}  // namespace

Ticker::Ticker(const Engine& engine) : engine_(engine), thread_([this] { run(); }) {}

Ticker::~Ticker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Ticker::note_busy() {
  // Sequentially consistent with the stores in `run`: either this sees the sleeper, or the sleeper
  // sees that it is needed.
  recent_.store(true);
  if (asleep_.load()) {
    const std::lock_guard lock(mutex_);
    wake_.notify_one();
  }
}

void Ticker::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    recent_.store(false);
    for (int tick = 0; tick < kIdleTicks && !stopping_; ++tick) {
      wake_.wait_for(lock, kTick, [this] { return stopping_; });
      engine_.advance_epoch();
    }
    asleep_.store(true);
    wake_.wait(lock, [this] { return stopping_ || recent_.load(); });
    asleep_.store(false);
  }
}

}  // namespace favo::engine
