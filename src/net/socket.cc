#include "net/socket.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace favo::net {
namespace {

using boost::asio::posix::descriptor_base;

std::unexpected<int> last_errno() { return std::unexpected(errno); }

Outcome<void> checked(int result) {
  if (result < 0) return last_errno();
  return {};
}

/// Calls again what a signal interrupted.
template <typename Function>
auto uninterrupted(Function call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

Outcome<std::size_t> transferred(ssize_t size) {
  if (size < 0) return last_errno();
  return static_cast<std::size_t>(size);
}

bool events_now(int fd, short events) {
  pollfd asked{fd, events, 0};
  return fd < 0 || ::poll(&asked, 1, 0) > 0;
}

}  // namespace

bool SocketAddress::operator==(const SocketAddress& other) const {
  if (any.sa_family != other.any.sa_family || port() != other.port()) return false;
  if (is_v4()) return v4.sin_addr.s_addr == other.v4.sin_addr.s_addr;
  return std::memcmp(&v6.sin6_addr, &other.v6.sin6_addr, sizeof v6.sin6_addr) == 0 &&
         v6.sin6_scope_id == other.v6.sin6_scope_id;
}

/// What handlers that are still to run refer to.
struct Socket::State {
  explicit State(Loop& loop) : loop(loop), descriptor(loop.context()) {}

  struct Wait {
    Signal signal;
    bool armed = false;
  };

  Loop& loop;
  boost::asio::posix::stream_descriptor descriptor;
  Wait read, write;
};

namespace {

/// A wait on a descriptor that was readable (writable) before ends at once.
template <typename State, typename Wait>
Signal& arm(const std::shared_ptr<State>& state, Wait State::* which,
            descriptor_base::wait_type type) {
  Wait& wait = (*state).*which;
  if (std::exchange(wait.armed, true)) return wait.signal;
  state->descriptor.async_wait(type, [weak = std::weak_ptr(state), which](auto...) {
    const auto alive = weak.lock();
    if (!alive) return;
    ((*alive).*which).armed = false;
    ((*alive).*which).signal.notify();
  });
  return wait.signal;
}

}  // namespace

Socket::Socket(Loop& loop, Permits::Permit permit)
    : permit_(std::move(permit)), state_(std::make_shared<State>(loop)) {}

Socket::~Socket() = default;

Outcome<void> Socket::adopt(int fd) {
  boost::system::error_code failed;
  state_->descriptor.assign(fd, failed);
  if (failed) {
    ::close(fd);
    return std::unexpected(failed.value());
  }
  fd_ = fd;
  return {};
}

Outcome<std::unique_ptr<Socket>> Socket::open(Loop& loop, int family, Kind kind,
                                              Permits::Permit permit) {
  std::unique_ptr<Socket> made(new Socket(loop, std::move(permit)));
  const int type = kind == Kind::Tcp ? SOCK_STREAM : SOCK_DGRAM;
  const int fd = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return last_errno();
  Outcome<void> set = made->adopt(fd);
  if (set && family == AF_INET6) set = made->set_option(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (set && kind == Kind::Tcp) set = made->set_option(IPPROTO_TCP, TCP_NODELAY, 1);
  if (!set) return std::unexpected(set.error());
  return made;
}

Outcome<void> Socket::bind(const SocketAddress& local) {
  // Not for a port that the kernel chooses: it would choose one that another such socket has.
  if (local.port() != 0) {
    const auto type = option(SOL_SOCKET, SO_TYPE);
    if (type && *type == SOCK_STREAM) {
      const auto set = set_option(SOL_SOCKET, SO_REUSEADDR, 1);
      if (!set) return set;
    }
  }
  return checked(::bind(fd_, &local.any, local.size()));
}

Outcome<void> Socket::listen(int backlog) { return checked(::listen(fd_, backlog)); }

Outcome<std::unique_ptr<Socket>> Socket::accept(Permits::Permit permit) {
  std::unique_ptr<Socket> made(new Socket(state_->loop, std::move(permit)));
  const int fd = uninterrupted(
      [this] { return ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); });
  if (fd < 0) return last_errno();
  if (const auto adopted = made->adopt(fd); !adopted) return std::unexpected(adopted.error());
  return made;
}

Outcome<void> Socket::connect(const SocketAddress& remote) {
  const int result = ::connect(fd_, &remote.any, remote.size());
  // An interrupted connect goes on by itself.
  if (result < 0 && (errno == EINPROGRESS || errno == EINTR)) return {};
  return checked(result);
}

Outcome<void> Socket::disconnect() {
  const auto local = local_address();
  if (!local) return std::unexpected(local.error());
  const sockaddr none{.sa_family = AF_UNSPEC, .sa_data = {}};
  if (::connect(fd_, &none, sizeof none) < 0) return last_errno();
  // Linux gives a port back that it chose itself. The address may have been chosen by `connect`.
  const auto now = local_address();
  if (!now) return std::unexpected(now.error());
  if (now->port() != 0) return {};
  SocketAddress again = *now;
  (again.is_v4() ? again.v4.sin_port : again.v6.sin6_port) = htons(local->port());
  return bind(again);
}

Outcome<void> Socket::shutdown(int how) { return checked(::shutdown(fd_, how)); }

Outcome<SocketAddress> Socket::local_address() const {
  SocketAddress address;
  socklen_t size = sizeof address;
  if (::getsockname(fd_, &address.any, &size) < 0) return last_errno();
  return address;
}

Outcome<SocketAddress> Socket::remote_address() const {
  SocketAddress address;
  socklen_t size = sizeof address;
  if (::getpeername(fd_, &address.any, &size) < 0) return last_errno();
  return address;
}

Outcome<int> Socket::option(int level, int name) const {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd_, level, name, &value, &size) < 0) return last_errno();
  return value;
}

Outcome<void> Socket::set_option(int level, int name, int value) {
  return checked(::setsockopt(fd_, level, name, &value, sizeof value));
}

int Socket::take_error() { return option(SOL_SOCKET, SO_ERROR).value_or(EBADF); }

Outcome<std::size_t> Socket::receive(std::span<std::uint8_t> room) {
  return transferred(uninterrupted([&] { return ::recv(fd_, room.data(), room.size(), 0); }));
}

Outcome<std::size_t> Socket::receive_from(std::span<std::uint8_t> room, SocketAddress& sender) {
  return transferred(uninterrupted([&] {
    socklen_t size = sizeof sender;
    return ::recvfrom(fd_, room.data(), room.size(), 0, &sender.any, &size);
  }));
}

Outcome<std::size_t> Socket::send(Bytes bytes) {
  return transferred(
      uninterrupted([&] { return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }));
}

Outcome<std::size_t> Socket::send_to(Bytes bytes, const SocketAddress& receiver) {
  return transferred(uninterrupted([&] {
    return ::sendto(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL, &receiver.any, receiver.size());
  }));
}

bool Socket::readable() const { return events_now(fd_, POLLIN); }
bool Socket::writable() const { return events_now(fd_, POLLOUT); }

Signal& Socket::when_readable() { return arm(state_, &State::read, descriptor_base::wait_read); }
Signal& Socket::when_writable() { return arm(state_, &State::write, descriptor_base::wait_write); }

void Socket::wait_writable(std::move_only_function<void()> then) {
  state_->descriptor.async_wait(
      descriptor_base::wait_write,
      [then = std::move(then)](const boost::system::error_code& failed) mutable {
        if (!failed) then();
      });
}

void Socket::close() {
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
  fd_ = -1;
  permit_ = Permits::Permit();
}

}  // namespace favo::net
