// What a client cannot do to a server by HTTP/2: floods, slowness; and how a server ends.
#include "base/format.h"
#include "http/h2_connection.h"
#include "http/rate.h"
#include "http/test_h2_client.h"

namespace favo::http::test {
namespace {

using testing::ElementsAre;

class H2LimitsTest : public ServerTest {
 protected:
  std::unique_ptr<H2Client> open(const H2Client::Options& options = {}) {
    return std::make_unique<H2Client>(loop, connect(), options);
  }
  /// With a handler that answers at once.
  std::unique_ptr<H2Client> served() {
    handler.at_once = [](Exchange& exchange) { answer(exchange, "hello"); };
    auto client = open();
    EXPECT_EQ(client->finish(client->get("/")).body, "hello");
    client->settle();  // what it has to acknowledge has left
    return client;
  }
  Exchange& next(H2Client& client) {
    EXPECT_TRUE(client.wait([&] { return !handler.running.empty(); }));
    return *handler.running.front();
  }
  /// As if this much time had passed since the last of the server's turns.
  void pass(std::chrono::seconds time) { server->sweep(loop.now() + time); }
  /// A frame's nine bytes and its payload.
  static std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                           std::string_view payload = {}) {
    std::string bytes;
    for (int shift : {16, 8, 0}) bytes += static_cast<char>(payload.size() >> shift);
    bytes += static_cast<char>(type);
    bytes += static_cast<char>(flags);
    for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(stream >> shift);
    return bytes += payload;
  }
  /// Turns until the connection is closed for this reason.
  void expect_goaway(H2Client& client, std::uint32_t error) {
    EXPECT_TRUE(client.closed());
    ASSERT_FALSE(client.goaways.empty());
    EXPECT_EQ(client.goaways.back().second, error);
    client.socket().close();
    EXPECT_TRUE(turn_until(loop, [&] { return server->connections() == 0; }));
  }
};

TEST(RateTest, LetsABurstPassAndThenSoManyASecond) {
  Rate rate(3, 2);
  Rate::TimePoint now(std::chrono::hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(rate.spend(now));
  EXPECT_FALSE(rate.spend(now));
  now += 1s;
  EXPECT_TRUE(rate.spend(now) && rate.spend(now));
  EXPECT_FALSE(rate.spend(now));
  now += 100s;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(rate.spend(now));
  EXPECT_FALSE(rate.spend(now));
}

TEST_F(H2LimitsTest, EndsARapidReset) {
  auto client = open();
  handler.at_once = [this](Exchange& exchange) { handler.running.push_back(&exchange); };
  for (int i = 0; i < 2000 && client->goaways.empty(); ++i) {
    const auto id = client->get("/");
    client->pump();
    client->reset(id);
    client->pump();
    loop.poll();
  }
  expect_goaway(*client, NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_LE(handler.handled, 600);
  EXPECT_TRUE(turn_until(loop, [&] { return handler.cancels == handler.handled; }));
}

TEST_F(H2LimitsTest, CountsResetsThatAClientProvokes) {
  auto client = open();
  // A window that becomes too large is an error of its stream (RFC 9113 6.9.1).
  for (int i = 0; i < 2000 && client->goaways.empty(); ++i) {
    const auto id = client->get("/");
    client->pump();
    client->send_raw(
        frame(NGHTTP2_WINDOW_UPDATE, 0, static_cast<std::uint32_t>(id), "\x7f\xff\xff\xff"));
    client->wait([&] { return client->answer(id).reset || !client->goaways.empty(); });
  }
  expect_goaway(*client, NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_LE(handler.handled, 600);
}

TEST_F(H2LimitsTest, DoesNotCountResetsThatAreTheHandlersDoing) {
  handler.at_once = [](Exchange& exchange) { exchange.release(); };
  auto client = open();
  for (int i = 0; i < 600; ++i) {
    ASSERT_EQ(client->finish(client->get("/")).reset, std::uint32_t{NGHTTP2_INTERNAL_ERROR}) << i;
  }
  EXPECT_TRUE(client->goaways.empty());
}

TEST_F(H2LimitsTest, EndsFloodsOfFramesThatCarryNothing) {
  const struct {
    const char* what;
    std::string frame;
  } cases[] = {
      {"PING", frame(NGHTTP2_PING, 0, 0, "12345678")},
      {"SETTINGS", frame(NGHTTP2_SETTINGS, 0, 0)},
      {"PRIORITY", frame(NGHTTP2_PRIORITY, 0, 5, std::string_view("\0\0\0\0\1", 5))},
  };
  for (const auto& c : cases) {
    auto client = served();
    for (int i = 0; i < 1500; ++i) client->send_raw(c.frame);
    SCOPED_TRACE(c.what);
    expect_goaway(*client, NGHTTP2_ENHANCE_YOUR_CALM);
  }
}

TEST_F(H2LimitsTest, EndsAFloodOfEmptyData) {
  auto client = open();
  const auto id = client->post("/");
  handler.running.push_back(&next(*client));
  for (int i = 0; i < 1500; ++i)
    client->send_raw(frame(NGHTTP2_DATA, 0, static_cast<std::uint32_t>(id)));
  expect_goaway(*client, NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(H2LimitsTest, AnswersAnOrdinaryNumberOfPings) {
  auto client = served();
  for (int i = 0; i < 100; ++i) client->ping();
  EXPECT_TRUE(client->wait([&] { return client->pongs == 100; }));
}

TEST_F(H2LimitsTest, EndsAFloodOfContinuations) {
  auto client = served();
  client->send_raw(frame(NGHTTP2_HEADERS, 0, 101));
  for (int i = 0; i < 100; ++i) client->send_raw(frame(NGHTTP2_CONTINUATION, 0, 101));
  EXPECT_TRUE(client->closed());
}

TEST_F(H2LimitsTest, EndsAConnectionThatOpensAStreamItHasSkipped) {
  handler.at_once = [](Exchange& exchange) { answer(exchange, "hello"); };
  const auto open_stream = [](std::uint32_t id) {
    constexpr std::string_view kHead = "\x82\x84\x86\x41\x01z";  // GET / over http, :authority z
    return frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, id, kHead);
  };
  auto socket = connect();
  socket->send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(NGHTTP2_SETTINGS, 0, 0) +
               open_stream(11) + open_stream(17));
  ASSERT_TRUE(turn_until(loop, [&] { return handler.handled == 2; }));
  socket->send(open_stream(13));
  const std::string all = socket->take_all();
  // GOAWAY: the last stream that was served, PROTOCOL_ERROR.
  EXPECT_NE(all.find(std::string_view("\0\0\0\x11\0\0\0\1", 8)), all.npos);
  EXPECT_EQ(handler.handled, 2);
}

TEST_F(H2LimitsTest, EndsAHeadThatUnfoldsIntoVeryMuch) {
  auto client = served();
  // A field of 4,000 bytes goes into the table (RFC 7541 6.2.1), and is named by a byte each time.
  const std::string block = std::string("\x40\x01x\x7f\x80\x1e", 6) + std::string(3967, 'a') +
                            std::string(12'000, '\xbe');
  client->send_raw(
      frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 101, block));
  EXPECT_TRUE(client->closed());
  EXPECT_EQ(handler.handled, 1);
}

TEST_F(H2LimitsTest, RefusesStreamsBeyondTheirNumber) {
  Limits limits;
  limits.streams = 2;
  listen(limits);
  auto client = open();
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(client->get("/"));  // before the SETTINGS arrive
  ASSERT_TRUE(client->wait([&] { return handler.handled == 2 && client->max_streams == 2u; }));
  for (int i = 2; i < 5; ++i)
    EXPECT_EQ(client->finish(ids[i]).reset, std::uint32_t{NGHTTP2_REFUSED_STREAM});
  EXPECT_EQ(handler.handled, 2);
  for (Exchange* exchange : handler.running) exchange->release();
}

TEST_F(H2LimitsTest, EndsAConnectionThatBeginsWrong) {
  auto socket = connect();
  socket->send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
  const std::string all = socket->take_all();
  EXPECT_NE(all.find(std::string_view("\7\0\0\0\0\0", 6)), all.npos);  // GOAWAY on stream 0
}

TEST_F(H2LimitsTest, ClosesAnIdleConnection) {
  auto client = served();
  pass(59s);
  client->settle();
  EXPECT_TRUE(client->goaways.empty());
  pass(63s);
  expect_goaway(*client, NGHTTP2_NO_ERROR);
}

TEST_F(H2LimitsTest, ClosesAClientThatOpensNoStream) {
  auto client = open();
  client->settle();
  pass(12s);
  expect_goaway(*client, NGHTTP2_NO_ERROR);
}

TEST_F(H2LimitsTest, LetsNoPingKeepAnIdleConnection) {
  auto client = served();
  for (int i = 0; i < 5; ++i) {
    client->ping();
    client->settle();
    pass(20s * i);
  }
  expect_goaway(*client, NGHTTP2_NO_ERROR);
}

TEST_F(H2LimitsTest, EndsAHeadThatTakesTooLong) {
  auto client = served();
  client->send_raw(frame(NGHTTP2_HEADERS, 0, 101, "\x82"));
  client->settle();
  pass(12s);
  expect_goaway(*client, NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_THAT(handler.refusals, ElementsAre(408));
}

TEST_F(H2LimitsTest, FailsABodyThatTakesTooLong) {
  auto client = open();
  const auto id = client->post("/");
  Exchange& exchange = next(*client);
  handler.running.pop_front();
  pass(100s);  // nobody waits for it yet
  EXPECT_EQ(exchange.body().state(), BodySource::State::Open);
  bool woken = false;
  Waiter waiter([&] { woken = true; });
  exchange.body().readable().add(waiter);
  pass(200s);
  EXPECT_TRUE(woken);
  ASSERT_EQ(exchange.body().state(), BodySource::State::Failed);
  EXPECT_EQ(exchange.body().failure().code(), Code::DeadlineExceeded);
  answer(exchange, "slow", 408);
  EXPECT_EQ(client->finish(id).status, 408);
}

TEST_F(H2LimitsTest, CancelsAStreamWhoseClientTakesNothing) {
  auto client = open({.window = 1000});
  const auto id = client->get("/");
  Exchange& exchange = next(*client);
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  exchange.response().write(as_bytes(std::string(10'000, 'x')));
  exchange.flush();
  client->settle();
  pass(29s);
  loop.poll();
  EXPECT_EQ(handler.cancels, 0);
  pass(33s);
  EXPECT_EQ(client->finish(id).reset, std::uint32_t{NGHTTP2_CANCEL});
  loop.poll();
  EXPECT_EQ(handler.cancels, 1);
}

TEST_F(H2LimitsTest, BreaksOffWhenTheClientReadsNothing) {
  auto client = open({.window = 1u << 30});
  client->open_window(0, 1 << 30);
  client->get("/");
  Exchange& exchange = next(*client);
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  const std::string block(64 * 1024, 'x');
  for (int i = 0; i < 1000 && exchange.response().capacity() >= block.size(); ++i) {
    exchange.response().write(as_bytes(block));
    exchange.flush();
  }
  EXPECT_EQ(exchange.response().capacity(), 0u);
  pass(33s);
  loop.poll();
  EXPECT_EQ(handler.cancels, 1);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(H2LimitsTest, LeavesAHandlerItsTime) {
  auto client = open();
  const auto id = client->get("/");
  Exchange& exchange = next(*client);
  pass(1000s);
  answer(exchange, "late");
  EXPECT_EQ(client->finish(id).body, "late");
}

TEST_F(H2LimitsTest, ShutsDownAfterTheRunningRequests) {
  auto client = open();
  const auto id = client->get("/running");
  Exchange& exchange = next(*client);
  handler.running.pop_front();
  bool done = false;
  server->shutdown(1h, [&] { done = true; });
  ASSERT_TRUE(client->wait([&] { return client->goaways.size() == 2; }));
  EXPECT_THAT(client->goaways, ElementsAre(std::pair(0x7fffffff, 0u), std::pair(id, 0u)));
  EXPECT_FALSE(done);
  answer(exchange, "last words");
  EXPECT_EQ(client->finish(id).body, "last words");
  EXPECT_TRUE(client->closed());
  client->socket().close();
  EXPECT_TRUE(turn_until(loop, [&] { return done; }));
}

TEST_F(H2LimitsTest, AnswersRequestsThatWereOnTheirWayWhenItShutDown) {
  auto client = served();
  bool done = false;
  server->shutdown(1h, [&] { done = true; });
  const auto id = client->get("/on-its-way");
  client->pump();
  EXPECT_EQ(client->finish(id).body, "hello");
  EXPECT_TRUE(client->closed());
  client->socket().close();
  EXPECT_TRUE(turn_until(loop, [&] { return done; }));
}

TEST_F(H2LimitsTest, DoesNotWaitForAClientThatAnswersNoPing) {
  auto socket = connect();
  socket->send(std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + frame(NGHTTP2_SETTINGS, 0, 0));
  ASSERT_TRUE(socket->wait([](const std::string& all) { return all.size() > 9; }));
  bool done = false;
  server->shutdown(1h, [&] { done = true; });
  pass(2s);
  pass(10s);
  socket->take_all();
  socket->close();
  EXPECT_TRUE(turn_until(loop, [&] { return done; }));
}

TEST_F(H2LimitsTest, AbortsWhatOutlastsTheShutdown) {
  auto client = open();
  client->get("/");
  next(*client);
  bool done = false;
  server->shutdown(1ms, [&] { done = true; });
  EXPECT_TRUE(turn_until(loop, [&] { return done; }));
  EXPECT_EQ(handler.cancels, 1);
}

}  // namespace
}  // namespace favo::http::test
