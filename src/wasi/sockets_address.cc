#include "wasi/sockets_address.h"

#include <algorithm>
#include <array>

#include "base/format.h"

namespace favo::wasi::sockets {
namespace {

using V4Bytes = std::array<std::uint8_t, 4>;
using V6Bytes = std::array<std::uint8_t, 16>;

V4Bytes bytes_of(const Ipv4Address& address) {
  return std::apply([](auto... parts) { return V4Bytes{parts...}; }, address);
}

V6Bytes bytes_of(const Ipv6Address& address) {
  const auto groups =
      std::apply([](auto... parts) { return std::array<std::uint16_t, 8>{parts...}; }, address);
  V6Bytes bytes;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
  }
  return bytes;
}

Ipv4Address v4_of(const std::uint8_t* bytes) { return {bytes[0], bytes[1], bytes[2], bytes[3]}; }

Ipv6Address v6_of(const std::uint8_t* bytes) {
  const auto group = [bytes](std::size_t i) {
    return static_cast<std::uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  };
  return {group(0), group(1), group(2), group(3), group(4), group(5), group(6), group(7)};
}

const Ipv4SocketAddress& v4(const IpSocketAddress& address) { return address.get<0>(); }
const Ipv6SocketAddress& v6(const IpSocketAddress& address) { return address.get<1>(); }
bool is_v4(const IpSocketAddress& address) { return address.index() == 0; }

}  // namespace

IpAddressFamily family_of(const IpSocketAddress& address) {
  return is_v4(address) ? IpAddressFamily::Ipv4 : IpAddressFamily::Ipv6;
}

int native_family(IpAddressFamily family) {
  return family == IpAddressFamily::Ipv4 ? AF_INET : AF_INET6;
}

net::SocketAddress native(const IpSocketAddress& address) {
  net::SocketAddress made;
  if (is_v4(address)) {
    made.v4 = {
        .sin_family = AF_INET, .sin_port = htons(v4(address).port), .sin_addr = {}, .sin_zero = {}};
    const auto bytes = bytes_of(v4(address).address);
    std::ranges::copy(bytes, reinterpret_cast<std::uint8_t*>(&made.v4.sin_addr));
  } else {
    made.v6 = {.sin6_family = AF_INET6,
               .sin6_port = htons(v6(address).port),
               .sin6_flowinfo = htonl(v6(address).flow_info),
               .sin6_addr = {},
               .sin6_scope_id = v6(address).scope_id};
    const auto bytes = bytes_of(v6(address).address);
    std::ranges::copy(bytes, made.v6.sin6_addr.s6_addr);
  }
  return made;
}

IpSocketAddress guest_address(const net::SocketAddress& address) {
  if (address.is_v4()) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&address.v4.sin_addr);
    return IpSocketAddress::make_as<IpSocketAddress, 0>(
        Ipv4SocketAddress{.port = address.port(), .address = v4_of(bytes)});
  }
  return IpSocketAddress::make_as<IpSocketAddress, 1>(
      Ipv6SocketAddress{.port = address.port(),
                        .flow_info = ntohl(address.v6.sin6_flowinfo),
                        .address = v6_of(address.v6.sin6_addr.s6_addr),
                        .scope_id = address.v6.sin6_scope_id});
}

IpAddress guest_address(const policy::IpAddress& address) {
  const std::uint8_t* bytes = address.bytes().data();
  if (address.is_v4()) return IpAddress::make_as<IpAddress, 0>(v4_of(bytes));
  return IpAddress::make_as<IpAddress, 1>(v6_of(bytes));
}

Answer<IpSocketAddress> told(const net::Outcome<net::SocketAddress>& address) {
  if (!address) return std::unexpected(code_of(address.error()));
  return guest_address(*address);
}

policy::IpAddress policy_address(const IpSocketAddress& address) {
  if (is_v4(address)) return policy::IpAddress::v4(bytes_of(v4(address).address));
  return policy::IpAddress::v6(bytes_of(v6(address).address));
}

policy::IpAddress policy_address(const net::SocketAddress& address) {
  return policy_address(guest_address(address));
}

std::uint16_t port_of(const IpSocketAddress& address) {
  return is_v4(address) ? v4(address).port : v6(address).port;
}

std::string print(const policy::IpAddress& address, std::uint16_t port) {
  return format("{}:{}", address.print_host(), port);
}

bool fits(IpAddressFamily family, const IpSocketAddress& address) {
  if (family_of(address) != family) return false;
  if (is_v4(address)) return true;
  const V6Bytes bytes = bytes_of(v6(address).address);
  const auto zero = [&](std::size_t count) {
    return std::all_of(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count),
                       [](std::uint8_t byte) { return byte == 0; });
  };
  const bool mapped = zero(10) && bytes[10] == 0xff && bytes[11] == 0xff;
  const bool compatible = zero(12) && !(zero(15) && bytes[15] <= 1);  // `::` and `::1` are none
  return !mapped && !compatible;
}

bool is_unspecified(const IpSocketAddress& address) {
  return is_v4(address) ? v4(address).address == Ipv4Address()
                        : v6(address).address == Ipv6Address();
}

bool is_unicast(const IpSocketAddress& address) {
  if (!is_v4(address)) return bytes_of(v6(address).address)[0] != 0xff;
  const std::uint8_t first = std::get<0>(v4(address).address);
  return (first < 224 || first > 239) && v4(address).address != Ipv4Address(255, 255, 255, 255);
}

bool is_remote(const IpSocketAddress& address) {
  return !is_unspecified(address) && port_of(address) != 0;
}

}  // namespace favo::wasi::sockets
