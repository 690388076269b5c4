#pragma once

#include <string>

#include "net/socket.h"
#include "policy/address.h"
#include "wasi/sockets.h"
#include "wasi/sockets_error.h"

/// The addresses of `wasi:sockets` as the kernel takes them and as grants are asked, and what its
/// functions refuse about them.
namespace favo::wasi::sockets {

IpAddressFamily family_of(const IpSocketAddress& address);
/// AF_INET or AF_INET6.
int native_family(IpAddressFamily family);

net::SocketAddress native(const IpSocketAddress& address);
IpSocketAddress guest_address(const net::SocketAddress& address);
IpAddress guest_address(const policy::IpAddress& address);
Answer<IpSocketAddress> told(const net::Outcome<net::SocketAddress>& address);

/// Without port and scope. An IPv4-mapped address is the IPv4 address it stands for.
policy::IpAddress policy_address(const IpSocketAddress& address);
policy::IpAddress policy_address(const net::SocketAddress& address);
std::uint16_t port_of(const IpSocketAddress& address);
/// `10.0.0.1:5432`, `[::1]:80`: also the form of a grant.
std::string print(const policy::IpAddress& address, std::uint16_t port);

/// Whether a socket of `family` can have anything to do with `address`: it is of that family, and
/// an IPv6 address is none that stands for an IPv4 one (mapped, or compatible, RFC 4291, 2.5.5).
bool fits(IpAddressFamily family, const IpSocketAddress& address);
bool is_unspecified(const IpSocketAddress& address);
/// Neither multicast nor the limited broadcast address.
bool is_unicast(const IpSocketAddress& address);
/// Whether it names one place to send to: not unspecified, and with a port.
bool is_remote(const IpSocketAddress& address);

}  // namespace favo::wasi::sockets
