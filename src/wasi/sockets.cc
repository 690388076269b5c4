#include "wasi/sockets.h"

#include <memory>
#include <string_view>

#include "component/abi/host.h"
#include "wasi/refuse.h"

namespace favo::wasi {
namespace {

using namespace sockets;
using abi::Call;
using Duration = std::uint64_t;

/// A function, or a method with its resource as the first of `Args`, refused.
template <typename Ok, typename... Args>
constexpr auto kDenied = refuse<ErrorCode::AccessDenied, Ok, Args...>;

std::unique_ptr<Network> instance_network(Call&) { return std::make_unique<Network>(); }

void add_network(abi::Host& host) {
  host.interface("wasi:sockets/network@0.2.12").resource<Network>();
  host.interface("wasi:sockets/instance-network@0.2.12").func("instance-network", instance_network);
  host.interface("wasi:sockets/ip-name-lookup@0.2.12")
      .func("resolve-addresses",
            kDenied<std::unique_ptr<ResolveAddressStream>, Network&, std::string_view>)
      .resource<ResolveAddressStream>()
      .func("[method]resolve-address-stream.resolve-next-address",
            kDenied<std::optional<IpAddress>, ResolveAddressStream&>)
      .func("[method]resolve-address-stream.subscribe",
            unreachable<std::unique_ptr<Pollable>, ResolveAddressStream&>);
}

void add_tcp(abi::Host& host) {
  host.interface("wasi:sockets/tcp-create-socket@0.2.12")
      .func("create-tcp-socket", kDenied<std::unique_ptr<TcpSocket>, IpAddressFamily>);
  using Self = TcpSocket&;
  using In = std::unique_ptr<InputStream>;
  using Out = std::unique_ptr<OutputStream>;
  host.interface("wasi:sockets/tcp@0.2.12")
      .resource<TcpSocket>()
      .func("[method]tcp-socket.start-bind", kDenied<Unit, Self, Network&, IpSocketAddress>)
      .func("[method]tcp-socket.finish-bind", kDenied<Unit, Self>)
      .func("[method]tcp-socket.start-connect", kDenied<Unit, Self, Network&, IpSocketAddress>)
      .func("[method]tcp-socket.finish-connect", kDenied<std::tuple<In, Out>, Self>)
      .func("[method]tcp-socket.start-listen", kDenied<Unit, Self>)
      .func("[method]tcp-socket.finish-listen", kDenied<Unit, Self>)
      .func("[method]tcp-socket.accept",
            kDenied<std::tuple<std::unique_ptr<TcpSocket>, In, Out>, Self>)
      .func("[method]tcp-socket.local-address", kDenied<IpSocketAddress, Self>)
      .func("[method]tcp-socket.remote-address", kDenied<IpSocketAddress, Self>)
      .func("[method]tcp-socket.is-listening", unreachable<bool, Self>)
      .func("[method]tcp-socket.address-family", unreachable<IpAddressFamily, Self>)
      .func("[method]tcp-socket.set-listen-backlog-size", kDenied<Unit, Self, std::uint64_t>)
      .func("[method]tcp-socket.keep-alive-enabled", kDenied<bool, Self>)
      .func("[method]tcp-socket.set-keep-alive-enabled", kDenied<Unit, Self, bool>)
      .func("[method]tcp-socket.keep-alive-idle-time", kDenied<Duration, Self>)
      .func("[method]tcp-socket.set-keep-alive-idle-time", kDenied<Unit, Self, Duration>)
      .func("[method]tcp-socket.keep-alive-interval", kDenied<Duration, Self>)
      .func("[method]tcp-socket.set-keep-alive-interval", kDenied<Unit, Self, Duration>)
      .func("[method]tcp-socket.keep-alive-count", kDenied<std::uint32_t, Self>)
      .func("[method]tcp-socket.set-keep-alive-count", kDenied<Unit, Self, std::uint32_t>)
      .func("[method]tcp-socket.hop-limit", kDenied<std::uint8_t, Self>)
      .func("[method]tcp-socket.set-hop-limit", kDenied<Unit, Self, std::uint8_t>)
      .func("[method]tcp-socket.receive-buffer-size", kDenied<std::uint64_t, Self>)
      .func("[method]tcp-socket.set-receive-buffer-size", kDenied<Unit, Self, std::uint64_t>)
      .func("[method]tcp-socket.send-buffer-size", kDenied<std::uint64_t, Self>)
      .func("[method]tcp-socket.set-send-buffer-size", kDenied<Unit, Self, std::uint64_t>)
      .func("[method]tcp-socket.subscribe", unreachable<std::unique_ptr<Pollable>, Self>)
      .func("[method]tcp-socket.shutdown", kDenied<Unit, Self, ShutdownType>);
}

void add_udp(abi::Host& host) {
  host.interface("wasi:sockets/udp-create-socket@0.2.12")
      .func("create-udp-socket", kDenied<std::unique_ptr<UdpSocket>, IpAddressFamily>);
  using Self = UdpSocket&;
  using Streams =
      std::tuple<std::unique_ptr<IncomingDatagramStream>, std::unique_ptr<OutgoingDatagramStream>>;
  host.interface("wasi:sockets/udp@0.2.12")
      .resource<UdpSocket>()
      .func("[method]udp-socket.start-bind", kDenied<Unit, Self, Network&, IpSocketAddress>)
      .func("[method]udp-socket.finish-bind", kDenied<Unit, Self>)
      .func("[method]udp-socket.stream", kDenied<Streams, Self, std::optional<IpSocketAddress>>)
      .func("[method]udp-socket.local-address", kDenied<IpSocketAddress, Self>)
      .func("[method]udp-socket.remote-address", kDenied<IpSocketAddress, Self>)
      .func("[method]udp-socket.address-family", unreachable<IpAddressFamily, Self>)
      .func("[method]udp-socket.unicast-hop-limit", kDenied<std::uint8_t, Self>)
      .func("[method]udp-socket.set-unicast-hop-limit", kDenied<Unit, Self, std::uint8_t>)
      .func("[method]udp-socket.receive-buffer-size", kDenied<std::uint64_t, Self>)
      .func("[method]udp-socket.set-receive-buffer-size", kDenied<Unit, Self, std::uint64_t>)
      .func("[method]udp-socket.send-buffer-size", kDenied<std::uint64_t, Self>)
      .func("[method]udp-socket.set-send-buffer-size", kDenied<Unit, Self, std::uint64_t>)
      .func("[method]udp-socket.subscribe", unreachable<std::unique_ptr<Pollable>, Self>)
      .resource<IncomingDatagramStream>()
      .func("[method]incoming-datagram-stream.receive",
            kDenied<std::vector<IncomingDatagram>, IncomingDatagramStream&, std::uint64_t>)
      .func("[method]incoming-datagram-stream.subscribe",
            unreachable<std::unique_ptr<Pollable>, IncomingDatagramStream&>)
      .resource<OutgoingDatagramStream>()
      .func("[method]outgoing-datagram-stream.check-send",
            kDenied<std::uint64_t, OutgoingDatagramStream&>)
      .func("[method]outgoing-datagram-stream.send",
            kDenied<std::uint64_t, OutgoingDatagramStream&, std::vector<OutgoingDatagram>>)
      .func("[method]outgoing-datagram-stream.subscribe",
            unreachable<std::unique_ptr<Pollable>, OutgoingDatagramStream&>);
}

}  // namespace

void add_sockets(abi::Host& host) {
  add_network(host);
  add_tcp(host);
  add_udp(host);
}

}  // namespace favo::wasi
