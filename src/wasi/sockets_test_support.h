#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

#include "base/permits.h"
#include "net/fake_resolver.h"
#include "wasi/fake_guest.h"
#include "wasi/sockets.h"
#include "wasi/sockets_access.h"
#include "wasi/sockets_address.h"
#include "wasi/sockets_error.h"

/// For tests: a guest with grants for sockets, and addresses.
namespace favo::wasi::sockets {

inline IpSocketAddress v4(Ipv4Address address, std::uint16_t port) {
  return IpSocketAddress::make_as<IpSocketAddress, 0>(
      Ipv4SocketAddress{.port = port, .address = address});
}
inline IpSocketAddress v6(Ipv6Address address, std::uint16_t port) {
  return IpSocketAddress::make_as<IpSocketAddress, 1>(
      Ipv6SocketAddress{.port = port, .flow_info = 0, .address = address, .scope_id = 0});
}
inline IpSocketAddress loopback(IpAddressFamily family, std::uint16_t port = 0) {
  return family == IpAddressFamily::Ipv4 ? v4({127, 0, 0, 1}, port)
                                         : v6({0, 0, 0, 0, 0, 0, 0, 1}, port);
}
inline IpSocketAddress unspecified(IpAddressFamily family, std::uint16_t port = 0) {
  return family == IpAddressFamily::Ipv4 ? v4({}, port) : v6({}, port);
}
inline bool same(const IpSocketAddress& a, const IpSocketAddress& b) {
  return native(a) == native(b);
}

/// The error of an answer, as a number; -1 when there is none.
template <typename T>
int code(const Answer<T>& answer) {
  return answer ? -1 : static_cast<int>(answer.error());
}
#define EXPECT_CODE(answer, expected) EXPECT_EQ(code(answer), static_cast<int>(ErrorCode::expected))

struct GrantedSockets {
  GrantedSockets() {
    guest.config.sockets = permits;
    guest.config.resolver = names;
  }

  void tcp(std::string_view text) { add(guest.config.others.tcp, text); }
  void udp(std::string_view text) { add(guest.config.others.udp, text); }
  void listen(std::string_view text) { add(guest.config.others.listen_sockets, text); }
  /// Of loopback addresses: everything.
  void everything() {
    for (const std::string_view text : {"127.0.0.0/8:*", "[::1]:*"}) {
      tcp(text);
      udp(text);
    }
    listen("*:*");
  }
  Access& access() { return guest.context.access(0); }

  void turn_until(auto condition) {
    while (!condition()) ASSERT_GT(guest.loop.run_for(std::chrono::seconds(10)), 0u);
  }

  FakeGuest guest;
  std::shared_ptr<Permits> permits = std::make_shared<Permits>(20);
  std::shared_ptr<net::FakeResolver> names = std::make_shared<net::FakeResolver>();

 private:
  static void add(std::vector<policy::EndpointGrant>& grants, std::string_view text) {
    grants.push_back(std::move(policy::EndpointGrant::parse(text)).value());
  }
};

}  // namespace favo::wasi::sockets
