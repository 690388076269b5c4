#include "wasi/sockets_tcp.h"

#include <gtest/gtest.h>

#include <string>

#include "wasi/sockets_test_support.h"

namespace favo::wasi::sockets {
namespace {

constexpr auto kV4 = IpAddressFamily::Ipv4;
constexpr auto kV6 = IpAddressFamily::Ipv6;

/// Both families.
struct Tcp : testing::TestWithParam<IpAddressFamily>, GrantedSockets {
  Tcp() { everything(); }
  IpAddressFamily family() const { return GetParam(); }
  IpAddressFamily other_family() const { return family() == kV4 ? kV6 : kV4; }

  std::unique_ptr<TcpSocket> open() {
    return std::move(TcpSocket::create(guest.loop, permits, family()).value());
  }
  std::unique_ptr<TcpSocket> bound() {
    auto socket = open();
    EXPECT_TRUE(socket->start_bind(access(), loopback(family())));
    EXPECT_TRUE(socket->finish_bind());
    return socket;
  }
  std::unique_ptr<TcpSocket> listening() {
    auto socket = bound();
    EXPECT_TRUE(socket->start_listen());
    EXPECT_TRUE(socket->finish_listen());
    return socket;
  }
  Answer<TcpSocket::Streams> connect(TcpSocket& socket, const IpSocketAddress& remote) {
    if (const auto begun = socket.start_connect(access(), remote); !begun)
      return std::unexpected(begun.error());
    await(socket);
    return socket.finish_connect();
  }
  /// As a guest blocks on a pollable.
  void await(Subscribable& what) {
    bool woken = false;
    Waiter waiter([&] { woken = true; });
    while (!what.ready()) {
      woken = false;
      if (!waiter.waiting()) what.signal().add(waiter);
      turn_until([&] { return woken; });
    }
  }
  std::string read(InputStream& input, std::size_t size) {
    std::string text;
    while (text.size() < size) {
      await(input);
      const auto piece = input.read(size - text.size());
      if (!piece) return text + " and then the end";
      text.append(piece->begin(), piece->end());
    }
    return text;
  }
  void write(OutputStream& output, std::string_view text) {
    ASSERT_GE(*output.check_write(), text.size());
    ASSERT_TRUE(output.write(Contents(as_bytes(text))).value()->has_value());
  }
  /// Writes until the kernel takes no more, and the stream's own buffer is full: all of it.
  std::string fill(OutputStream& output) {
    std::string all;
    for (char c = 'a'; output.flushed() || output.capacity() >= 4096; c = c == 'z' ? 'a' : c + 1) {
      const std::string piece(4096, c);
      write(output, piece);
      all += piece;
    }
    const std::string rest(output.capacity(), '.');
    write(output, rest);
    return all + rest;
  }

  /// A client and what its listener accepted.
  struct Pair {
    std::unique_ptr<TcpSocket> client, server;
    std::unique_ptr<InputStream> client_input, server_input;
    std::unique_ptr<OutputStream> client_output, server_output;
  };
  Pair pair() {
    Pair pair;
    const auto listener = listening();
    pair.client = open();
    auto streams = connect(*pair.client, *listener->local_address());
    EXPECT_TRUE(streams);
    std::tie(pair.client_input, pair.client_output) = std::move(*streams);
    await(*listener);
    auto accepted = listener->accept();
    EXPECT_TRUE(accepted);
    std::tie(pair.server, pair.server_input, pair.server_output) = std::move(*accepted);
    return pair;
  }
};
INSTANTIATE_TEST_SUITE_P(Families, Tcp, testing::Values(kV4, kV6),
                         [](const auto& info) { return info.param == kV4 ? "V4" : "V6"; });

TEST_P(Tcp, SpeaksBothWays) {
  Pair pair = this->pair();
  EXPECT_TRUE(same(*pair.client->local_address(), *pair.server->remote_address()));
  EXPECT_TRUE(same(*pair.client->remote_address(), *pair.server->local_address()));
  write(*pair.client_output, "ping");
  EXPECT_EQ(read(*pair.server_input, 4), "ping");
  EXPECT_TRUE(pair.server_input->read(10)->empty());
  EXPECT_FALSE(pair.server_input->ready());
  write(*pair.server_output, "pong");
  EXPECT_EQ(read(*pair.client_input, 4), "pong");
}

TEST_P(Tcp, UnboundItDoesLittle) {
  const auto socket = open();
  EXPECT_CODE(socket->finish_bind(), NotInProgress);
  EXPECT_CODE(socket->finish_connect(), NotInProgress);
  EXPECT_CODE(socket->finish_listen(), NotInProgress);
  EXPECT_CODE(socket->start_listen(), InvalidState);
  EXPECT_CODE(socket->accept(), InvalidState);
  EXPECT_CODE(socket->shutdown(ShutdownType::Both), InvalidState);
  EXPECT_CODE(socket->local_address(), InvalidState);
  EXPECT_CODE(socket->remote_address(), InvalidState);
  EXPECT_FALSE(socket->is_listening());
  EXPECT_EQ(socket->family(), family());
  EXPECT_TRUE(socket->set_listen_backlog_size(32));
  EXPECT_TRUE(socket->ready());
}

TEST_P(Tcp, OneOperationAtATime) {
  const auto socket = open();
  ASSERT_TRUE(socket->start_bind(access(), loopback(family())));
  EXPECT_CODE(socket->start_bind(access(), loopback(family())), ConcurrencyConflict);
  EXPECT_CODE(socket->start_listen(), ConcurrencyConflict);
  EXPECT_CODE(socket->start_connect(access(), loopback(family(), 1)), ConcurrencyConflict);
  EXPECT_CODE(socket->finish_listen(), NotInProgress);
  EXPECT_CODE(socket->local_address(), InvalidState);
  ASSERT_TRUE(socket->finish_bind());
  EXPECT_CODE(socket->finish_bind(), NotInProgress);
  EXPECT_CODE(socket->start_bind(access(), loopback(family())), InvalidState);
  EXPECT_NE(port_of(*socket->local_address()), 0);
  EXPECT_CODE(socket->accept(), InvalidState);

  ASSERT_TRUE(socket->start_listen());
  EXPECT_CODE(socket->start_listen(), ConcurrencyConflict);
  EXPECT_CODE(socket->start_connect(access(), loopback(family(), 1)), ConcurrencyConflict);
  EXPECT_CODE(socket->accept(), InvalidState);
  EXPECT_FALSE(socket->is_listening());
  ASSERT_TRUE(socket->finish_listen());
  EXPECT_TRUE(socket->is_listening());
  EXPECT_CODE(socket->start_listen(), InvalidState);
  EXPECT_CODE(socket->start_bind(access(), loopback(family())), InvalidState);
  EXPECT_CODE(socket->start_connect(access(), loopback(family(), 0)), InvalidState);
  EXPECT_CODE(socket->shutdown(ShutdownType::Both), InvalidState);
  EXPECT_CODE(socket->remote_address(), InvalidState);
  EXPECT_CODE(socket->accept(), WouldBlock);
  EXPECT_FALSE(socket->ready());
  EXPECT_TRUE(socket->set_listen_backlog_size(1));
}

TEST_P(Tcp, ConnectedItIsNothingElse) {
  const Pair pair = this->pair();
  for (TcpSocket* socket : {pair.client.get(), pair.server.get()}) {
    EXPECT_CODE(socket->start_bind(access(), loopback(family())), InvalidState);
    EXPECT_CODE(socket->start_connect(access(), loopback(family(), 1)), InvalidState);
    EXPECT_CODE(socket->start_listen(), InvalidState);
    EXPECT_CODE(socket->finish_connect(), NotInProgress);
    EXPECT_CODE(socket->finish_bind(), NotInProgress);
    EXPECT_CODE(socket->accept(), InvalidState);
    EXPECT_CODE(socket->set_listen_backlog_size(32), InvalidState);
    EXPECT_CODE(socket->set_listen_backlog_size(0), InvalidArgument);
    EXPECT_TRUE(socket->ready());
  }
}

TEST_P(Tcp, WrongAddressesAreArguments) {
  const auto socket = open();
  std::vector<IpSocketAddress> wrong = {loopback(other_family(), 1)};
  if (family() == kV4) {
    wrong.push_back(v4({255, 255, 255, 255}, 1));
    wrong.push_back(v4({224, 254, 0, 0}, 1));
    wrong.push_back(v4({239, 255, 255, 255}, 1));
  } else {
    wrong.push_back(v6({0xff00, 0, 0, 0, 0, 0, 0, 0}, 1));
    wrong.push_back(v6({0, 0, 0, 0, 0, 0xffff, 0x7f00, 1}, 1));  // mapped
    wrong.push_back(v6({0, 0, 0, 0, 0, 0, 0x7f00, 1}, 1));       // compatible
  }
  for (const IpSocketAddress& address : wrong) {
    EXPECT_CODE(socket->start_bind(access(), address), InvalidArgument);
    EXPECT_CODE(socket->start_connect(access(), address), InvalidArgument);
  }
  EXPECT_CODE(socket->start_connect(access(), loopback(family(), 0)), InvalidArgument);
  EXPECT_CODE(socket->start_connect(access(), unspecified(family(), 1)), InvalidArgument);
  EXPECT_TRUE(socket->start_bind(access(), unspecified(family())));
}

TEST_P(Tcp, ANetworkIsForOneSocket) {
  const auto socket = bound();
  Access& another = guest.context.access(1);
  EXPECT_CODE(socket->start_connect(another, loopback(family(), 1)), InvalidArgument);
}

TEST_P(Tcp, AddressesAreTakenOrNotOurs) {
  const auto first = listening();
  const auto second = open();
  EXPECT_CODE(second->start_bind(access(), *first->local_address()), AddressInUse);
  const auto foreign =
      family() == kV4 ? v4({192, 0, 2, 1}, 0) : v6({0x2001, 0xdb8, 0, 0, 0, 0, 0, 1}, 0);
  EXPECT_CODE(second->start_bind(access(), foreign), AddressNotBindable);
  EXPECT_TRUE(second->start_bind(access(), loopback(family())));
}

TEST_P(Tcp, AListenersAddressIsFreeWhileConnectionsWait) {
  const IpSocketAddress address = *bound()->local_address();
  const auto client = open();
  {
    const auto listener = open();
    ASSERT_TRUE(listener->start_bind(access(), address) && listener->finish_bind());
    ASSERT_TRUE(listener->start_listen() && listener->finish_listen());
    ASSERT_TRUE(connect(*client, address));
    await(*listener);
    ASSERT_TRUE(listener->accept());  // closed here first
  }
  const auto again = open();
  EXPECT_TRUE(again->start_bind(access(), address));
}

TEST_P(Tcp, AFailedConnectionClosesTheSocket) {
  IpSocketAddress nobody;
  {
    const auto socket = bound();
    nobody = *socket->local_address();
  }
  const auto socket = open();
  EXPECT_CODE(connect(*socket, nobody), ConnectionRefused);
  EXPECT_CODE(socket->start_connect(access(), nobody), InvalidState);
  EXPECT_CODE(socket->start_bind(access(), loopback(family())), InvalidState);
  EXPECT_CODE(socket->finish_connect(), NotInProgress);
  EXPECT_CODE(socket->local_address(), InvalidState);
  EXPECT_EQ(socket->socket(), nullptr);
  EXPECT_EQ(permits->taken(), 0u);
  EXPECT_TRUE(socket->ready());
}

TEST_P(Tcp, TheStreamsEndWithTheConnection) {
  Pair pair = this->pair();
  write(*pair.server_output, "last words");
  pair.server.reset();
  pair.server_input.reset();
  pair.server_output.reset();
  EXPECT_EQ(read(*pair.client_input, 11), "last words and then the end");
  EXPECT_TRUE(pair.client_input->ready());
  EXPECT_TRUE(pair.client_input->read(0).error().is_closed());
  pair = {};
  EXPECT_EQ(permits->taken(), 0u);
}

TEST_P(Tcp, AStreamKeepsItsConnection) {
  Pair pair = this->pair();
  pair.client.reset();
  pair.client_input.reset();
  write(*pair.client_output, "still");
  EXPECT_EQ(read(*pair.server_input, 5), "still");
}

TEST_P(Tcp, ShutdownEndsOneDirection) {
  Pair pair = this->pair();
  write(*pair.server_output, "too late");
  await(*pair.client_input);
  ASSERT_TRUE(pair.client->shutdown(ShutdownType::Receive));
  ASSERT_TRUE(pair.client->shutdown(ShutdownType::Receive));
  EXPECT_TRUE(pair.client_input->read(10).error().is_closed());
  EXPECT_TRUE(pair.client_input->read(0).error().is_closed());

  EXPECT_GT(*pair.client_output->check_write(), 0u);
  ASSERT_TRUE(pair.client->shutdown(ShutdownType::Send));
  EXPECT_TRUE(pair.client_output->write(Contents(as_bytes("x"))).value()->error().is_closed());
  EXPECT_TRUE(pair.client_output->check_write().error().is_closed());
  EXPECT_TRUE(pair.client_output->flush().error().is_closed());
  EXPECT_EQ(read(*pair.server_input, 1), " and then the end");
  EXPECT_TRUE(pair.client->shutdown(ShutdownType::Both));
}

TEST_P(Tcp, AFullPeerHoldsTheWriterBack) {
  Pair pair = this->pair();
  const std::string much = fill(*pair.client_output);
  EXPECT_EQ(pair.client_output->capacity(), 0u);
  EXPECT_FALSE(pair.client_output->ready());
  EXPECT_EQ(read(*pair.server_input, much.size()), much);
  await(*pair.client_output);
  EXPECT_TRUE(pair.client_output->flushed());
}

TEST_P(Tcp, ShutdownSendsWhatWasWritten) {
  Pair pair = this->pair();
  const std::string much = fill(*pair.client_output);
  ASSERT_TRUE(pair.client->shutdown(ShutdownType::Send));
  EXPECT_TRUE(pair.client_output->check_write().error().is_closed());
  EXPECT_EQ(read(*pair.server_input, much.size() + 1), much + " and then the end");
}

TEST_P(Tcp, WhatWasWrittenOutlivesItsWriter) {
  Pair pair = this->pair();
  const std::string much = fill(*pair.client_output);
  pair.client.reset();
  pair.client_input.reset();
  pair.client_output.reset();
  EXPECT_EQ(permits->taken(), 2u);
  EXPECT_EQ(read(*pair.server_input, much.size() + 1), much + " and then the end");
  EXPECT_EQ(permits->taken(), 1u);
}

TEST_P(Tcp, AGuestMayEndInTheMiddle) {
  Pair pair = this->pair();
  fill(*pair.client_output);
  // All goes, and the loop with it, while bytes wait to be sent.
}

TEST_P(Tcp, AResetIsAFailureToldOnce) {
  Pair pair = this->pair();
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ASSERT_EQ(
      setsockopt(pair.server->socket()->native(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
      0);
  pair.server.reset();
  pair.server_input.reset();
  pair.server_output.reset();
  await(*pair.client_input);
  const auto failed = pair.client_input->read(1);
  ASSERT_FALSE(failed);
  ASSERT_FALSE(failed.error().is_closed());
  EXPECT_EQ(failed.error().get<0>()->to_debug_string(), "Connection reset by peer");
  EXPECT_TRUE(pair.client_input->read(1).error().is_closed());
  EXPECT_EQ(pair.client_output->check_write().has_value(), true);
  ASSERT_TRUE(pair.client_output->write(Contents(as_bytes("x"))));
  EXPECT_FALSE(pair.client_output->check_write());
}

TEST_P(Tcp, SocketsAreLimited) {
  std::vector<std::unique_ptr<TcpSocket>> many;
  const auto listener = listening();
  const auto client = open();
  ASSERT_TRUE(connect(*client, *listener->local_address()));
  while (permits->taken() < permits->limit()) many.push_back(open());
  EXPECT_CODE(TcpSocket::create(guest.loop, permits, family()), NewSocketLimit);
  await(*listener);
  EXPECT_CODE(listener->accept(), NewSocketLimit);
  many.pop_back();
  EXPECT_TRUE(listener->accept());
  many.push_back(open());
  EXPECT_CODE(listener->accept(), WouldBlock);
}

TEST_P(Tcp, GrantsAreAsked) {
  guest.config.others = {};
  const auto listener = [&] {
    listen(family() == kV4 ? "127.0.0.1:0" : "[::1]:0");
    auto socket = listening();
    guest.config.others = {};
    return socket;
  }();
  const IpSocketAddress address = *listener->local_address();
  const auto socket = open();
  EXPECT_CODE(socket->start_bind(access(), loopback(family())), AccessDenied);
  EXPECT_CODE(socket->start_connect(access(), address), AccessDenied);
  tcp(print(policy_address(address), port_of(address)));
  EXPECT_CODE(socket->start_bind(access(), address), AccessDenied);
  ASSERT_TRUE(socket->start_bind(access(), loopback(family())));
  ASSERT_TRUE(socket->finish_bind());
  EXPECT_CODE(socket->start_listen(), AccessDenied);
  EXPECT_CODE(socket->start_connect(access(), loopback(family(), 1)), AccessDenied);
  EXPECT_TRUE(connect(*socket, address));
}

TEST(TcpPollables, WakeForConnectionsAndOutliveTheirSocket) {
  GrantedSockets granted;
  granted.everything();
  auto socket = std::move(TcpSocket::create(granted.guest.loop, granted.permits, kV4).value());
  ASSERT_TRUE(socket->start_bind(granted.access(), loopback(kV4)));
  ASSERT_TRUE(socket->finish_bind() && socket->start_listen() && socket->finish_listen());
  const auto pollable = socket->subscribe();
  EXPECT_FALSE(pollable->ready());
  int woken = 0;
  Waiter waiter([&] { ++woken; });
  pollable->signal().add(waiter);
  auto client = std::move(TcpSocket::create(granted.guest.loop, granted.permits, kV4).value());
  ASSERT_TRUE(client->start_connect(granted.access(), *socket->local_address()));
  granted.turn_until([&] { return woken > 0; });
  EXPECT_TRUE(pollable->ready());
  ASSERT_TRUE(socket->accept());
  EXPECT_FALSE(pollable->ready());
  socket.reset();
  EXPECT_TRUE(pollable->ready());
}

}  // namespace
}  // namespace favo::wasi::sockets
