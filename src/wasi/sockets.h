#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "component/abi/value.h"
#include "wasi/io.h"

namespace favo::wasi::sockets {

class Access;

/// The types of `wasi:sockets`. A `network` is what the component that asked for it may do, also in
/// another's hands.
struct Network {
  Access& access;
};
class TcpSocket;
class UdpSocket;
class IncomingDatagramStream;
class OutgoingDatagramStream;
class ResolveAddressStream;

enum class ErrorCode : std::uint8_t {
  Unknown,
  AccessDenied,
  NotSupported,
  InvalidArgument,
  OutOfMemory,
  Timeout,
  ConcurrencyConflict,
  NotInProgress,
  WouldBlock,
  InvalidState,
  NewSocketLimit,
  AddressNotBindable,
  AddressInUse,
  RemoteUnreachable,
  ConnectionRefused,
  ConnectionReset,
  ConnectionAborted,
  DatagramTooLarge,
  NameUnresolvable,
  TemporaryResolverFailure,
  PermanentResolverFailure,
};

enum class IpAddressFamily : std::uint8_t { Ipv4, Ipv6 };
enum class ShutdownType : std::uint8_t { Receive, Send, Both };

using Ipv4Address = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t, std::uint8_t>;
using Ipv6Address = std::tuple<std::uint16_t, std::uint16_t, std::uint16_t, std::uint16_t,
                               std::uint16_t, std::uint16_t, std::uint16_t, std::uint16_t>;

struct IpAddress : abi::Variant<Ipv4Address, Ipv6Address> {};

struct Ipv4SocketAddress {
  std::uint16_t port = 0;
  Ipv4Address address;
};

struct Ipv6SocketAddress {
  std::uint16_t port = 0;
  std::uint32_t flow_info = 0;
  Ipv6Address address;
  std::uint32_t scope_id = 0;
};

struct IpSocketAddress : abi::Variant<Ipv4SocketAddress, Ipv6SocketAddress> {};

struct IncomingDatagram {
  std::vector<std::uint8_t> data;
  IpSocketAddress remote_address;
};

/// A parameter: `data` views the guest's memory.
struct OutgoingDatagram {
  Bytes data;
  std::optional<IpSocketAddress> remote_address;
};

}  // namespace favo::wasi::sockets

namespace favo::wasi {

/// Registers the seven interfaces of `wasi:sockets`. `network-error-code` is unstable: not offered.
void add_sockets(abi::Host& host);

}  // namespace favo::wasi

FAVO_RESOURCE(favo::wasi::sockets::Network, "wasi:sockets/network", "network")
FAVO_RESOURCE(favo::wasi::sockets::TcpSocket, "wasi:sockets/tcp", "tcp-socket")
FAVO_RESOURCE(favo::wasi::sockets::UdpSocket, "wasi:sockets/udp", "udp-socket")
FAVO_RESOURCE(favo::wasi::sockets::IncomingDatagramStream, "wasi:sockets/udp",
              "incoming-datagram-stream")
FAVO_RESOURCE(favo::wasi::sockets::OutgoingDatagramStream, "wasi:sockets/udp",
              "outgoing-datagram-stream")
FAVO_RESOURCE(favo::wasi::sockets::ResolveAddressStream, "wasi:sockets/ip-name-lookup",
              "resolve-address-stream")
FAVO_ENUM(favo::wasi::sockets::ErrorCode, "unknown", "access-denied", "not-supported",
          "invalid-argument", "out-of-memory", "timeout", "concurrency-conflict", "not-in-progress",
          "would-block", "invalid-state", "new-socket-limit", "address-not-bindable",
          "address-in-use", "remote-unreachable", "connection-refused", "connection-reset",
          "connection-aborted", "datagram-too-large", "name-unresolvable",
          "temporary-resolver-failure", "permanent-resolver-failure")
FAVO_ENUM(favo::wasi::sockets::IpAddressFamily, "ipv4", "ipv6")
FAVO_ENUM(favo::wasi::sockets::ShutdownType, "receive", "send", "both")
FAVO_VARIANT(favo::wasi::sockets::IpAddress, "ipv4", "ipv6")
FAVO_RECORD(favo::wasi::sockets::Ipv4SocketAddress,
            member("port", &favo::wasi::sockets::Ipv4SocketAddress::port),
            member("address", &favo::wasi::sockets::Ipv4SocketAddress::address))
FAVO_RECORD(favo::wasi::sockets::Ipv6SocketAddress,
            member("port", &favo::wasi::sockets::Ipv6SocketAddress::port),
            member("flow-info", &favo::wasi::sockets::Ipv6SocketAddress::flow_info),
            member("address", &favo::wasi::sockets::Ipv6SocketAddress::address),
            member("scope-id", &favo::wasi::sockets::Ipv6SocketAddress::scope_id))
FAVO_VARIANT(favo::wasi::sockets::IpSocketAddress, "ipv4", "ipv6")
FAVO_RECORD(favo::wasi::sockets::IncomingDatagram,
            member("data", &favo::wasi::sockets::IncomingDatagram::data),
            member("remote-address", &favo::wasi::sockets::IncomingDatagram::remote_address))
FAVO_RECORD(favo::wasi::sockets::OutgoingDatagram,
            member("data", &favo::wasi::sockets::OutgoingDatagram::data),
            member("remote-address", &favo::wasi::sockets::OutgoingDatagram::remote_address))
