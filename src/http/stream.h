#pragma once

#include <sys/uio.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace favo::http {

/// A connected TCP socket that is tried first and waited for only when it would block: one system
/// call per transfer, none before it.
class Stream {
 public:
  enum class Status : std::uint8_t { Ok, Blocked, End, Failed };
  struct Outcome {
    Status status;
    std::size_t bytes = 0;
  };

  explicit Stream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  /// REQUIRES: !room.empty()
  Outcome receive(std::span<std::uint8_t> room);
  /// Sends the parts in one call, perhaps not to their end.
  Outcome send(std::span<const iovec> parts);

  /// Calls back once there is something to read, or the end, or an error. Level: bytes that lie
  /// there already count.
  template <typename Callback>
  void wait_readable(Callback callback) {
    socket_.async_wait(boost::asio::socket_base::wait_read, std::move(callback));
  }
  template <typename Callback>
  void wait_writable(Callback callback) {
    socket_.async_wait(boost::asio::socket_base::wait_write, std::move(callback));
  }

  void shutdown_send();
  /// Pending waits are called back with an error. `reset`: the peer sees no orderly end.
  void close(bool reset = false);
  /// `127.0.0.1:51234`
  std::string peer() const;

 private:
  boost::asio::ip::tcp::socket socket_;
};

}  // namespace favo::http
