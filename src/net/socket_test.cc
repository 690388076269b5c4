#include "net/socket.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string_view>

namespace favo::net {
namespace {

using namespace std::chrono_literals;
using Kind = Socket::Kind;

SocketAddress loopback(int family, std::uint16_t port = 0) {
  SocketAddress address;
  if (family == AF_INET) {
    address.v4 = {.sin_family = AF_INET,
                  .sin_port = htons(port),
                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
                  .sin_zero = {}};
  } else {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(port);
    address.v6.sin6_addr = in6addr_loopback;
  }
  return address;
}

/// Both families, where this machine has both.
struct SocketTest : testing::TestWithParam<int> {
  void SetUp() override {
    if (!open(Kind::Tcp)->bind(loopback(GetParam()))) GTEST_SKIP() << "NOT RUN: no such addresses";
  }
  std::unique_ptr<Socket> open(Kind kind) {
    return std::move(*Socket::open(loop, GetParam(), kind, Permits::take(permits)));
  }
  std::unique_ptr<Socket> bound(Kind kind) {
    auto socket = open(kind);
    EXPECT_TRUE(socket->bind(loopback(GetParam())));
    return socket;
  }
  void turn_until(auto condition) {
    while (!condition()) ASSERT_GT(loop.run_for(10s), 0u);
  }

  Loop loop;
  std::shared_ptr<Permits> permits = std::make_shared<Permits>(3);
};
INSTANTIATE_TEST_SUITE_P(Families, SocketTest, testing::Values(AF_INET, AF_INET6),
                         [](const auto& info) { return info.param == AF_INET ? "V4" : "V6"; });

TEST_P(SocketTest, ConnectsAndWaits) {
  const auto listener = bound(Kind::Tcp);
  ASSERT_TRUE(listener->listen(1));
  EXPECT_EQ(listener->accept(Permits::take(permits)).error(), EAGAIN);

  int woken = 0;
  Waiter waiter([&] { ++woken; });
  listener->when_readable().add(waiter);
  const auto client = open(Kind::Tcp);
  ASSERT_TRUE(client->connect(*listener->local_address()));
  turn_until([&] { return woken == 1; });
  const auto server = std::move(*listener->accept(Permits::take(permits)));
  turn_until([&] { return client->writable(); });
  EXPECT_EQ(client->take_error(), 0);
  EXPECT_EQ(*client->local_address(), *server->remote_address());

  std::array<std::uint8_t, 8> room;
  EXPECT_EQ(server->receive(room).error(), EAGAIN);
  EXPECT_EQ(client->send(as_bytes("hello")), 5u);
  turn_until([&] { return server->readable(); });
  EXPECT_EQ(server->receive(room), 5u);
  ASSERT_TRUE(client->shutdown(SHUT_WR));
  turn_until([&] { return server->readable(); });
  EXPECT_EQ(server->receive(room), 0u);
}

TEST_P(SocketTest, AWaitOnWhatIsReadyEndsAtOnce) {
  const auto receiver = bound(Kind::Udp);
  const auto sender = bound(Kind::Udp);
  ASSERT_TRUE(sender->send_to(as_bytes("x"), *receiver->local_address()));
  int woken = 0;
  Waiter waiter([&] { ++woken; });
  for (int i = 1; i <= 3; ++i) {
    receiver->when_readable().add(waiter);
    turn_until([&] { return woken == i; });
  }
  receiver->when_writable().add(waiter);
  turn_until([&] { return woken == 4; });
}

TEST_P(SocketTest, ClosingEndsTheWait) {
  const auto socket = bound(Kind::Udp);
  auto captured = std::make_shared<int>();
  socket->when_readable();
  const auto sent = bound(Kind::Tcp);
  sent->wait_writable([captured] {});
  sent->close();
  turn_until([&] { return captured.use_count() == 1; });
  EXPECT_EQ(permits->taken(), 1u);
  EXPECT_FALSE(sent->local_address());
}

TEST_P(SocketTest, DisconnectingKeepsThePort) {
  const auto socket = bound(Kind::Udp);
  const auto port = socket->local_address()->port();
  for (std::uint16_t remote = 1000; remote < 1003; ++remote) {
    ASSERT_TRUE(socket->connect(loopback(GetParam(), remote)));
    EXPECT_EQ(socket->remote_address()->port(), remote);
    ASSERT_TRUE(socket->disconnect());
    EXPECT_EQ(socket->local_address()->port(), port);
    EXPECT_FALSE(socket->remote_address());
  }
}

TEST_P(SocketTest, GivesItsPermitBack) {
  {
    const auto first = open(Kind::Tcp), second = open(Kind::Udp), third = open(Kind::Udp);
    EXPECT_EQ(permits->taken(), 3u);
    EXPECT_FALSE(Permits::take(permits));
  }
  EXPECT_EQ(permits->taken(), 0u);
}

TEST_P(SocketTest, AFailureIsAnErrno) {
  const auto taken = bound(Kind::Udp);
  EXPECT_EQ(open(Kind::Udp)->bind(*taken->local_address()).error(), EADDRINUSE);
  EXPECT_FALSE(Socket::open(loop, -1, Kind::Tcp, {}));
}

}  // namespace
}  // namespace favo::net
