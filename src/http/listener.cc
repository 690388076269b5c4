#include "http/listener.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/format.h"

namespace favo::http {
namespace {

using namespace std::chrono_literals;
using SystemError = boost::system::error_code;

/// A burst of connects must not overflow the queue: the kernel drops what does, and the client's
/// SYN is sent again a second later. The kernel caps it at net.core.somaxconn, 4096 by default.
constexpr int kBacklog = 4096;
constexpr int kAcceptsPerTurn = 64;
constexpr auto kRetryTime = 100ms;

using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

Error describe(const SystemError& failed, const Listener::Endpoint& endpoint) {
  auto where = endpoint.address().is_v6()
                   ? format("[{}]:{}", endpoint.address().to_string(), endpoint.port())
                   : format("{}:{}", endpoint.address().to_string(), endpoint.port());
  switch (failed.value()) {
    case EADDRINUSE:
      return error(Code::Unavailable, "cannot listen on {}: the port is in use", where);
    case EACCES:
      return error(Code::Denied,
                   "cannot listen on {}: not allowed (ports below 1024 need a privilege)", where);
    case EADDRNOTAVAIL:
      return error(Code::InvalidArgument, "cannot listen on {}: not an address of this machine",
                   where);
    default:
      return error(Code::Io, "cannot listen on {}: {}", where, failed.message());
  }
}

/// Fails when anyone listens there, with or without SO_REUSEPORT.
SystemError check_free(Loop& loop, const Listener::Endpoint& endpoint) {
  SystemError failed;
  boost::asio::ip::tcp::acceptor probe(loop.context());
  if (!probe.open(endpoint.protocol(), failed)) {
    probe.set_option(boost::asio::socket_base::reuse_address(true), failed);
    probe.bind(endpoint, failed);
  }
  return failed;
}

}  // namespace

Result<void> Listener::open(const Endpoint& endpoint, Port port) {
  SystemError failed;
  if (port == Port::Claim && endpoint.port() != 0) failed = check_free(loop_, endpoint);
  if (!failed) acceptor_.open(endpoint.protocol(), failed);
  if (!failed) acceptor_.set_option(boost::asio::socket_base::reuse_address(true), failed);
  if (!failed) acceptor_.set_option(ReusePort(true), failed);
  // Accepted sockets inherit it.
  if (!failed) acceptor_.set_option(boost::asio::ip::tcp::no_delay(true), failed);
  if (!failed) acceptor_.native_non_blocking(true, failed);
  if (!failed) acceptor_.bind(endpoint, failed);
  if (!failed) acceptor_.listen(kBacklog, failed);
  if (!failed) return {};
  SystemError ignored;
  acceptor_.close(ignored);
  return describe(failed, endpoint);
}

Listener::Endpoint Listener::endpoint() const {
  SystemError ignored;
  return acceptor_.local_endpoint(ignored);
}

void Listener::accept(std::function<void(Socket)> accepted) {
  accepted_ = std::move(accepted);
  wait();
}

void Listener::resume() {
  paused_ = false;
  wait();
}

void Listener::wait() {
  if (waiting_ || paused_ || !acceptor_.is_open()) return;
  waiting_ = true;
  acceptor_.async_wait(boost::asio::socket_base::wait_read, [this](const SystemError& failed) {
    if (failed == boost::asio::error::operation_aborted) return;  // closed, perhaps destroyed
    waiting_ = false;
    if (accept_some()) wait();
  });
}

/// Accepts many per turn, not all: those who are connected have their turn too. Returns whether to
/// wait for more now.
bool Listener::accept_some() {
  for (int count = 0; count < kAcceptsPerTurn && !paused_; ++count) {
    int fd = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
      if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO) continue;
      // Out of descriptors or memory: the client stays in the queue, so waiting would spin.
      retry_.start(loop_.now() + kRetryTime, [this] { wait(); });
      return false;
    }
    Socket socket(loop_.context());
    SystemError failed;
    socket.assign(acceptor_.local_endpoint(failed).protocol(), fd, failed);
    if (failed)
      ::close(fd);
    else
      accepted_(std::move(socket));
  }
  return true;
}

void Listener::close() {
  if (!acceptor_.is_open()) return;
  retry_.cancel();
  paused_ = false;
  for (int turns = kBacklog / kAcceptsPerTurn; turns > 0; --turns) accept_some();
  SystemError ignored;
  acceptor_.close(ignored);
}

}  // namespace favo::http
