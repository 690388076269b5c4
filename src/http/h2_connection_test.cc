#include "http/h2_connection.h"

#include "base/format.h"
#include "http/test_h2_client.h"

namespace favo::http::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class H2Test : public ServerTest {
 protected:
  std::unique_ptr<H2Client> open(const H2Client::Options& options = {}) {
    return std::make_unique<H2Client>(loop, connect(), options);
  }
  /// Turns until the handler has a request, and takes it.
  Exchange& next(H2Client& client) {
    EXPECT_TRUE(client.wait([&] { return !handler.running.empty(); }));
    Exchange* exchange = handler.running.front();
    handler.running.pop_front();
    return *exchange;
  }
  std::string read_body(H2Client& client, Exchange& exchange) {
    std::string all;
    client.wait([&] {
      const auto data = exchange.body().data();
      all += as_text(data);
      exchange.body().consume(data.size());
      return exchange.body().state() != BodySource::State::Open;
    });
    return all;
  }
  /// Writes as much of `text` as there is room for.
  static std::size_t write(Exchange& exchange, std::string_view text) {
    const auto size = std::min(text.size(), exchange.response().capacity());
    exchange.response().write(as_bytes(text.substr(0, size)));
    exchange.flush();
    return size;
  }
};

TEST_F(H2Test, AnswersAClientWithPriorKnowledge) {
  auto client = open();
  const auto id = client->get("/path?query");
  Exchange& exchange = next(*client);
  const RequestHead& head = exchange.request();
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/path?query");
  EXPECT_EQ(head.authority, "favo.test");
  EXPECT_EQ(head.scheme, "http");
  EXPECT_TRUE(head.fields.empty());
  EXPECT_EQ(head.content_length, 0u);
  EXPECT_EQ(exchange.body().state(), BodySource::State::End);
  Fields fields;
  fields.add("Content-Type", "text/plain");
  fields.add("Connection", "close");
  fields.add("Transfer-Encoding", "chunked");
  ASSERT_TRUE(exchange.response().start(200, fields, std::nullopt).ok());
  exchange.response().write(as_bytes("hello"));
  exchange.response().finish(nullptr);
  exchange.release();
  const auto& answer = client->finish(id);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_THAT(answer.fields, ElementsAre(Pair("content-type", "text/plain"),
                                         Pair("content-length", "5"), Pair("date", testing::_)));
  EXPECT_EQ(answer.reset, 0u);
  EXPECT_EQ(client->max_streams, 100u);
}

TEST_F(H2Test, TakesThePrefaceInPieces) {
  auto socket = connect();
  const std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (const char c : preface) {
    socket->send({&c, 1});
    loop.run_for(1ms);
  }
  socket->send(std::string_view("\0\0\0\4\0\0\0\0\0", 9));
  EXPECT_TRUE(socket->wait([](const std::string& all) { return all.size() >= 9 && all[3] == 4; }));
}

TEST_F(H2Test, SpeaksHttp1UntilTheFirstRequestAndNoOtherThereafter) {
  auto client = connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  answer(next_exchange(), "one");
  client->take_through("one");
  client->send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_THAT(client->take_all(), testing::StartsWith("HTTP/1.1 505 "));
}

TEST_F(H2Test, ServesStreamsSideBySide) {
  auto client = open();
  const auto first = client->get("/1"), second = client->get("/2"), third = client->get("/3");
  Exchange& one = next(*client);
  Exchange& two = next(*client);
  Exchange& three = next(*client);
  answer(three, "three");
  answer(one, "one");
  answer(two, "two");
  EXPECT_EQ(client->finish(first).body, "one");
  EXPECT_EQ(client->finish(second).body, "two");
  EXPECT_EQ(client->finish(third).body, "three");
  EXPECT_THAT(handler.log, ElementsAre("GET /1", "GET /2", "GET /3"));
}

TEST_F(H2Test, ServesManyRequestsOnOneConnection) {
  handler.at_once = [](Exchange& exchange) { answer(exchange, exchange.request().target); };
  auto client = open();
  for (int round = 0; round < 20; ++round) {
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 100; ++i) ids.push_back(client->get(format("/{}", round * 100 + i)));
    for (const auto id : ids) EXPECT_EQ(client->finish(id).body, format("/{}", id / 2));
  }
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(H2Test, GivesFieldsAsTheyCameAndACookieInOnePiece) {
  auto client = open();
  client->request(H2Client::head("GET", "/",
                                 {{"x-a", "1"},
                                  {"cookie", "a=b"},
                                  {"x-b", ""},
                                  {"cookie", "c=d"},
                                  {"te", "trailers"},
                                  {"cookie", "e=f"}}));
  Exchange& exchange = next(*client);
  EXPECT_THAT(exchange.request().fields,
              ElementsAre(Pair("x-a", "1"), Pair("cookie", "a=b; c=d; e=f"), Pair("x-b", ""),
                          Pair("te", "trailers")));
  answer(exchange, "");
}

TEST_F(H2Test, EchoesWhileTheRequestStillComesWithTrailersBothWays) {
  auto client = open();
  const auto id = client->post("/");
  Exchange& exchange = next(*client);
  EXPECT_FALSE(exchange.request().content_length);
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  std::string sent;
  for (int i = 0; i < 3; ++i) {
    client->send_data(id, "abc", false);
    ASSERT_TRUE(client->wait([&] { return !exchange.body().data().empty(); }));
    const auto data = exchange.body().data();
    exchange.response().write(data);
    exchange.body().consume(data.size());
    exchange.flush();
    sent += "abc";
    EXPECT_TRUE(client->wait([&] { return client->answer(id).body == sent; }));
  }
  client->send_data(id, "", true, {{"x-sum", "9"}});
  EXPECT_EQ(read_body(*client, exchange), "");
  EXPECT_EQ(*exchange.body().trailers().find("x-sum"), "9");
  Fields trailers;
  trailers.add("X-Sum", "9");
  trailers.add("Content-Length", "9");
  exchange.response().finish(&trailers);
  exchange.release();
  const auto& answer = client->finish(id);
  EXPECT_TRUE(answer.ended);
  EXPECT_THAT(answer.trailers, ElementsAre(Pair("x-sum", "9")));
  EXPECT_EQ(answer.field("content-length"), "");
}

TEST_F(H2Test, SendsAShortBodyThatHasTrailers) {
  auto client = open();
  const auto id = client->get("/");
  Exchange& exchange = next(*client);
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  exchange.response().write(as_bytes("hello"));
  Fields trailers;
  trailers.add("x-sum", "9");
  exchange.response().finish(&trailers);
  exchange.release();
  const auto& answer = client->finish(id);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_THAT(answer.trailers, ElementsAre(Pair("x-sum", "9")));
}

TEST_F(H2Test, SendsNoBodyWhereThereIsNone) {
  auto client = open();
  const auto head = client->request(H2Client::head("HEAD", "/"));
  answer(next(*client), "hello");
  EXPECT_EQ(client->finish(head).field("content-length"), "5");
  EXPECT_EQ(client->answer(head).body, "");
  const auto none = client->get("/");
  answer(next(*client), "", 204);
  EXPECT_EQ(client->finish(none).status, 204);
  EXPECT_EQ(client->answer(none).field("content-length"), "");
  const auto empty = client->get("/");
  answer(next(*client), "");
  EXPECT_EQ(client->finish(empty).field("content-length"), "0");
}

TEST_F(H2Test, StopsASenderNobodyReads) {
  auto client = open();
  const auto id = client->post("/");
  client->send_data(id, std::string(1'000'000, 'x'), true);
  Exchange& exchange = next(*client);
  client->settle();
  EXPECT_LE(exchange.body().data().size(), 128u * 1024);
  EXPECT_LE(client->sent(id), 128u * 1024);
  // A neighbour is not concerned.
  const auto other = client->post("/");
  client->send_data(other, std::string(100'000, 'y'), true);
  Exchange& neighbour = next(*client);
  EXPECT_EQ(read_body(*client, neighbour).size(), 100'000u);
  answer(neighbour, "neighbour");
  EXPECT_EQ(client->finish(other).body, "neighbour");
  EXPECT_EQ(read_body(*client, exchange).size(), 1'000'000u);
  EXPECT_EQ(exchange.tally().bytes_received, 1'000'000u);
  answer(exchange, "read");
  EXPECT_EQ(client->finish(id).body, "read");
}

TEST_F(H2Test, StopsAWriterWhoseClientOpensNoWindow) {
  auto client = open({.window = 1000});
  const auto id = client->get("/");
  Exchange& exchange = next(*client);
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  std::size_t written = 0;
  for (int i = 0; i < 100; ++i) written += write(exchange, std::string(10'000, 'x'));
  EXPECT_LE(written, 129u * 1024);
  EXPECT_EQ(exchange.response().capacity(), 0u);
  EXPECT_FALSE(exchange.response().drained());
  ASSERT_TRUE(client->wait([&] { return client->answer(id).body.size() == 1000; }));
  client->settle();
  EXPECT_EQ(client->answer(id).body.size(), 1000u);
  bool woken = false;
  Waiter waiter([&] { woken = true; });
  exchange.response().writable().add(waiter);
  client->open_window(id, 1'000'000);
  EXPECT_TRUE(client->wait([&] { return woken; }));
  EXPECT_TRUE(client->wait([&] { return client->answer(id).body.size() == written; }));
  EXPECT_TRUE(exchange.response().drained());
  exchange.response().finish(nullptr);
  exchange.release();
  EXPECT_TRUE(client->finish(id).ended);
  EXPECT_EQ(client->answer(id).body.size(), written);
}

TEST_F(H2Test, CancelsTheStreamThatIsResetAndNoOther) {
  auto client = open();
  const auto id = client->post("/1");
  const auto other = client->get("/2");
  Exchange& cancelled = next(*client);
  Exchange& neighbour = next(*client);
  handler.running.push_back(&cancelled);
  ASSERT_TRUE(cancelled.response().start(200, {}, std::nullopt).ok());
  client->reset(id);
  EXPECT_TRUE(client->wait([&] { return handler.cancels == 1; }));
  answer(neighbour, "still here");
  EXPECT_EQ(client->finish(other).body, "still here");
  client->settle();
  EXPECT_EQ(handler.cancels, 1);
}

TEST_F(H2Test, FailsTheBodyOfAStreamThatIsReset) {
  auto client = open();
  const auto id = client->post("/");
  Exchange& exchange = next(*client);
  client->send_data(id, "abc", false);
  ASSERT_TRUE(client->wait([&] { return !exchange.body().data().empty(); }));
  client->reset(id);
  EXPECT_TRUE(client->wait([&] { return handler.cancels == 1; }));
}

TEST_F(H2Test, CancelsAllWhenTheClientLeaves) {
  auto client = open();
  for (int i = 0; i < 5; ++i) client->get("/");
  for (int i = 0; i < 5; ++i) handler.running.push_back(&next(*client));
  client->socket().close();
  EXPECT_TRUE(turn_until(loop, [&] { return handler.cancels == 5; }));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(H2Test, NeverCancelsFromWithinACall) {
  auto client = open();
  client->get("/");
  Exchange& exchange = next(*client);
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  client->socket().close();
  for (int i = 0; i < 100 && !exchange.response().closed(); ++i) {
    write(exchange, std::string(64 * 1024, 'x'));
    EXPECT_EQ(handler.cancels, 0);
    loop.run_for(1ms);
    if (handler.cancels) return;  // by the loop
  }
  EXPECT_TRUE(turn_until(loop, [&] { return handler.cancels == 1; }));
}

TEST_F(H2Test, ResetsAResponseThatIsReleasedUnfinishedAndGoesOn) {
  auto client = open();
  const auto id = client->get("/");
  Exchange& exchange = next(*client);
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  exchange.response().write(as_bytes("half"));
  exchange.flush();
  exchange.release();
  const auto& half = client->finish(id);
  EXPECT_FALSE(half.ended);
  EXPECT_EQ(half.reset, std::uint32_t{NGHTTP2_INTERNAL_ERROR});
  EXPECT_EQ(handler.cancels, 0);
  const auto after = client->get("/");
  answer(next(*client), "next");
  EXPECT_EQ(client->finish(after).body, "next");
}

TEST_F(H2Test, ResetsAResponseWhoseHeadIsTooLarge) {
  auto client = open();
  const auto id = client->get("/");
  Exchange& exchange = next(*client);
  Fields fields;
  for (int i = 0; i < 40; ++i) fields.add("x", std::string(60'000, 'a'));
  ASSERT_TRUE(exchange.response().start(200, fields, std::nullopt).ok());
  exchange.response().finish(nullptr);
  exchange.release();
  EXPECT_EQ(client->finish(id).reset, std::uint32_t{NGHTTP2_INTERNAL_ERROR});
  const auto after = client->get("/");
  answer(next(*client), "next");
  EXPECT_EQ(client->finish(after).body, "next");
}

TEST_F(H2Test, NeverSendsMoreOrLessThanTheContentLength) {
  for (const std::string_view body : {"too long", "2s"}) {
    auto client = open();
    const auto id = client->get("/");
    Exchange& exchange = next(*client);
    ASSERT_TRUE(exchange.response().start(200, {}, 3).ok());
    exchange.response().write(as_bytes(body));
    exchange.response().finish(nullptr);
    exchange.release();
    EXPECT_FALSE(client->finish(id).ended) << body;
    EXPECT_EQ(client->answer(id).reset, std::uint32_t{NGHTTP2_INTERNAL_ERROR});
  }
}

TEST_F(H2Test, AsksForABodyThatIsExpected) {
  auto client = open();
  const auto id = client->post("/", {{"expect", "100-continue"}});
  Exchange& exchange = next(*client);
  EXPECT_TRUE(client->answer(id).informed.empty());
  EXPECT_TRUE(exchange.body().data().empty());
  EXPECT_TRUE(client->wait([&] { return !client->answer(id).informed.empty(); }));
  EXPECT_THAT(client->answer(id).informed, ElementsAre(100));
  client->send_data(id, "abc", true);
  EXPECT_EQ(read_body(*client, exchange), "abc");
  answer(exchange, "thanks");
  EXPECT_EQ(client->finish(id).body, "thanks");
}

TEST_F(H2Test, TakesTheShortRestOfABodyNobodyRead) {
  auto client = open();
  const auto id = client->post("/", {{"content-length", "50000"}});
  client->send_data(id, std::string(1000, 'x'), false);
  answer(next(*client), "early");
  ASSERT_TRUE(client->wait([&] { return client->answer(id).ended; }));
  client->send_data(id, std::string(49'000, 'x'), true);
  EXPECT_EQ(client->finish(id).reset, 0u);
  EXPECT_EQ(client->answer(id).body, "early");
  client->settle();
}

TEST_F(H2Test, TellsAClientNotToSendALongBodyNobodyRead) {
  auto client = open();
  const auto id = client->post("/");
  client->send_data(id, std::string(300'000, 'x'), false);
  answer(next(*client), "early");
  const auto& answer = client->finish(id);
  EXPECT_TRUE(answer.ended);
  EXPECT_EQ(answer.body, "early");
  EXPECT_EQ(answer.reset, std::uint32_t{NGHTTP2_NO_ERROR});
  EXPECT_EQ(handler.cancels, 0);
}

TEST_F(H2Test, RefusesRequestsWithTheRightStatus) {
  const struct {
    H2Client::Pairs fields;
    int status;
    const char* reason;
  } cases[] = {
      {H2Client::head("GET", "/", {{"x", std::string(65'000, 'a')}, {"y", std::string(600, 'b')}}),
       431, "head too large"},
      {H2Client::head("GET", "/" + std::string(17'000, 'a')), 414, "target too long"},
      {H2Client::head("GET", "/#part"), 400, "bad target"},
      {H2Client::head("GET", "/", {{"host", "other.test"}}), 400, ":authority and Host differ"},
      {H2Client::head("GET", "/", {{"expect", "more"}}), 417, "unknown expectation"},
      {H2Client::head("POST", "/", {{"content-length", "99999999999999"}}), 413, "body too large"},
      {{{":method", "CONNECT"}, {":authority", "a:80"}}, 501, "CONNECT is not offered"},
      {{{":method", "GET"}, {":scheme", "ftp"}, {":authority", "a"}, {":path", "/"}},
       400,
       "unknown scheme"},
      {{{":method", "GET"}, {":scheme", "http"}, {":authority", "u@a"}, {":path", "/"}},
       400,
       "bad :authority"},
  };
  auto client = open();
  for (const auto& c : cases) {
    const auto id = client->request(c.fields, c.status == 413);
    EXPECT_EQ(client->finish(id).status, c.status) << c.reason;
    EXPECT_EQ(client->answer(id).body, std::string(c.reason) + "\n");
    ASSERT_FALSE(handler.refusals.empty());
    EXPECT_EQ(handler.refusals.back(), c.status);
  }
  EXPECT_EQ(handler.handled, 0);
  const auto good = client->request(
      H2Client::head("GET", "/", {{"host", "FAVO.test"}, {"x", std::string(60'000, 'a')}}));
  answer(next(*client), "good");
  EXPECT_EQ(client->finish(good).body, "good");
}

TEST_F(H2Test, RefusesTooManyFields) {
  auto client = open();
  H2Client::Pairs fields = H2Client::head("GET", "/");
  for (int i = 0; i < 129; ++i) fields.emplace_back("x", "y");
  EXPECT_EQ(client->finish(client->request(fields)).status, 431);
  fields.pop_back();
  const auto id = client->request(fields);
  answer(next(*client), "");
  EXPECT_EQ(client->finish(id).status, 200);
}

TEST_F(H2Test, ResetsMalformedRequests) {
  const H2Client::Pairs cases[] = {
      H2Client::head("GET", "/", {{"connection", "close"}}),
      H2Client::head("GET", "/", {{"transfer-encoding", "chunked"}}),
      H2Client::head("GET", "/", {{"te", "gzip"}}),
      H2Client::head("GET", "/", {{":method", "GET"}}),
      H2Client::head("GET", "/", {{"x", "a\r\nb: c"}}),
      H2Client::head("GET", "relative"),
      {{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}},
      {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}},
  };
  for (const auto& fields : cases) {
    auto client = open();
    const auto id = client->request(fields);
    EXPECT_EQ(client->finish(id).reset, std::uint32_t{NGHTTP2_PROTOCOL_ERROR});
  }
  EXPECT_EQ(handler.handled, 0);
  EXPECT_EQ(handler.refusals.size(), std::size(cases));
}

TEST_F(H2Test, FailsABodyThatIsNotAsLongAsItSays) {
  auto client = open();
  const auto id = client->post("/", {{"content-length", "5"}});
  Exchange& exchange = next(*client);
  client->send_data(id, "abc", true);
  EXPECT_TRUE(client->wait([&] { return handler.cancels == 1; }));
  EXPECT_EQ(client->finish(id).reset, std::uint32_t{NGHTTP2_PROTOCOL_ERROR});
  (void)exchange;
}

TEST_F(H2Test, FailsABodyBeyondTheLimit) {
  Limits limits;
  limits.body_bytes = 1000;
  listen(limits);
  auto client = open();
  const auto id = client->post("/");
  Exchange& exchange = next(*client);
  client->send_data(id, std::string(5000, 'x'), true);
  read_body(*client, exchange);
  ASSERT_EQ(exchange.body().state(), BodySource::State::Failed);
  EXPECT_EQ(exchange.body().failure().code(), Code::LimitExceeded);
  answer(exchange, "too much", 413);
  EXPECT_EQ(client->finish(id).status, 413);
}

TEST_F(H2Test, RefusesForbiddenTrailers) {
  auto client = open();
  const auto id = client->post("/");
  Exchange& exchange = next(*client);
  client->send_data(id, "abc", true, {{"host", "evil"}});
  EXPECT_EQ(read_body(*client, exchange), "abc");
  ASSERT_EQ(exchange.body().state(), BodySource::State::Failed);
  answer(exchange, "no", 400);
  EXPECT_EQ(client->finish(id).status, 400);
}

TEST_F(H2Test, LeavesExchangesValidWhenTheServerIsDestroyed) {
  auto client = open();
  const auto id = client->post("/");
  Exchange& exchange = next(*client);
  client->send_data(id, "abc", false);
  ASSERT_TRUE(client->wait([&] { return !exchange.body().data().empty(); }));
  server.reset();
  EXPECT_EQ(exchange.request().method, "POST");
  EXPECT_EQ(as_text(exchange.body().data()), "abc");
  exchange.body().consume(3);
  EXPECT_EQ(exchange.body().state(), BodySource::State::Failed);
  EXPECT_TRUE(exchange.response().closed());
  EXPECT_TRUE(exchange.response().start(200, {}, {}).ok());
  exchange.response().write(as_bytes("x"));
  exchange.flush();
  loop.poll();
  EXPECT_EQ(handler.cancels, 0);
  exchange.release();
}

}  // namespace
}  // namespace favo::http::test
