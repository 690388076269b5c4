#include "wasi/sockets_tcp.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "wasi/sockets_access.h"
#include "wasi/sockets_address.h"

namespace favo::wasi::sockets {
namespace {

constexpr std::string_view kInterface = "wasi:sockets/tcp";
constexpr int kMostBacklog = 4096;

std::unexpected<ErrorCode> fail(ErrorCode code) { return std::unexpected(code); }

}  // namespace

Answer<std::unique_ptr<TcpSocket>> TcpSocket::create(Loop& loop, std::shared_ptr<Permits> permits,
                                                     IpAddressFamily family) {
  auto permit = Permits::take(permits);
  if (!permit) return fail(ErrorCode::NewSocketLimit);
  auto socket =
      net::Socket::open(loop, native_family(family), net::Socket::Kind::Tcp, std::move(permit));
  if (!socket) return fail(code_of(socket.error()));
  std::unique_ptr<TcpSocket> made(new TcpSocket(loop, std::move(permits), family));
  made->socket_ = std::move(*socket);
  return made;
}

Answer<Unit> TcpSocket::startable() const {
  switch (state_) {
    case State::BindInProgress:
    case State::ListenInProgress:
    case State::ConnectInProgress:
      return fail(ErrorCode::ConcurrencyConflict);
    case State::Listening:
    case State::Connected:
    case State::Closed:
      return fail(ErrorCode::InvalidState);
    case State::Unbound:
    case State::Bound:
      break;
  }
  return Unit();
}

std::unexpected<ErrorCode> TcpSocket::close(ErrorCode why) {
  state_ = State::Closed;
  socket_.reset();
  return std::unexpected(why);
}

// --- Binding ---------------------------------------------------------------------------------

Answer<Unit> TcpSocket::start_bind(Access& access, const IpSocketAddress& local) {
  if (const auto may = startable(); !may) return may;
  if (state_ != State::Unbound) return fail(ErrorCode::InvalidState);
  if (!fits(family_, local) || !is_unicast(local)) return fail(ErrorCode::InvalidArgument);
  if (!access.may_bind(Protocol::Tcp, local, {kInterface, "tcp-socket.start-bind"}))
    return fail(ErrorCode::AccessDenied);
  if (const auto bound = socket_->bind(native(local)); !bound) return told(bound);
  access_ = &access;
  may_listen_ = access.may_listen(local);
  state_ = State::BindInProgress;
  return Unit();
}

Answer<Unit> TcpSocket::finish_bind() {
  if (state_ != State::BindInProgress) return fail(ErrorCode::NotInProgress);
  state_ = State::Bound;
  return Unit();
}

// --- Connecting ------------------------------------------------------------------------------

Answer<Unit> TcpSocket::start_connect(Access& access, const IpSocketAddress& remote) {
  if (const auto may = startable(); !may) return may;
  const bool right = fits(family_, remote) && is_unicast(remote) && is_remote(remote) &&
                     (!access_ || access_ == &access);
  if (!right) return fail(ErrorCode::InvalidArgument);
  if (!access.may_reach(Protocol::Tcp, remote, {kInterface, "tcp-socket.start-connect"}))
    return fail(ErrorCode::AccessDenied);
  if (const auto begun = socket_->connect(native(remote)); !begun)
    return close(code_of_connect(begun.error()));
  state_ = State::ConnectInProgress;
  return Unit();
}

Answer<TcpSocket::Streams> TcpSocket::finish_connect() {
  if (state_ != State::ConnectInProgress) return fail(ErrorCode::NotInProgress);
  if (!socket_->writable()) return fail(ErrorCode::WouldBlock);
  if (const int error = socket_->take_error()) return close(code_of_connect(error));
  return connected(std::move(socket_));
}

TcpSocket::Streams TcpSocket::connected(std::unique_ptr<net::Socket> socket) {
  state_ = State::Connected;
  connection_ = Connection::open(loop_, std::move(socket));
  return {input_of(connection_), output_of(connection_)};
}

Answer<Unit> TcpSocket::shutdown(ShutdownType type) {
  if (state_ != State::Connected) return fail(ErrorCode::InvalidState);
  (*connection_)->shutdown(type);
  return Unit();
}

// --- Listening -------------------------------------------------------------------------------

Answer<Unit> TcpSocket::start_listen() {
  if (const auto may = startable(); !may) return may;
  if (state_ != State::Bound) return fail(ErrorCode::InvalidState);
  if (!may_listen_) {
    if (const auto local = local_address())
      access_->refuse_to_listen(*local, {kInterface, "tcp-socket.start-listen"});
    return fail(ErrorCode::AccessDenied);
  }
  if (const auto listening = socket_->listen(backlog_); !listening) return told(listening);
  state_ = State::ListenInProgress;
  return Unit();
}

Answer<Unit> TcpSocket::finish_listen() {
  if (state_ != State::ListenInProgress) return fail(ErrorCode::NotInProgress);
  state_ = State::Listening;
  return Unit();
}

Answer<TcpSocket::Accepted> TcpSocket::accept() {
  if (state_ != State::Listening) return fail(ErrorCode::InvalidState);
  auto permit = Permits::take(permits_);
  if (!permit) return fail(socket_->readable() ? ErrorCode::NewSocketLimit : ErrorCode::WouldBlock);
  auto socket = socket_->accept(std::move(permit));
  if (!socket) {
    // Linux tells here what befell the new connection meanwhile (accept(2)).
    const ErrorCode code = code_of(socket.error());
    const bool of_the_path =
        code == ErrorCode::RemoteUnreachable || code == ErrorCode::NotSupported;
    return fail(of_the_path ? ErrorCode::ConnectionAborted : code);
  }
  std::unique_ptr<TcpSocket> client(new TcpSocket(loop_, permits_, family_));
  auto [input, output] = client->connected(std::move(*socket));
  return Accepted(std::move(client), std::move(input), std::move(output));
}

Answer<Unit> TcpSocket::set_listen_backlog_size(std::uint64_t value) {
  if (value == 0) return fail(ErrorCode::InvalidArgument);
  if (state_ == State::ConnectInProgress || state_ == State::Connected || state_ == State::Closed)
    return fail(ErrorCode::InvalidState);
  backlog_ = static_cast<int>(std::min<std::uint64_t>(value, kMostBacklog));
  // Listening again is how Linux changes it.
  if (state_ == State::ListenInProgress || state_ == State::Listening)
    return told(socket_->listen(backlog_));
  return Unit();
}

// --- Looking ---------------------------------------------------------------------------------

Answer<IpSocketAddress> TcpSocket::local_address() const {
  const bool bound =
      state_ != State::Unbound && state_ != State::BindInProgress && state_ != State::Closed;
  if (!bound) return fail(ErrorCode::InvalidState);
  return told(socket()->local_address());
}

Answer<IpSocketAddress> TcpSocket::remote_address() const {
  if (state_ != State::Connected) return fail(ErrorCode::InvalidState);
  return told(socket()->remote_address());
}

bool TcpSocket::ready() {
  if (state_ == State::Listening) return socket_->readable();
  if (state_ == State::ConnectInProgress) return socket_->writable();
  return true;
}

Signal& TcpSocket::signal() {
  if (state_ == State::Listening) return socket_->when_readable();
  if (state_ == State::ConnectInProgress) return socket_->when_writable();
  return idle_;
}

}  // namespace favo::wasi::sockets
