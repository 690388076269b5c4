#pragma once

#include <functional>
#include <utility>

namespace favo {

class Signal;

/// One who waits for a `Signal`: registered by `Signal::add`, unregistered when woken or destroyed.
/// Intrusive, so waiting allocates nothing.
///
/// Threads: one shard.
class Waiter {
 public:
  Waiter() = default;
  explicit Waiter(std::move_only_function<void()> wake) : wake_(std::move(wake)) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { cancel(); }

  void set_callback(std::move_only_function<void()> wake) { wake_ = std::move(wake); }
  bool waiting() const { return signal_ != nullptr; }
  void cancel();

 private:
  friend class Signal;
  Signal* signal_ = nullptr;
  Waiter* previous_ = nullptr;
  Waiter* next_ = nullptr;
  std::move_only_function<void()> wake_;
};

/// "Something may have changed: look again." Level-triggered state stays with its owner; a signal
/// only wakes. Waking calls the waiters' callbacks, which must not run guests or destroy the
/// signal's owner: they post to the loop.
///
/// Threads: one shard.
class Signal {
 public:
  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal();

  /// REQUIRES: !waiter.waiting()
  void add(Waiter& waiter);
  /// Wakes and unregisters all who wait now; those that wait anew meanwhile are left for next time.
  void notify();
  bool has_waiters() const { return head_ != nullptr; }

 private:
  friend class Waiter;
  Waiter* head_ = nullptr;
};

/// A condition a guest can wait for (`wasi:io/poll.pollable`), on the host's side.
///
/// Contract: whenever `ready()` turns true, `signal()` is notified.
class Readiness {
 public:
  virtual ~Readiness() = default;
  virtual bool ready() = 0;
  virtual Signal& signal() = 0;
};

}  // namespace favo
