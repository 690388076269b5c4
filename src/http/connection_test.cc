#include "http/connection.h"

#include "http/test_support.h"

namespace favo::http::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class ConnectionTest : public ServerTest {};

TEST_F(ConnectionTest, AnswersAShortBodyWithItsLength) {
  auto client = connect();
  client->send(kGet);
  answer(next_exchange(), "hello");
  auto response = client->take_through("\r\n\r\nhello");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(response, HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(response, HasSubstr("\r\nDate: "));
  EXPECT_THAT(response, Not(HasSubstr("Connection:")));
}

TEST_F(ConnectionTest, KeepsTheConnection) {
  auto client = connect();
  for (int i = 0; i < 50; ++i) {
    client->send(kGet);
    answer(next_exchange(), "hello");
    client->take_through("hello");
  }
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(ConnectionTest, AnswersPipelinedRequestsInOrderOneAtATime) {
  auto client = connect();
  client->send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: "
      "3\r\n\r\nabc"
      "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  auto& first = next_exchange();
  EXPECT_TRUE(client->quiet());
  EXPECT_EQ(handler.handled, 1);
  answer(first, "one");
  client->take_through("one");
  auto& second = next_exchange();
  EXPECT_EQ(read_body(second), "abc");
  answer(second, "two");
  answer(next_exchange(), "three");
  client->take_through("three");
  EXPECT_THAT(handler.log, testing::ElementsAre("GET /1", "POST /2", "GET /3"));
}

TEST_F(ConnectionTest, AnswersManyPipelinedRequestsAtOnce) {
  handler.at_once = [](Exchange& exchange) { answer(exchange, exchange.request().target); };
  auto client = connect();
  std::string all, last;
  for (int i = 0; i < 1000; ++i) {
    last = "/" + std::to_string(i) + "x";
    all += "POST " + last + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
  }
  ASSERT_EQ(client->send(all), all.size());
  client->take_through(last);
  EXPECT_EQ(handler.handled, 1000);
}

TEST_F(ConnectionTest, NeverNestsHandlers) {
  int depth = 0, deepest = 0;
  auto client = connect();
  client->send(std::string(kGet) + std::string(kGet) + std::string(kGet));
  auto& first = next_exchange();
  handler.at_once = [&](Exchange& exchange) {
    deepest = std::max(deepest, ++depth);
    answer(exchange, "x");
    --depth;
  };
  ++depth;
  answer(first, "x");
  EXPECT_EQ(handler.handled, 1);
  --depth;
  EXPECT_TRUE(turn_until(loop, [&] { return handler.handled == 3; }));
  EXPECT_EQ(deepest, 1);
}

TEST_F(ConnectionTest, ChunksABodyThatHasToLeaveBeforeItsEnd) {
  auto client = connect();
  client->send(kGet);
  auto& exchange = next_exchange();
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  exchange.response().write(as_bytes("hello"));
  exchange.flush();
  EXPECT_THAT(client->take_through("5\r\nhello\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"));
  Fields trailers;
  trailers.add("X-Sum", "9");
  trailers.add("Content-Length", "9");
  exchange.response().write(as_bytes("0123456789"));
  exchange.response().finish(&trailers);
  exchange.release();
  EXPECT_EQ(client->take_through("\r\n\r\n"), "a\r\n0123456789\r\n0\r\nX-Sum: 9\r\n\r\n");
}

TEST_F(ConnectionTest, ChunksAShortBodyThatHasTrailers) {
  auto client = connect();
  client->send(kGet);
  auto& exchange = next_exchange();
  Fields trailers;
  trailers.add("X-Sum", "9");
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  exchange.response().write(as_bytes("hello"));
  exchange.response().finish(&trailers);
  exchange.release();
  client->take_through("\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n");
}

TEST_F(ConnectionTest, DropsFieldsThatBelongToTheConnection) {
  auto client = connect();
  client->send(kGet);
  auto& exchange = next_exchange();
  Fields fields;
  for (const char* name :
       {"Transfer-Encoding", "content-length", "Connection", "Keep-Alive", "Upgrade"}) {
    fields.add(name, "close");
  }
  fields.add("X-Mine", "1");
  fields.add("date", "today");
  ASSERT_TRUE(exchange.response().start(299, fields, 2).ok());
  EXPECT_EQ(exchange.response().start(200, {}, 2).error().code(), Code::InvalidArgument);
  exchange.response().write(as_bytes("ok"));
  exchange.response().finish(nullptr);
  exchange.release();
  EXPECT_EQ(client->take_all(),
            "HTTP/1.1 299 \r\nX-Mine: 1\r\ndate: today\r\nContent-Length: 2\r\nConnection: "
            "close\r\n\r\nok");
}

TEST_F(ConnectionTest, RefusesFieldsThatWouldSplitTheResponse) {
  auto client = connect();
  client->send(kGet);
  auto& exchange = next_exchange();
  Fields value, name;
  value.add("X", "a\r\nY: b");
  name.add("X: a\r\nY", "b");
  EXPECT_EQ(exchange.response().start(200, value, {}).error().code(), Code::InvalidArgument);
  EXPECT_EQ(exchange.response().start(200, name, {}).error().code(), Code::InvalidArgument);
  EXPECT_EQ(exchange.response().start(101, {}, {}).error().code(), Code::InvalidArgument);
  answer(exchange, "fine");
  client->take_through("fine");
}

TEST_F(ConnectionTest, SendsNoBodyToHeadButItsLength) {
  handler.at_once = [](Exchange& exchange) { answer(exchange, "hello"); };
  auto client = connect();
  client->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client->take_through("\r\n\r\n"), HasSubstr("Content-Length: 5\r\n"));
  EXPECT_TRUE(client->quiet());
  client->send(kGet);
  client->take_through("hello");
}

TEST_F(ConnectionTest, SendsNoBodyWithStatusesThatHaveNone) {
  for (int status : {204, 304}) {
    auto client = connect();
    client->send(kGet);
    answer(next_exchange(), "ignored", status);
    auto head = client->take_through("\r\n\r\n");
    EXPECT_THAT(head, Not(HasSubstr("Transfer-Encoding")));
    if (status == 204) {
      EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
    }
    EXPECT_TRUE(client->quiet());
  }
}

TEST_F(ConnectionTest, EndsOldClientsBodiesByClosing) {
  auto client = connect();
  client->send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto& exchange = next_exchange();
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  exchange.response().write(as_bytes("some"));
  exchange.flush();
  exchange.response().write(as_bytes("thing"));
  exchange.response().finish(nullptr);
  exchange.release();
  auto response = client->take_all();
  EXPECT_THAT(response, EndsWith("\r\n\r\nsomething"));
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  EXPECT_FALSE(client->was_reset());
}

TEST_F(ConnectionTest, KeepsOldClientsThatAskForIt) {
  auto client = connect();
  for (int i = 0; i < 2; ++i) {
    client->send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    answer(next_exchange(), "hello");
    EXPECT_THAT(client->take_through("hello"), HasSubstr("Connection: keep-alive\r\n"));
  }
  client->send("GET / HTTP/1.0\r\n\r\n");
  answer(next_exchange(), "bye");
  EXPECT_THAT(client->take_all(), HasSubstr("Connection: close\r\n"));
}

TEST_F(ConnectionTest, ClosesWhenTheClientAsksForIt) {
  auto client = connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  answer(next_exchange(), "bye");
  EXPECT_THAT(client->take_all(), EndsWith("bye"));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ConnectionTest, ReadsChunksAndTrailersAndCounts) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  auto& exchange = next_exchange();
  EXPECT_EQ(exchange.request().content_length, std::nullopt);
  EXPECT_EQ(as_text(exchange.body().data()), "abc");
  exchange.body().consume(3);
  EXPECT_EQ(exchange.body().state(), BodySource::State::Open);
  client->send("2\r\nde\r\n0\r\nX-T: 1\r\n\r\n");
  EXPECT_EQ(read_body(exchange), "de");
  EXPECT_EQ(exchange.body().state(), BodySource::State::End);
  EXPECT_EQ(*exchange.body().trailers().find("x-t"), "1");
  EXPECT_EQ(exchange.tally().bytes_received, 5u);
  ASSERT_TRUE(exchange.response().start(201, {}, std::nullopt).ok());
  exchange.response().write(as_bytes("ok"));
  EXPECT_EQ(exchange.tally().status, 201);
  EXPECT_EQ(exchange.tally().bytes_sent, 2u);
  EXPECT_THAT(std::string(exchange.peer()), StartsWith("127.0.0.1:"));
  exchange.response().finish(nullptr);
  exchange.release();
  client->take_through("ok");
}

TEST_F(ConnectionTest, KeepsTheHeadWhileTheBodyStreams) {
  auto client = connect();
  std::string body(3'000'000, 'x');
  client->send("POST /here HTTP/1.1\r\nHost: name\r\nX-A: b\r\nContent-Length: 3000000\r\n\r\n");
  auto& exchange = next_exchange();
  std::size_t sent = 0, seen = 0;
  EXPECT_TRUE(turn_until(loop, [&] {
    sent += client->send(std::string_view(body).substr(sent));
    auto data = exchange.body().data();
    seen += data.size();
    exchange.body().consume(data.size());
    return exchange.body().state() == BodySource::State::End;
  }));
  EXPECT_EQ(seen, body.size());
  EXPECT_EQ(exchange.request().target, "/here");
  EXPECT_EQ(exchange.request().authority, "name");
  EXPECT_EQ(exchange.request().fields[1].second, "b");
  client->send(kGet);
  answer(exchange, "first");
  answer(next_exchange(), "second");
  client->take_through("second");
}

TEST_F(ConnectionTest, WakesAReaderThatWaitsWithoutLookingAgain) {
  auto client = connect();
  std::string body(3'000'000, 'x');
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
  auto& exchange = next_exchange();
  auto& source = exchange.body();
  std::size_t sent = 0, seen = 0;
  Waiter waiter;
  EXPECT_TRUE(turn_until(loop, [&] {
    sent += client->send(std::string_view(body).substr(sent));
    if (waiter.waiting()) return false;
    auto size = source.data().size();
    seen += size;
    source.consume(size);
    if (source.state() == BodySource::State::End) return true;
    source.readable().add(waiter);
    return false;
  }));
  EXPECT_EQ(seen, body.size());
  answer(exchange, "all");
  client->take_through("all");
}

TEST_F(ConnectionTest, StopsAClientWhoseBodyNobodyReads) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
  auto& exchange = next_exchange();
  std::string block(1 << 20, 'x');
  std::size_t sent = 0;
  for (int turns = 0; turns < 200; ++turns) {
    sent += client->send(block);
    loop.run_for(1ms);
  }
  EXPECT_LT(sent, 30u << 20);  // what two kernels' buffers hold, not what was offered
  EXPECT_LE(exchange.body().data().size(), 128u * 1024);
  client->close();
  EXPECT_TRUE(turn_until(loop, [&] {
    if (handler.cancels == 1) return true;
    exchange.body().consume(exchange.body().data().size());
    return false;
  }));
}

TEST_F(ConnectionTest, StopsAHandlerWhoseClientDoesNotRead) {
  auto client = connect();
  client->send(kGet);
  auto& exchange = next_exchange();
  auto& response = exchange.response();
  ASSERT_TRUE(response.start(200, {}, std::nullopt).ok());
  std::string block(64 * 1024, 'x');
  std::size_t written = 0;
  while (auto room = std::min(response.capacity(), block.size())) {
    response.write(as_bytes(block).first(room));
    written += room;
    ASSERT_LT(written, 64u << 20);
  }
  exchange.flush();
  EXPECT_FALSE(response.drained());
  bool woken = false;
  Waiter waiter([&] { woken = true; });
  response.writable().add(waiter);
  EXPECT_TRUE(client->wait([&](const std::string&) { return woken; }));
  EXPECT_GT(response.capacity(), 0u);
  EXPECT_TRUE(client->wait([&](const std::string&) { return response.drained(); }));
  response.finish(nullptr);
  exchange.release();
  client->take_through("\r\n0\r\n\r\n");
  client->send(kGet);
  answer(next_exchange(), "next");
  client->take_through("next");
}

TEST_F(ConnectionTest, TellsWritersOnceAllIsSent) {
  auto client = connect();
  client->send(kGet);
  auto& exchange = next_exchange();
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  exchange.response().write(as_bytes("x"));
  EXPECT_FALSE(exchange.response().drained());
  bool woken = false;
  Waiter waiter([&] { woken = true; });
  exchange.response().writable().add(waiter);
  exchange.flush();
  EXPECT_TRUE(woken);
  EXPECT_TRUE(exchange.response().drained());
  exchange.response().finish(nullptr);
  exchange.release();
}

TEST_F(ConnectionTest, AsksForAnExpectedBodyOnlyWhenItIsRead) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  auto& exchange = next_exchange();
  EXPECT_TRUE(client->quiet());
  EXPECT_TRUE(exchange.body().data().empty());
  EXPECT_EQ(client->take_through("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client->send("abc");
  EXPECT_EQ(read_body(exchange), "abc");
  answer(exchange, "thanks");
  EXPECT_THAT(client->take_through("thanks"), Not(HasSubstr("Connection: close")));
}

TEST_F(ConnectionTest, AsksForAnExpectedBodyBeforeAResponseThatHasStarted) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  auto& exchange = next_exchange();
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  EXPECT_TRUE(exchange.body().data().empty());
  exchange.flush();
  EXPECT_EQ(client->take_through("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(client->take_through("\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  client->send("abc");
  EXPECT_EQ(read_body(exchange), "abc");
  exchange.response().finish(nullptr);
  exchange.release();
}

TEST_F(ConnectionTest, ClosesWhenAnExpectedBodyWasNotAskedFor) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  answer(next_exchange(), "no", 403);
  auto response = client->take_through("no");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  client->take_all();
}

TEST_F(ConnectionTest, ThrowsAwayAShortBodyNobodyRead) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  answer(next_exchange(), "early");
  client->take_through("early");
  EXPECT_EQ(client->send(std::string(100'000, 'x') + std::string(kGet)), 100'000 + kGet.size());
  answer(next_exchange(), "next");
  client->take_through("next");
}

TEST_F(ConnectionTest, ClosesBehindALongBodyNobodyReadWithoutLosingTheResponse) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n" +
               std::string(400'000, 'x'));
  answer(next_exchange(), "early");
  client->take_through("early");
  client->take_all();
  EXPECT_FALSE(client->was_reset());
}

TEST_F(ConnectionTest, CancelsWhenTheClientLeaves) {
  auto client = connect();
  client->send(kGet);
  next_exchange();
  client->close();
  EXPECT_TRUE(turn_until(loop, [&] { return handler.cancels == 1; }));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ConnectionTest, CancelsWhenTheClientLeavesBehindPipelinedRequests) {
  auto client = connect();
  client->send(std::string(kGet) + std::string(kGet));
  next_exchange();
  client->close();
  EXPECT_TRUE(turn_until(loop, [&] { return handler.cancels == 1; }));
  EXPECT_EQ(handler.handled, 1);
}

TEST_F(ConnectionTest, CancelsWhenTheClientLeavesMidBody) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  auto& exchange = next_exchange();
  client->close();
  int cancels_inside = 0;
  EXPECT_TRUE(turn_until(loop, [&] {
    if (handler.cancels) return true;
    exchange.body().consume(exchange.body().data().size());
    bool failed = exchange.body().state() == BodySource::State::Failed;
    cancels_inside += handler.cancels;
    if (failed) {
      EXPECT_EQ(exchange.body().failure().code(), Code::Cancelled);
    }
    return false;
  }));
  EXPECT_EQ(cancels_inside, 0);
}

TEST_F(ConnectionTest, SwallowsWritesToAClientThatLeft) {
  auto client = connect();
  client->send(kGet);
  auto& exchange = next_exchange();
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  client->close();
  std::string block(64 * 1024, 'x');
  for (int i = 0; i < 100 && !exchange.response().closed(); ++i) {
    if (exchange.response().capacity() >= block.size()) exchange.response().write(as_bytes(block));
    EXPECT_EQ(handler.cancels, 0);
  }
  EXPECT_TRUE(exchange.response().closed());
  exchange.response().finish(nullptr);
  EXPECT_TRUE(turn_until(loop, [&] { return handler.cancels == 1; }));
}

TEST_F(ConnectionTest, AbortsAResponseThatIsReleasedUnfinished) {
  auto client = connect();
  client->send(kGet);
  auto& exchange = next_exchange();
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  exchange.response().write(as_bytes("half"));
  exchange.flush();
  exchange.release();
  EXPECT_THAT(client->take_all(), EndsWith("4\r\nhalf\r\n"));
  EXPECT_EQ(handler.cancels, 0);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ConnectionTest, ResetsWhenOnlyTheEndOfTheConnectionWouldTell) {
  auto client = connect();
  client->send("GET / HTTP/1.0\r\n\r\n");
  auto& exchange = next_exchange();
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  exchange.response().write(as_bytes("half"));
  exchange.flush();
  exchange.response().abort();
  EXPECT_TRUE(exchange.response().closed());
  exchange.release();
  client->take_all();
  EXPECT_TRUE(client->was_reset());
}

TEST_F(ConnectionTest, NeverSendsMoreOrLessThanTheContentLength) {
  struct {
    std::string_view body, sent;
  } cases[] = {{"too long", "too"}, {"2s", "2s"}};
  for (auto c : cases) {
    auto client = connect();
    client->send(std::string(kGet) + std::string(kGet));
    auto& exchange = next_exchange();
    ASSERT_TRUE(exchange.response().start(200, {}, 3).ok());
    exchange.response().write(as_bytes(c.body));
    exchange.response().finish(nullptr);
    exchange.release();
    EXPECT_THAT(client->take_all(), EndsWith("\r\n\r\n" + std::string(c.sent)));
  }
}

TEST_F(ConnectionTest, EchoesWhileTheRequestStillComes) {
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto& exchange = next_exchange();
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  for (int i = 0; i < 3; ++i) {
    client->send("3\r\nabc\r\n");
    EXPECT_TRUE(turn_until(loop, [&] { return !exchange.body().data().empty(); }));
    auto data = exchange.body().data();
    exchange.response().write(data);
    exchange.body().consume(data.size());
    exchange.flush();
    client->take_through("3\r\nabc\r\n");
  }
  client->send("0\r\n\r\n");
  EXPECT_EQ(read_body(exchange), "");
  exchange.response().finish(nullptr);
  exchange.release();
  client->take_through("0\r\n\r\n");
}

TEST_F(ConnectionTest, RefusesBadRequestsAndClosesWithoutLosingTheAnswer) {
  auto client = connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n" +
               std::string(100'000, 'x'));
  auto response = client->take_all();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  EXPECT_FALSE(client->was_reset());
  EXPECT_EQ(handler.handled, 0);
  EXPECT_THAT(handler.refusals, testing::ElementsAre(400));
}

TEST_F(ConnectionTest, AnswersWhatCameBeforeABadRequest) {
  handler.at_once = [](Exchange& exchange) { answer(exchange, "good"); };
  auto client = connect();
  client->send(std::string(kGet) + "BAD\r\n\r\n");
  auto response = client->take_all();
  EXPECT_THAT(response, HasSubstr("good"));
  EXPECT_THAT(response, HasSubstr("400 Bad Request"));
}

TEST_F(ConnectionTest, FailsABodyWhoseChunksAreBad) {
  auto client = connect();
  client->send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n\r\n");
  auto& exchange = next_exchange();
  EXPECT_EQ(read_body(exchange), "abc");
  ASSERT_EQ(exchange.body().state(), BodySource::State::Failed);
  EXPECT_EQ(exchange.body().failure().code(), Code::InvalidArgument);
  answer(exchange, "bad body", 400);
  EXPECT_THAT(client->take_all(), EndsWith("bad body"));
}

TEST_F(ConnectionTest, AnswersAClientThatSentAllAndClosedItsSide) {
  handler.at_once = [](Exchange& exchange) { answer(exchange, "hello"); };
  auto client = connect();
  client->send(std::string(kGet) + std::string(kGet));
  client->finish_sending();
  auto response = client->take_all();
  EXPECT_EQ(handler.handled, 2);
  EXPECT_THAT(response, EndsWith("hello"));
}

}  // namespace
}  // namespace favo::http::test
