#include "wasi/sockets_options.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <limits>
#include <type_traits>

namespace favo::wasi::sockets {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
// What Linux takes: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT.
constexpr std::uint64_t kMostSeconds = 32767;
constexpr std::uint32_t kMostProbes = 127;

template <typename T>
Answer<T> get(const net::Socket& socket, int level, int name, T unit = 1) {
  const auto value = socket.option(level, name);
  if (!value) return std::unexpected(code_of(value.error()));
  return static_cast<T>(*value) * unit;
}

Answer<Unit> set(net::Socket& socket, int level, int name, std::uint64_t value) {
  if (value == 0) return std::unexpected(ErrorCode::InvalidArgument);
  return told(socket.set_option(level, name, static_cast<int>(value)));
}

struct Option {
  int level, name;
};

Option hops(IpAddressFamily family) {
  if (family == IpAddressFamily::Ipv4) return {IPPROTO_IP, IP_TTL};
  return {IPPROTO_IPV6, IPV6_UNICAST_HOPS};
}

int option(Buffer buffer) { return buffer == Buffer::Receive ? SO_RCVBUF : SO_SNDBUF; }
int option(KeepAlive which) { return which == KeepAlive::IdleTime ? TCP_KEEPIDLE : TCP_KEEPINTVL; }

}  // namespace

Answer<std::uint8_t> hop_limit(const net::Socket& socket, IpAddressFamily family) {
  const Option option = hops(family);
  const auto value = socket.option(option.level, option.name);
  if (!value) return std::unexpected(code_of(value.error()));
  return static_cast<std::uint8_t>(*value);
}

Answer<Unit> set_hop_limit(net::Socket& socket, IpAddressFamily family, std::uint8_t value) {
  const Option option = hops(family);
  return set(socket, option.level, option.name, value);
}

Answer<std::uint64_t> buffer_size(const net::Socket& socket, Buffer buffer) {
  auto size = get<std::uint64_t>(socket, SOL_SOCKET, option(buffer));
  if (size) *size /= 2;
  return size;
}

Answer<Unit> set_buffer_size(net::Socket& socket, Buffer buffer, std::uint64_t bytes) {
  constexpr std::uint64_t kMost = std::numeric_limits<int>::max() / 2;
  return set(socket, SOL_SOCKET, option(buffer), std::min(bytes, kMost));
}

Answer<bool> keep_alive_enabled(const net::Socket& socket) {
  const auto value = socket.option(SOL_SOCKET, SO_KEEPALIVE);
  if (!value) return std::unexpected(code_of(value.error()));
  return *value != 0;
}

Answer<Unit> set_keep_alive_enabled(net::Socket& socket, bool value) {
  return told(socket.set_option(SOL_SOCKET, SO_KEEPALIVE, value));
}

Answer<std::uint64_t> keep_alive_time(const net::Socket& socket, KeepAlive which) {
  return get<std::uint64_t>(socket, IPPROTO_TCP, option(which), kSecond);
}

Answer<Unit> set_keep_alive_time(net::Socket& socket, KeepAlive which, std::uint64_t nanoseconds) {
  const std::uint64_t seconds = nanoseconds / kSecond + (nanoseconds % kSecond != 0);
  return set(socket, IPPROTO_TCP, option(which), std::min(seconds, kMostSeconds));
}

Answer<std::uint32_t> keep_alive_count(const net::Socket& socket) {
  return get<std::uint32_t>(socket, IPPROTO_TCP, TCP_KEEPCNT);
}

Answer<Unit> set_keep_alive_count(net::Socket& socket, std::uint32_t count) {
  return set(socket, IPPROTO_TCP, TCP_KEEPCNT, std::min(count, kMostProbes));
}

}  // namespace favo::wasi::sockets
