#pragma once

#include <sys/uio.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "net/tls.h"

namespace favo::http {

/// A connected TCP socket, with TLS or without, that is tried first and waited for only when it
/// would block: one system call per transfer, none before it.
class Stream {
 public:
  enum class Status : std::uint8_t { Ok, Blocked, End, Failed };
  struct Outcome {
    Status status;
    std::size_t bytes = 0;
  };
  using Socket = boost::asio::ip::tcp::socket;

  explicit Stream(Socket socket) : socket_(std::move(socket)) {}
  /// `tls`: a session over this socket, in whatever state.
  Stream(Socket socket, std::unique_ptr<net::TlsSession> tls)
      : socket_(std::move(socket)), tls_(std::move(tls)) {}
  /// REQUIRES: no pending wait
  Stream(Stream&&) = default;

  /// Bytes that end before the room does are all there are now. REQUIRES: !room.empty()
  Outcome receive(std::span<std::uint8_t> room);
  /// Sends the parts in one call, perhaps not to their end. What was not taken has to be at the
  /// front of the next call's.
  Outcome send(std::span<const iovec> parts);

  /// Calls back once there is something to read, or the end, or an error. Level: bytes that lie
  /// there already count.
  template <typename Callback>
  void wait_readable(Callback callback) {
    if (tls_ && tls_->may_have_more()) [[unlikely]] {
      // The session has taken them from the socket already.
      boost::asio::post(socket_.get_executor(), [this, callback = std::move(callback)]() mutable {
        boost::system::error_code closed = boost::asio::error::operation_aborted;
        callback(socket_.is_open() ? boost::system::error_code() : closed);
      });
      return;
    }
    socket_.async_wait(boost::asio::socket_base::wait_read, std::move(callback));
  }
  template <typename Callback>
  void wait_writable(Callback callback) {
    socket_.async_wait(boost::asio::socket_base::wait_write, std::move(callback));
  }
  /// Calls back once the socket itself is ready, for the handshake.
  template <typename Callback>
  void wait_for(boost::asio::socket_base::wait_type what, Callback callback) {
    socket_.async_wait(what, std::move(callback));
  }

  bool secure() const { return tls_ != nullptr; }
  /// REQUIRES: secure(). For the handshake, its result and its failure.
  net::TlsSession& tls() { return *tls_; }

  void shutdown_send();
  /// Pending waits are called back with an error. `reset`: the peer sees no orderly end.
  void close(bool reset = false);
  /// `127.0.0.1:51234`
  std::string peer() const;

 private:
  Socket socket_;
  std::unique_ptr<net::TlsSession> tls_;
};

}  // namespace favo::http
