#pragma once

#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "http/buffer.h"
#include "http/stream.h"
#include "loop/signal.h"

namespace favo::http {

/// What waits to be sent on a connection: gathered in one buffer, and passed to the kernel past it
/// when large. Bounded: who writes looks at `capacity()` first.
class Output {
 public:
  /// Told by the output. Both may come from inside a call on it.
  class Owner {
   public:
    /// The kernel takes no more: call `unblock` when it does.
    virtual void send_blocked() = 0;
    /// The connection broke; what was pending is dropped.
    virtual void send_failed() = 0;

   protected:
    ~Owner() = default;
  };

  static constexpr std::size_t kBound = 256 * 1024;

  Output(Stream& stream, Owner& owner) : stream_(stream), owner_(owner) {}

  /// 0 until less than half of the bound is pending, so that writers come with large pieces.
  std::size_t capacity() const {
    return pending_.size() > kBound / 2 ? 0 : kBound - pending_.size();
  }
  bool drained() const { return pending_.empty(); }
  bool blocked() const { return blocked_; }
  Signal& writable() { return writable_; }

  /// The pending bytes, for building heads in place.
  Buffer& pending() { return pending_; }
  /// Appends `data`, then `tail`; sends at once without a copy when there is much.
  void write(Bytes data, std::string_view tail = {});
  /// Sends what is pending, as far as the kernel takes it.
  void flush();
  /// The socket is writable again: sends on, and wakes the writers when there is room.
  /// Returns whether anything went out.
  bool unblock();
  /// Drops what is pending and all that comes.
  void close();
  /// Gives back a large buffer once it is empty.
  void trim();

 private:
  static constexpr std::size_t kGather = 16 * 1024;  ///< from here on a system call beats a copy
  static constexpr std::size_t kKeptBlock = 32 * 1024;

  Stream& stream_;
  Owner& owner_;
  Buffer pending_;
  Signal writable_;
  bool blocked_ = false;
  bool closed_ = false;
};

}  // namespace favo::http
