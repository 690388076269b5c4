#pragma once

#include <cstdint>
#include <memory>
#include <tuple>

#include "base/permits.h"
#include "loop/loop.h"
#include "net/socket.h"
#include "wasi/io.h"
#include "wasi/sockets.h"
#include "wasi/sockets_connection.h"
#include "wasi/sockets_error.h"

namespace favo::wasi::sockets {

class Access;

/// `wasi:sockets/tcp.tcp-socket`: its states, and who may do what in which.
///
/// The system's calls are made by `start-*`, and fail there; only connecting goes on afterwards.
class TcpSocket final : public Subscribable {
 public:
  using Streams = std::tuple<std::unique_ptr<InputStream>, std::unique_ptr<OutputStream>>;
  using Accepted = std::tuple<std::unique_ptr<TcpSocket>, std::unique_ptr<InputStream>,
                              std::unique_ptr<OutputStream>>;

  static Answer<std::unique_ptr<TcpSocket>> create(Loop& loop, std::shared_ptr<Permits> permits,
                                                   IpAddressFamily family);

  /// `access`: of the network that the guest named; asked once the call is known to be right.
  Answer<Unit> start_bind(Access& access, const IpSocketAddress& local);
  Answer<Unit> finish_bind();
  Answer<Unit> start_connect(Access& access, const IpSocketAddress& remote);
  Answer<Streams> finish_connect();
  Answer<Unit> start_listen();
  Answer<Unit> finish_listen();
  Answer<Accepted> accept();
  Answer<Unit> shutdown(ShutdownType type);

  Answer<IpSocketAddress> local_address() const;
  Answer<IpSocketAddress> remote_address() const;
  bool is_listening() const { return state_ == State::Listening; }
  IpAddressFamily family() const { return family_; }
  Answer<Unit> set_listen_backlog_size(std::uint64_t value);

  /// For options. Null in the `closed` state, where every method may be refused.
  net::Socket* socket() const { return connection_ ? &(*connection_)->socket() : socket_.get(); }

  bool ready() override;
  Signal& signal() override;

 private:
  enum class State : std::uint8_t {
    Unbound,
    BindInProgress,
    Bound,
    ListenInProgress,
    Listening,
    ConnectInProgress,
    Connected,
    Closed,
  };

  TcpSocket(Loop& loop, std::shared_ptr<Permits> permits, IpAddressFamily family)
      : loop_(loop), permits_(std::move(permits)), family_(family) {}
  /// Why nothing can be started now: something is under way, or it is too late for it.
  Answer<Unit> startable() const;
  std::unexpected<ErrorCode> close(ErrorCode why);
  /// Becomes connected: its streams.
  Streams connected(std::unique_ptr<net::Socket> socket);

  Loop& loop_;
  std::shared_ptr<Permits> permits_;
  const IpAddressFamily family_;
  State state_ = State::Unbound;
  Access* access_ = nullptr;  ///< of the network it is bound to
  bool may_listen_ = false;   ///< at the address it is bound to
  int backlog_ = 128;
  std::unique_ptr<net::Socket> socket_;  ///< until it is connected
  std::shared_ptr<Connection::Handle> connection_;
  Signal idle_;  ///< never notified: in the other states it is always ready
};

}  // namespace favo::wasi::sockets
