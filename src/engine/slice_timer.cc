#include "engine/slice_timer.h"

#include <signal.h>
#include <unistd.h>

#include "engine/ticker.h"

// The C library has no name for this field before version 2.38.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace favo::engine {
namespace {

/// Ignored unless someone handles it, so one that comes late does no harm; nobody else in the
/// process wants it, since no socket has an owner for urgent data.
constexpr int kSignal = SIGURG;

void end_slice(int, siginfo_t* info, void*) {
  if (info->si_code != SI_TIMER) return;
  const auto* engine = static_cast<const Engine*>(info->si_value.sival_ptr);
  for (std::uint64_t epoch = 0; epoch < kSliceEpochs; ++epoch) engine->advance_epoch();
}

bool handle_signal() {
  struct sigaction action = {};
  action.sa_sigaction = end_slice;
  // On the stack that the engine gave the thread for its signals: a guest may have used up its own.
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return sigaction(kSignal, &action, nullptr) == 0;
}

}  // namespace

SliceTimer::~SliceTimer() {
  if (timer_) timer_delete(*timer_);
}

void SliceTimer::create() {
  static const bool handled = handle_signal();
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_notify_thread_id = gettid();
  event.sigev_signo = kSignal;
  event.sigev_value.sival_ptr = const_cast<Engine*>(&engine_);
  timer_t timer;
  if (handled && timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) {
    timer_ = timer;
  } else {
    refused_ = true;
  }
}

void SliceTimer::arm(std::chrono::nanoseconds time) {
  if (!timer_ && !refused_) create();
  if (!timer_) return;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  itimerspec spec = {};
  spec.it_value.tv_sec = seconds.count();
  spec.it_value.tv_nsec = (time - seconds).count();
  timer_settime(*timer_, 0, &spec, nullptr);
}

}  // namespace favo::engine
