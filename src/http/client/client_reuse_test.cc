#include <gtest/gtest.h>

#include "http/client/client.h"
#include "http/client/test_upstream.h"

namespace favo::http::client {
namespace {

using namespace std::chrono_literals;
using test::ClientTest;
using test::kEmpty;
using test::Peer;
using test::turn_until;
using test::Upstream;
using Kind = Failure::Kind;

/// What becomes of connections between two requests.
struct ClientReuseTest : ClientTest {
  /// A connection in the pool.
  std::unique_ptr<Peer> idle_peer() {
    auto exchange = send(request());
    auto peer = upstream.accept();
    peer->take_head();
    peer->send(kEmpty);
    EXPECT_TRUE(answered(*exchange));
    EXPECT_EQ(client->idle_connections(), 1u);
    return peer;
  }
};

TEST_F(ClientReuseTest, AreForgottenWhileTheyAreIdle) {
  auto peer = idle_peer();
  peer->close();
  EXPECT_TRUE(turn_until(loop, [&] { return client->idle_connections() == 0; }));
  peer = idle_peer();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlie!!");  // for the next request
  EXPECT_TRUE(turn_until(loop, [&] { return client->idle_connections() == 0; }));
}

TEST_F(ClientReuseTest, AreReplacedOnceForWhatCanBeRepeated) {
  auto peer = idle_peer();
  auto exchange = send(request());
  peer->take_head();
  peer->close();
  auto second = upstream.accept();
  second->take_head();
  second->send(kEmpty);
  EXPECT_TRUE(answered(*exchange));

  auto again = send(request());
  second->take_head();
  second->close();
  upstream.accept()->take_head();
  EXPECT_EQ(failure(*again), Kind::ConnectionTerminated);
}

TEST_F(ClientReuseTest, FailWhatCannotBeRepeated) {
  auto peer = idle_peer();
  auto exchange = send(request("POST"));
  peer->take_head();
  peer->close();
  EXPECT_EQ(failure(*exchange), Kind::ConnectionTerminated);

  peer = idle_peer();
  Request put = request("PUT");
  put.has_body = true;
  exchange = send(std::move(put));
  exchange->write(as_bytes("x"));
  peer->take_through("x\r\n");
  peer->close();
  EXPECT_EQ(failure(*exchange), Kind::ConnectionTerminated);
  EXPECT_TRUE(upstream.quiet());
}

TEST_F(ClientReuseTest, AnAnswerThatCameBeforeTheQuestionIsNone) {
  auto peer = idle_peer();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlie!!");
  auto exchange = send(request("POST"));  // takes it from the pool before anybody looks
  for (int turns = 0; turns < 3; ++turns) loop.run_for(1ms);
  if (exchange->progress() == Exchange::Progress::Underway) {
    upstream.accept()->send("HTTP/1.1 204 No Content\r\n\r\n");
    ASSERT_TRUE(answered(*exchange));
    EXPECT_EQ(exchange->status(), 204);
  }
}

TEST_F(ClientReuseTest, AreKeptUpToALimit) {
  client.reset();
  limits.idle_per_origin = 2;
  client = std::make_unique<Client>(loop, resolver, nullptr, permits, limits);
  std::vector<std::shared_ptr<Exchange>> exchanges;
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 4; ++i) exchanges.push_back(send(request()));
  for (int i = 0; i < 4; ++i) {
    peers.push_back(upstream.accept());
    peers.back()->take_head();
    peers.back()->send(kEmpty);
  }
  for (auto& exchange : exchanges) EXPECT_TRUE(answered(*exchange));
  EXPECT_EQ(client->idle_connections(), 2u);
}

TEST_F(ClientReuseTest, AreClosedAfterAWhile) {
  client.reset();
  limits.idle_time = 0s;
  client = std::make_unique<Client>(loop, resolver, nullptr, permits, limits);
  auto exchange = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send(kEmpty);
  ASSERT_TRUE(answered(*exchange));
  EXPECT_TRUE(peer->wait_end());
  EXPECT_EQ(client->idle_connections(), 0u);
}

TEST_F(ClientReuseTest, AreClosedWhereOthersNeedTheirPlace) {
  std::vector<std::shared_ptr<Exchange>> exchanges;
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 8; ++i) {
    exchanges.push_back(send(request()));
    peers.push_back(upstream.accept());
  }
  EXPECT_EQ(failure(*send(request())), Kind::ConnectionLimit);
  peers[3]->send(kEmpty);
  EXPECT_TRUE(answered(*exchanges[3]));
  EXPECT_EQ(client->idle_connections(), 1u);
  Upstream other(loop);
  Request elsewhere = request();
  elsewhere.origin = origin("127.0.0.1", other.port());
  exchanges.push_back(send(std::move(elsewhere)));
  other.accept()->take_head();
  EXPECT_EQ(client->idle_connections(), 0u);
  EXPECT_TRUE(peers[3]->wait_end());
  exchanges.clear();
  EXPECT_EQ(permits->taken(), 0u);
}

}  // namespace
}  // namespace favo::http::client
