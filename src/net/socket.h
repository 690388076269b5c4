#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/permits.h"
#include "loop/loop.h"

namespace favo::net {

/// A value, or `errno`.
template <typename T>
using Outcome = std::expected<T, int>;

/// An IPv4 or IPv6 address with its port, as the kernel takes it.
struct SocketAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6{};
  };

  bool is_v4() const { return any.sa_family == AF_INET; }
  socklen_t size() const { return is_v4() ? sizeof v4 : sizeof v6; }
  std::uint16_t port() const { return ntohs(is_v4() ? v4.sin_port : v6.sin6_port); }
  /// Address, port and scope; the flow label is a packet's, not a peer's.
  bool operator==(const SocketAddress& other) const;
};

/// A non-blocking TCP or UDP socket, and waiting for it. What cannot be done now fails with EAGAIN;
/// nothing here waits.
///
/// Ownership: the destructor closes it. Signals may be waited for meanwhile, by who lives as long.
/// Threads:   one shard.
/// Cost:      waiting for one direction is one `epoll_ctl`.
class Socket {
 public:
  enum class Kind : std::uint8_t { Tcp, Udp };

  /// IPv6 sockets are for IPv6 alone. TCP sockets send at once (TCP_NODELAY): those who write in
  /// pieces have streams that they flush. `permit` is kept as long as the socket is open.
  static Outcome<std::unique_ptr<Socket>> open(Loop& loop, int family, Kind kind,
                                               Permits::Permit permit);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// To a TCP address whose last connections are in TIME_WAIT, too.
  Outcome<void> bind(const SocketAddress& local);
  Outcome<void> listen(int backlog);
  /// Of a listening socket: the next connection.
  Outcome<std::unique_ptr<Socket>> accept(Permits::Permit permit);
  /// TCP: begins; `writable` once it is done, and `take_error` says how.
  /// UDP: receives from there only, and sends there.
  Outcome<void> connect(const SocketAddress& remote);
  /// UDP: undoes `connect`, and keeps the local port.
  Outcome<void> disconnect();
  Outcome<void> shutdown(int how);

  Outcome<SocketAddress> local_address() const;
  Outcome<SocketAddress> remote_address() const;
  Outcome<int> option(int level, int name) const;
  Outcome<void> set_option(int level, int name, int value);
  int native() const { return fd_; }
  /// The failure that the kernel keeps for the next call, if any.
  int take_error();

  /// 0 bytes: the peer has sent its end (TCP), or an empty datagram.
  Outcome<std::size_t> receive(std::span<std::uint8_t> room);
  Outcome<std::size_t> receive_from(std::span<std::uint8_t> room, SocketAddress& sender);
  Outcome<std::size_t> send(Bytes bytes);
  Outcome<std::size_t> send_to(Bytes bytes, const SocketAddress& receiver);

  /// Whether a call would not wait: something is there, or the end, or an error.
  bool readable() const;
  bool writable() const;
  /// Notified when that becomes true, also if it is already; now and then without need. Asked for
  /// anew by those who go on waiting.
  Signal& when_readable();
  Signal& when_writable();
  /// The same, once, with a callback. It is destroyed uncalled when the socket is closed.
  void wait_writable(std::move_only_function<void()> then);
  /// Ends all waiting. Other calls fail afterwards.
  void close();

 private:
  struct State;
  Socket(Loop& loop, Permits::Permit permit);
  /// Takes over `fd`, and closes it if that fails.
  Outcome<void> adopt(int fd);

  Permits::Permit permit_;
  std::shared_ptr<State> state_;  ///< outlived by handlers of Asio, weakly
  int fd_ = -1;                   ///< owned by `state_`
};

}  // namespace favo::net
