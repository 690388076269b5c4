#include "http/server.h"

#include "base/format.h"
#include "http/test_support.h"

namespace favo::http::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class ServerLimitsTest : public ServerTest {
 protected:
  /// As if this much time had passed since the last of the server's turns.
  void pass(std::chrono::seconds time) { server->sweep(loop.now() + time); }
  bool served(std::size_t count) {
    return turn_until(loop, [&] { return server->connections() == count; });
  }
};

TEST_F(ServerLimitsTest, ClosesAnIdleConnection) {
  handler.at_once = [](Exchange& exchange) { answer(exchange, "hello"); };
  auto client = connect();
  client->send(kGet);
  client->take_through("hello");
  pass(59s);
  EXPECT_TRUE(client->quiet());
  pass(63s);
  EXPECT_EQ(client->take_all(), "");
}

TEST_F(ServerLimitsTest, ClosesAClientThatNeverSays) {
  auto client = connect();
  ASSERT_TRUE(served(1));
  pass(12s);
  EXPECT_EQ(client->take_all(), "");
}

TEST_F(ServerLimitsTest, RefusesAHeadThatTakesTooLong) {
  auto client = connect();
  client->send("GET / HTTP/1.1\r\nHost:");
  ASSERT_TRUE(served(1));
  EXPECT_TRUE(client->quiet());
  pass(12s);
  EXPECT_THAT(client->take_all(), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_THAT(handler.refusals, testing::ElementsAre(408));
}

TEST_F(ServerLimitsTest, FailsABodyThatTakesTooLong) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5");
  auto& exchange = next_exchange();
  pass(100s);  // nobody waits for it yet
  EXPECT_EQ(exchange.body().state(), BodySource::State::Open);
  EXPECT_TRUE(exchange.body().data().empty());
  bool woken = false;
  Waiter waiter([&] { woken = true; });
  exchange.body().readable().add(waiter);
  pass(200s);
  EXPECT_TRUE(woken);
  ASSERT_EQ(exchange.body().state(), BodySource::State::Failed);
  EXPECT_EQ(exchange.body().failure().code(), Code::DeadlineExceeded);
  answer(exchange, "slow", 408);
  EXPECT_THAT(client->take_all(), HasSubstr("Connection: close\r\n"));
}

TEST_F(ServerLimitsTest, CancelsWhenTheClientTakesNothing) {
  auto client = connect();
  client->send(kGet);
  auto& exchange = next_exchange();
  handler.running.push_back(&exchange);
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  std::string block(64 * 1024, 'x');
  while (exchange.response().capacity() >= block.size()) exchange.response().write(as_bytes(block));
  pass(29s);
  loop.poll();
  EXPECT_EQ(handler.cancels, 0);
  pass(33s);
  loop.poll();
  EXPECT_EQ(handler.cancels, 1);
}

TEST_F(ServerLimitsTest, LeavesAHandlerItsTime) {
  auto client = connect();
  client->send(kGet);
  auto& exchange = next_exchange();
  pass(1000s);
  answer(exchange, "late");
  client->take_through("late");
}

TEST_F(ServerLimitsTest, ServesNoMoreConnectionsThanAllowed) {
  Limits limits;
  limits.connections = 2;
  listen(limits);
  handler.at_once = [](Exchange& exchange) { answer(exchange, "hello"); };
  auto first = connect(), second = connect(), third = connect();
  ASSERT_TRUE(served(2));
  third->send(kGet);
  EXPECT_TRUE(third->quiet());
  first->close();
  third->take_through("hello");
}

TEST_F(ServerLimitsTest, RefusesHugeHeads) {
  auto client = connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'a'));
  EXPECT_THAT(client->take_all(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerLimitsTest, TakesALargeHead) {
  auto client = connect();
  auto value = std::string(60'000, 'a');
  client->send("GET / HTTP/1.1\r\nHost: a\r\nX: " + value + "\r\n\r\n");
  auto& exchange = next_exchange();
  EXPECT_EQ(exchange.request().fields[1].second, value);
  answer(exchange, "x");
}

TEST_F(ServerTest, TakesABurstOfClients) {
  handler.at_once = [](Exchange& exchange) { answer(exchange, "hello"); };
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 300; ++i) clients.push_back(connect());  // before the loop turns once
  for (auto& client : clients) client->send(kGet);
  for (auto& client : clients) client->take_through("hello");
}

TEST_F(ServerTest, SaysWhenThePortIsTaken) {
  listen();
  Server other(loop, handler, {});
  auto endpoint = server->endpoint();
  auto result = other.listen(endpoint, Listener::Port::Claim);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::Unavailable);
  EXPECT_EQ(result.error().message(),
            format("cannot listen on 127.0.0.1:{}: the port is in use", endpoint.port()));
  EXPECT_TRUE(other.listen(endpoint, Listener::Port::Join).ok());
}

TEST_F(ServerTest, SaysWhenTheAddressIsNotOurs) {
  Server other(loop, handler, {});
  auto result =
      other.listen({boost::asio::ip::make_address("192.0.2.1"), 0}, Listener::Port::Claim);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::InvalidArgument);
}

TEST_F(ServerTest, ShutsDownAfterTheRunningRequests) {
  auto idle = connect(), busy = connect();
  busy->send(std::string(kGet) + std::string(kGet));
  auto& exchange = next_exchange();
  ASSERT_TRUE(turn_until(loop, [&] { return server->connections() == 2; }));
  bool done = false;
  server->shutdown(1h, [&] { done = true; });
  EXPECT_EQ(idle->take_all(), "");
  EXPECT_FALSE(Client(loop, server->endpoint().port()).connected());
  EXPECT_FALSE(done);
  answer(exchange, "last words");
  auto response = busy->take_all();
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(response, EndsWith("last words"));
  EXPECT_EQ(handler.handled, 1);
  EXPECT_TRUE(turn_until(loop, [&] { return done; }));
}

TEST_F(ServerTest, AnswersRequestsThatWereSentBeforeItShutDown) {
  handler.at_once = [](Exchange& exchange) { answer(exchange, "in time"); };
  auto connected = connect();
  ASSERT_TRUE(turn_until(loop, [&] { return server->connections() == 1; }));
  connected->send(kGet);
  auto queued = connect();
  queued->send(kGet);
  bool done = false;
  server->shutdown(1h, [&] { done = true; });
  EXPECT_THAT(connected->take_all(), EndsWith("in time"));
  EXPECT_THAT(queued->take_all(), EndsWith("in time"));
  EXPECT_TRUE(turn_until(loop, [&] { return done; }));
}

TEST_F(ServerTest, AbortsWhatOutlastsTheShutdown) {
  auto client = connect();
  client->send(kGet);
  handler.running.push_back(&next_exchange());
  bool done = false;
  server->shutdown(1ms, [&] { done = true; });
  EXPECT_TRUE(turn_until(loop, [&] { return done; }));
  EXPECT_EQ(handler.cancels, 1);
}

TEST_F(ServerTest, ShutsDownAtOnceWhenIdle) {
  listen();
  bool done = false;
  server->shutdown(1h, [&] { done = true; });
  loop.poll();
  EXPECT_TRUE(done);
}

TEST_F(ServerTest, LeavesExchangesValidWhenDestroyed) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
  auto& exchange = next_exchange();
  server.reset();
  EXPECT_EQ(exchange.request().method, "POST");
  EXPECT_EQ(as_text(exchange.body().data()), "abc");
  EXPECT_TRUE(exchange.response().closed());
  EXPECT_TRUE(exchange.response().start(200, {}, {}).ok());
  exchange.response().write(as_bytes("x"));
  loop.poll();
  EXPECT_EQ(handler.cancels, 0);
  exchange.release();
}

}  // namespace
}  // namespace favo::http::test
