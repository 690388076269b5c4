#include "wasi/sockets_udp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "wasi/sockets_test_support.h"

namespace favo::wasi::sockets {
namespace {

constexpr auto kV4 = IpAddressFamily::Ipv4;
constexpr auto kV6 = IpAddressFamily::Ipv6;

std::string text_of(const IncomingDatagram& datagram) {
  return std::string(as_text(datagram.data));
}

/// Both families.
struct Udp : testing::TestWithParam<IpAddressFamily>, GrantedSockets {
  Udp() { everything(); }
  IpAddressFamily family() const { return GetParam(); }

  std::unique_ptr<UdpSocket> open() {
    return std::move(UdpSocket::create(guest.loop, permits, family()).value());
  }
  std::unique_ptr<UdpSocket> bound() {
    auto socket = open();
    EXPECT_TRUE(socket->start_bind(access(), loopback(family())));
    EXPECT_TRUE(socket->finish_bind());
    return socket;
  }
  struct Streams {
    std::unique_ptr<IncomingDatagramStream> in;
    std::unique_ptr<OutgoingDatagramStream> out;
  };
  Streams stream(UdpSocket& socket, std::optional<IpSocketAddress> remote = std::nullopt) {
    auto made = socket.stream(remote);
    EXPECT_TRUE(made);
    auto& [in, out] = *made;
    return {std::move(in), std::move(out)};
  }
  /// Sends one after `check-send`.
  Answer<std::uint64_t> send(Streams& streams, std::string_view text,
                             std::optional<IpSocketAddress> to = std::nullopt) {
    EXPECT_GT(*streams.out->check_send(), 0u);
    return streams.out->send({OutgoingDatagram{as_bytes(text), to}}).value();
  }
  /// As a guest blocks on a pollable, and then receives.
  Answer<std::vector<IncomingDatagram>> receive(Streams& streams, std::uint64_t most = 100) {
    bool woken = false;
    Waiter waiter([&] { woken = true; });
    while (!streams.in->ready()) {
      woken = false;
      if (!waiter.waiting()) streams.in->signal().add(waiter);
      turn_until([&] { return woken; });
    }
    return streams.in->receive(most);
  }
};
INSTANTIATE_TEST_SUITE_P(Families, Udp, testing::Values(kV4, kV6),
                         [](const auto& info) { return info.param == kV4 ? "V4" : "V6"; });

TEST_P(Udp, ExchangesDatagrams) {
  const auto server = bound(), client = bound();
  auto at_server = stream(*server), at_client = stream(*client, *server->local_address());
  EXPECT_EQ(send(at_client, ""), 1u);
  EXPECT_EQ(send(at_client, "hello", *server->local_address()), 1u);
  std::vector<IncomingDatagram> got;
  while (got.size() < 2) {
    auto some = receive(at_server).value();
    std::ranges::move(some, std::back_inserter(got));
  }
  EXPECT_EQ(text_of(got[0]), "");
  EXPECT_EQ(text_of(got[1]), "hello");
  EXPECT_TRUE(same(got[1].remote_address, *client->local_address()));
  EXPECT_FALSE(at_server.in->ready());
  EXPECT_TRUE(at_server.in->receive(10)->empty());
  EXPECT_EQ(send(at_server, "answer", got[1].remote_address), 1u);
  EXPECT_EQ(text_of(receive(at_client)->at(0)), "answer");
}

TEST_P(Udp, MustBeBoundFirst) {
  const auto socket = open();
  EXPECT_CODE(socket->finish_bind(), NotInProgress);
  EXPECT_CODE(socket->stream(std::nullopt), InvalidState);
  EXPECT_CODE(socket->stream(loopback(family(), 1)), InvalidState);
  EXPECT_CODE(socket->local_address(), InvalidState);
  EXPECT_CODE(socket->remote_address(), InvalidState);
  ASSERT_TRUE(socket->start_bind(access(), loopback(family())));
  EXPECT_CODE(socket->start_bind(access(), loopback(family())), ConcurrencyConflict);
  EXPECT_CODE(socket->stream(std::nullopt), InvalidState);
  EXPECT_CODE(socket->local_address(), InvalidState);
  ASSERT_TRUE(socket->finish_bind());
  EXPECT_CODE(socket->finish_bind(), NotInProgress);
  EXPECT_CODE(socket->start_bind(access(), loopback(family())), InvalidState);
  EXPECT_NE(port_of(*socket->local_address()), 0);
  EXPECT_CODE(socket->remote_address(), InvalidState);
  EXPECT_TRUE(socket->ready());
}

TEST_P(Udp, WrongAddressesAreArguments) {
  const auto other = loopback(family() == kV4 ? kV6 : kV4, 1);
  const auto mapped = v6({0, 0, 0, 0, 0, 0xffff, 0x7f00, 1}, 1);
  const auto unbound = open();
  EXPECT_CODE(unbound->start_bind(access(), other), InvalidArgument);
  EXPECT_CODE(unbound->start_bind(access(), mapped), InvalidArgument);
  const auto socket = bound();
  auto streams = stream(*socket);
  for (const auto& address : {other, mapped, unspecified(family(), 1), loopback(family(), 0)}) {
    EXPECT_CODE(socket->stream(address), InvalidArgument);
    EXPECT_CODE(send(streams, "x", address), InvalidArgument);
  }
  EXPECT_CODE(send(streams, "x"), InvalidArgument);
}

TEST_P(Udp, AddressesAreTakenOrNotOurs) {
  const auto first = bound(), second = open();
  EXPECT_CODE(second->start_bind(access(), *first->local_address()), AddressInUse);
  const auto foreign =
      family() == kV4 ? v4({192, 0, 2, 1}, 0) : v6({0x2001, 0xdb8, 0, 0, 0, 0, 0, 1}, 0);
  EXPECT_CODE(second->start_bind(access(), foreign), AddressNotBindable);
}

TEST_P(Udp, ConnectsAndReconnects) {
  const auto a = bound(), b = bound(), socket = bound();
  const auto local = *socket->local_address();
  for (const auto& peer : {a.get(), b.get(), a.get()}) {
    static_cast<void>(stream(*socket, *peer->local_address()));
    EXPECT_TRUE(same(*socket->remote_address(), *peer->local_address()));
    static_cast<void>(stream(*socket));
    EXPECT_CODE(socket->remote_address(), InvalidState);
    EXPECT_TRUE(same(*socket->local_address(), local));
  }
}

TEST_P(Udp, ConnectedItKnowsOnePeer) {
  const auto peer = bound(), stranger = bound(), socket = bound();
  auto at_peer = stream(*peer), at_stranger = stream(*stranger);
  const auto address = *socket->local_address();
  EXPECT_EQ(send(at_stranger, "before", address), 1u);  // lies there already
  auto streams = stream(*socket, *peer->local_address());
  EXPECT_EQ(send(at_stranger, "after", address), 1u);
  EXPECT_EQ(send(at_peer, "mine", address), 1u);
  std::vector<IncomingDatagram> got;
  while (got.empty()) got = *receive(streams);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(text_of(got[0]), "mine");
  EXPECT_CODE(send(streams, "x", *stranger->local_address()), InvalidArgument);
  EXPECT_EQ(send(streams, "x", *peer->local_address()), 1u);
}

TEST_P(Udp, OldStreamsDoNotWork) {
  const auto socket = bound();
  auto old = stream(*socket);
  ASSERT_TRUE(old.out->check_send());
  auto now = stream(*socket);
  EXPECT_CODE(old.in->receive(1), InvalidState);
  EXPECT_CODE(*old.out->send({}), InvalidState);
  EXPECT_CODE(old.out->check_send(), InvalidState);
  EXPECT_TRUE(old.in->ready() && old.out->ready());
  EXPECT_EQ(send(now, "x", *socket->local_address()), 1u);
}

TEST_P(Udp, SendingNeedsAPermit) {
  const auto socket = bound();
  auto streams = stream(*socket, *socket->local_address());
  EXPECT_EQ(streams.out->send({}).error().message(),
            "outgoing-datagram-stream: send without a preceding check-send");
  const auto permit = *streams.out->check_send();
  EXPECT_EQ(streams.out->send(std::vector<OutgoingDatagram>(permit + 1)).error().message(),
            "outgoing-datagram-stream: 17 datagrams sent where check-send permitted 16");
  EXPECT_EQ(*streams.out->send({}), 0u);
  EXPECT_FALSE(streams.out->send({}).ok());  // a permit is for one call
  ASSERT_TRUE(streams.out->check_send());
  EXPECT_EQ(*streams.out->send(std::vector<OutgoingDatagram>(permit)), permit);
}

TEST_P(Udp, StopsAtTheFirstThatFails) {
  const auto socket = bound();
  auto streams = stream(*socket);
  const std::vector<std::uint8_t> large(65'535);
  const auto self = *socket->local_address();
  ASSERT_TRUE(streams.out->check_send());
  EXPECT_EQ(*streams.out->send({{as_bytes("a"), self}, {large, self}, {as_bytes("b"), self}}), 1u);
  ASSERT_TRUE(streams.out->check_send());
  EXPECT_CODE(*streams.out->send({{large, self}}), DatagramTooLarge);
  ASSERT_TRUE(streams.out->check_send());
  const std::vector<std::uint8_t> larger(70'000);
  EXPECT_CODE(*streams.out->send({{larger, self}}), DatagramTooLarge);
  EXPECT_EQ(receive(streams)->size(), 1u);
}

TEST_P(Udp, OneReceiveIsBounded) {
  const auto socket = bound();
  auto streams = stream(*socket);
  const auto self = *socket->local_address();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(send(streams, "x", self), 1u);
  EXPECT_TRUE(receive(streams, 0)->empty());
  EXPECT_EQ(receive(streams, 2)->size(), 2u);
  EXPECT_EQ(receive(streams, UINT64_MAX)->size(), 3u);
}

TEST_P(Udp, NobodyThereIsAnError) {
  const auto socket = bound();
  const IpSocketAddress nobody = *bound()->local_address();
  auto streams = stream(*socket, nobody);
  ASSERT_EQ(send(streams, "x"), 1u);
  EXPECT_CODE(receive(streams), ConnectionRefused);
  EXPECT_TRUE(streams.in->receive(1)->empty());
}

TEST_P(Udp, WithoutAListenersGrantItHearsWhomItMaySendTo) {
  const auto friendly = bound(), stranger = bound();
  auto at_friend = stream(*friendly), at_stranger = stream(*stranger);
  guest.config.others = {};
  const auto known = *friendly->local_address();
  udp(print(policy_address(known), port_of(known)));
  const auto socket = bound();
  auto streams = stream(*socket);
  const auto self = *socket->local_address();
  EXPECT_CODE(send(streams, "x", *stranger->local_address()), AccessDenied);
  EXPECT_CODE(socket->stream(*stranger->local_address()), AccessDenied);
  EXPECT_EQ(send(streams, "x", known), 1u);
  everything();
  ASSERT_EQ(send(at_stranger, "stranger", self), 1u);
  ASSERT_EQ(send(at_friend, "friend", self), 1u);
  auto& grants = guest.config.others.udp;
  grants.erase(grants.begin() + 1, grants.end());
  std::vector<IncomingDatagram> got;
  while (got.empty()) got = *receive(streams);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(text_of(got[0]), "friend");
}

TEST_P(Udp, AServerAnswersWhomItHeardFrom) {
  const auto client = bound();
  auto at_client = stream(*client);
  guest.config.others = {};
  listen("*:0");
  const auto server = bound();
  auto streams = stream(*server);
  EXPECT_CODE(send(streams, "unasked", *client->local_address()), AccessDenied);
  udp(family() == kV4 ? "127.0.0.1:*" : "[::1]:*");
  ASSERT_EQ(send(at_client, "question", *server->local_address()), 1u);
  guest.config.others.udp.clear();
  EXPECT_EQ(text_of(receive(streams)->at(0)), "question");
  EXPECT_EQ(send(streams, "answer", *client->local_address()), 1u);
  EXPECT_TRUE(server->stream(*client->local_address()));
}

TEST_P(Udp, BindingNeedsAGrant) {
  guest.config.others = {};
  const auto socket = open();
  EXPECT_CODE(socket->start_bind(access(), loopback(family())), AccessDenied);
  udp("192.0.2.1:1");
  EXPECT_CODE(socket->start_bind(access(), loopback(family(), 47123)), AccessDenied);
  EXPECT_TRUE(socket->start_bind(access(), unspecified(family())));
}

TEST_P(Udp, SocketsAreLimited) {
  std::vector<std::unique_ptr<UdpSocket>> many;
  while (permits->taken() < permits->limit()) many.push_back(open());
  EXPECT_CODE(UdpSocket::create(guest.loop, permits, family()), NewSocketLimit);
  many.pop_back();
  EXPECT_TRUE(UdpSocket::create(guest.loop, permits, family()));
}

}  // namespace
}  // namespace favo::wasi::sockets
