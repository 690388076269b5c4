#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "loop/loop.h"
#include "net/socket.h"
#include "wasi/io.h"
#include "wasi/sockets.h"

namespace favo::wasi::sockets {

/// A connected TCP socket: what its resource and its two streams share. It is closed when the last
/// of them is gone; bytes that were written and not sent yet are sent first, for at most `kLinger`.
///
/// Memory:  `kBuffer` each way, the first time that something is read, or cannot be sent at once.
/// Threads: one shard.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  static constexpr std::size_t kBuffer = 64 * 1024;
  static constexpr auto kLinger = std::chrono::seconds(30);

  /// What resource and streams hold.
  class Handle {
   public:
    explicit Handle(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
    ~Handle() { connection_->abandon(); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    Connection* operator->() const { return connection_.get(); }

   private:
    std::shared_ptr<Connection> connection_;
  };

  static std::shared_ptr<Handle> open(Loop& loop, std::unique_ptr<net::Socket> socket);
  Connection(Loop& loop, std::unique_ptr<net::Socket> socket)
      : socket_(std::move(socket)), linger_(loop) {}

  net::Socket& socket() const { return *socket_; }
  void shutdown(ShutdownType type);

  // As the media of `InputStream` and `OutputStream` define them.
  Bytes received();
  void consume(std::size_t size);
  StreamState input_state() const;
  Signal& input_signal() { return socket_->when_readable(); }

  std::size_t capacity() const { return kBuffer - pending_.size(); }
  void put(Bytes bytes);
  bool flushed() const { return pending_.empty(); }
  StreamState output_state() const { return output_; }
  Signal& output_signal() { return output_signal_; }

  /// Of the direction that failed last.
  std::unique_ptr<IoError> failure() const;

 private:
  void abandon();
  /// As much as the kernel takes now.
  std::size_t send(Bytes bytes);
  void drain_later();
  void drain();
  void end_sending();

  std::unique_ptr<net::Socket> socket_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  Bytes left_;  ///< of the buffer, unread
  StreamState input_ = StreamState::Open;

  std::vector<std::uint8_t> pending_;  ///< a handler waits to send it, unless it is empty
  StreamState output_ = StreamState::Open;
  bool end_when_sent_ = false;
  Signal output_signal_;

  int error_ = 0;
  Timer linger_;
};

/// The streams of a connection.
std::unique_ptr<InputStream> input_of(std::shared_ptr<Connection::Handle> connection);
std::unique_ptr<OutputStream> output_of(std::shared_ptr<Connection::Handle> connection);

}  // namespace favo::wasi::sockets
