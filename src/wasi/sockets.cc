#include "wasi/sockets.h"

#include <memory>
#include <string_view>

#include "component/abi/host.h"
#include "wasi/context.h"
#include "wasi/sockets_access.h"
#include "wasi/sockets_name_lookup.h"
#include "wasi/sockets_options.h"
#include "wasi/sockets_tcp.h"
#include "wasi/sockets_udp.h"

namespace favo::wasi {
namespace {

using namespace sockets;
using abi::Call;
using Duration = std::uint64_t;
using OptionalAddress = std::optional<IpSocketAddress>;

/// A method of a resource as a host function: `method<&TcpSocket::finish_bind>`.
template <auto kMethod>
struct Bound;
template <typename R, typename T, typename... Args, R (T::*kMethod)(Args...)>
struct Bound<kMethod> {
  static R call(Call&, T& self, Args... args) {
    return (self.*kMethod)(std::forward<Args>(args)...);
  }
};
template <typename R, typename T, typename... Args, R (T::*kMethod)(Args...) const>
struct Bound<kMethod> {
  static R call(Call&, T& self, Args... args) {
    return (self.*kMethod)(std::forward<Args>(args)...);
  }
};
template <auto kMethod>
constexpr auto method = Bound<kMethod>::call;

template <typename T>
std::unique_ptr<Pollable> subscribe(Call&, T& self) {
  return self.subscribe();
}

// --- Networks, names -------------------------------------------------------------------------

std::unique_ptr<Network> instance_network(Call& call) {
  return std::make_unique<Network>(call.host<Context>().access(call.component()));
}

Answer<std::unique_ptr<ResolveAddressStream>> resolve_addresses(Call&, Network& network,
                                                                std::string_view name) {
  return ResolveAddressStream::resolve(network.access, name);
}

void add_network(abi::Host& host) {
  host.interface("wasi:sockets/network@0.2.12").resource<Network>();
  host.interface("wasi:sockets/instance-network@0.2.12").func("instance-network", instance_network);
  host.interface("wasi:sockets/ip-name-lookup@0.2.12")
      .func("resolve-addresses", resolve_addresses)
      .resource<ResolveAddressStream>()
      .func("[method]resolve-address-stream.resolve-next-address",
            method<&ResolveAddressStream::next>)
      .func("[method]resolve-address-stream.subscribe", subscribe<ResolveAddressStream>);
}

// --- What both kinds of socket share ---------------------------------------------------------

/// `start-bind`, `start-connect`.
template <typename T, Answer<Unit> (T::*kStart)(Access&, const IpSocketAddress&)>
Answer<Unit> start(Call&, T& self, Network& network, IpSocketAddress address) {
  return (self.*kStart)(network.access, address);
}

net::Socket* socket_of(TcpSocket& self) { return self.socket(); }
net::Socket* socket_of(UdpSocket& self) { return &self.socket(); }

/// An option of an open socket, read or set.
template <typename Function>
auto with_socket(auto& self, Function function) -> decltype(function(*socket_of(self))) {
  net::Socket* const socket = socket_of(self);
  if (!socket) return std::unexpected(ErrorCode::InvalidState);
  return function(*socket);
}

template <typename T>
Answer<std::uint8_t> get_hops(Call&, T& self) {
  return with_socket(self, [&](auto& socket) { return hop_limit(socket, self.family()); });
}
template <typename T>
Answer<Unit> set_hops(Call&, T& self, std::uint8_t value) {
  return with_socket(self,
                     [&](auto& socket) { return set_hop_limit(socket, self.family(), value); });
}
template <typename T, Buffer kBuffer>
Answer<std::uint64_t> get_buffer(Call&, T& self) {
  return with_socket(self, [](auto& socket) { return buffer_size(socket, kBuffer); });
}
template <typename T, Buffer kBuffer>
Answer<Unit> set_buffer(Call&, T& self, std::uint64_t value) {
  return with_socket(self, [=](auto& socket) { return set_buffer_size(socket, kBuffer, value); });
}

// --- TCP -------------------------------------------------------------------------------------

Answer<std::unique_ptr<TcpSocket>> create_tcp_socket(Call& call, IpAddressFamily family) {
  Context& context = call.host<Context>();
  const Function function{"wasi:sockets/tcp-create-socket", "create-tcp-socket"};
  if (!context.access(call.component()).may_open(Protocol::Tcp, function))
    return std::unexpected(ErrorCode::AccessDenied);
  return TcpSocket::create(context.loop(), context.sockets(), family);
}

Answer<bool> get_keep_alive(Call&, TcpSocket& self) {
  return with_socket(self, [](auto& socket) { return keep_alive_enabled(socket); });
}
Answer<Unit> set_keep_alive(Call&, TcpSocket& self, bool value) {
  return with_socket(self, [=](auto& socket) { return set_keep_alive_enabled(socket, value); });
}
template <KeepAlive kWhich>
Answer<Duration> get_keep_alive_time(Call&, TcpSocket& self) {
  return with_socket(self, [](auto& socket) { return keep_alive_time(socket, kWhich); });
}
template <KeepAlive kWhich>
Answer<Unit> set_keep_alive_time(Call&, TcpSocket& self, Duration value) {
  return with_socket(
      self, [=](auto& socket) { return sockets::set_keep_alive_time(socket, kWhich, value); });
}
Answer<std::uint32_t> get_keep_alive_count(Call&, TcpSocket& self) {
  return with_socket(self, [](auto& socket) { return keep_alive_count(socket); });
}
Answer<Unit> set_keep_alive_count(Call&, TcpSocket& self, std::uint32_t value) {
  return with_socket(self,
                     [=](auto& socket) { return sockets::set_keep_alive_count(socket, value); });
}

void add_tcp(abi::Host& host) {
  host.interface("wasi:sockets/tcp-create-socket@0.2.12")
      .func("create-tcp-socket", create_tcp_socket);
  using T = TcpSocket;
  host.interface("wasi:sockets/tcp@0.2.12")
      .resource<T>()
      .func("[method]tcp-socket.start-bind", start<T, &T::start_bind>)
      .func("[method]tcp-socket.finish-bind", method<&T::finish_bind>)
      .func("[method]tcp-socket.start-connect", start<T, &T::start_connect>)
      .func("[method]tcp-socket.finish-connect", method<&T::finish_connect>)
      .func("[method]tcp-socket.start-listen", method<&T::start_listen>)
      .func("[method]tcp-socket.finish-listen", method<&T::finish_listen>)
      .func("[method]tcp-socket.accept", method<&T::accept>)
      .func("[method]tcp-socket.local-address", method<&T::local_address>)
      .func("[method]tcp-socket.remote-address", method<&T::remote_address>)
      .func("[method]tcp-socket.is-listening", method<&T::is_listening>)
      .func("[method]tcp-socket.address-family", method<&T::family>)
      .func("[method]tcp-socket.set-listen-backlog-size", method<&T::set_listen_backlog_size>)
      .func("[method]tcp-socket.keep-alive-enabled", get_keep_alive)
      .func("[method]tcp-socket.set-keep-alive-enabled", set_keep_alive)
      .func("[method]tcp-socket.keep-alive-idle-time", get_keep_alive_time<KeepAlive::IdleTime>)
      .func("[method]tcp-socket.set-keep-alive-idle-time", set_keep_alive_time<KeepAlive::IdleTime>)
      .func("[method]tcp-socket.keep-alive-interval", get_keep_alive_time<KeepAlive::Interval>)
      .func("[method]tcp-socket.set-keep-alive-interval", set_keep_alive_time<KeepAlive::Interval>)
      .func("[method]tcp-socket.keep-alive-count", get_keep_alive_count)
      .func("[method]tcp-socket.set-keep-alive-count", set_keep_alive_count)
      .func("[method]tcp-socket.hop-limit", get_hops<T>)
      .func("[method]tcp-socket.set-hop-limit", set_hops<T>)
      .func("[method]tcp-socket.receive-buffer-size", get_buffer<T, Buffer::Receive>)
      .func("[method]tcp-socket.set-receive-buffer-size", set_buffer<T, Buffer::Receive>)
      .func("[method]tcp-socket.send-buffer-size", get_buffer<T, Buffer::Send>)
      .func("[method]tcp-socket.set-send-buffer-size", set_buffer<T, Buffer::Send>)
      .func("[method]tcp-socket.subscribe", subscribe<T>)
      .func("[method]tcp-socket.shutdown", method<&T::shutdown>);
}

// --- UDP -------------------------------------------------------------------------------------

Answer<std::unique_ptr<UdpSocket>> create_udp_socket(Call& call, IpAddressFamily family) {
  Context& context = call.host<Context>();
  const Function function{"wasi:sockets/udp-create-socket", "create-udp-socket"};
  if (!context.access(call.component()).may_open(Protocol::Udp, function))
    return std::unexpected(ErrorCode::AccessDenied);
  return UdpSocket::create(context.loop(), context.sockets(), family);
}

Answer<UdpSocket::Streams> stream(Call&, UdpSocket& self, OptionalAddress remote) {
  return self.stream(remote);
}

Result<Answer<std::uint64_t>> send(Call&, OutgoingDatagramStream& self,
                                   std::vector<OutgoingDatagram> datagrams) {
  return self.send(datagrams);
}

void add_udp(abi::Host& host) {
  host.interface("wasi:sockets/udp-create-socket@0.2.12")
      .func("create-udp-socket", create_udp_socket);
  using T = UdpSocket;
  host.interface("wasi:sockets/udp@0.2.12")
      .resource<T>()
      .func("[method]udp-socket.start-bind", start<T, &T::start_bind>)
      .func("[method]udp-socket.finish-bind", method<&T::finish_bind>)
      .func("[method]udp-socket.stream", stream)
      .func("[method]udp-socket.local-address", method<&T::local_address>)
      .func("[method]udp-socket.remote-address", method<&T::remote_address>)
      .func("[method]udp-socket.address-family", method<&T::family>)
      .func("[method]udp-socket.unicast-hop-limit", get_hops<T>)
      .func("[method]udp-socket.set-unicast-hop-limit", set_hops<T>)
      .func("[method]udp-socket.receive-buffer-size", get_buffer<T, Buffer::Receive>)
      .func("[method]udp-socket.set-receive-buffer-size", set_buffer<T, Buffer::Receive>)
      .func("[method]udp-socket.send-buffer-size", get_buffer<T, Buffer::Send>)
      .func("[method]udp-socket.set-send-buffer-size", set_buffer<T, Buffer::Send>)
      .func("[method]udp-socket.subscribe", subscribe<T>)
      .resource<IncomingDatagramStream>()
      .func("[method]incoming-datagram-stream.receive", method<&IncomingDatagramStream::receive>)
      .func("[method]incoming-datagram-stream.subscribe", subscribe<IncomingDatagramStream>)
      .resource<OutgoingDatagramStream>()
      .func("[method]outgoing-datagram-stream.check-send",
            method<&OutgoingDatagramStream::check_send>)
      .func("[method]outgoing-datagram-stream.send", send)
      .func("[method]outgoing-datagram-stream.subscribe", subscribe<OutgoingDatagramStream>);
}

}  // namespace

void add_sockets(abi::Host& host) {
  add_network(host);
  add_tcp(host);
  add_udp(host);
}

}  // namespace favo::wasi
