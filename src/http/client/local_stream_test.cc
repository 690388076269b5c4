#include "http/client/local_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client/test_upstream.h"

namespace favo::http::client {
namespace {

using test::ClientTest;
using test::turn_until;
using testing::ElementsAre;
using namespace std::string_view_literals;
using Kind = Failure::Kind;

/// A client, and a handler on the same loop that answers for `a.local`.
struct LocalStreamTest : ClientTest, Handler, Neighbours {
  LocalStreamTest() {
    grant("http://a.local");
    client = std::make_unique<Client>(loop, resolver, nullptr, permits, limits, this);
  }
  ~LocalStreamTest() override {
    for (http::Exchange* exchange : running) exchange->release();
  }

  std::optional<Neighbour> find(const policy::Origin& origin) override {
    if (origin.print() != "http://a.local") return std::nullopt;
    return Neighbour{*this, server_limits};
  }
  void handle(http::Exchange& exchange) override { running.push_back(&exchange); }
  void cancelled(http::Exchange& exchange) override {
    ++left;
    end(exchange);
  }
  void refused(const Caller& caller, int status, std::string_view) override {
    EXPECT_EQ(caller.name, "shop.core");
    refusals.push_back(status);
  }

  Request local(std::string_view method = "GET") {
    Request request;
    request.method = method;
    request.origin = origin("a.local", 80);
    request.grants = grants;
    request.caller = {"shop.core", "17", 2, 3};
    return request;
  }
  Request post() {
    Request request = local("POST");
    request.has_body = true;
    return request;
  }
  /// The callee's end of the request that was just sent.
  http::Exchange& accept() {
    EXPECT_TRUE(turn_until(loop, [this] { return !running.empty(); }));
    return *running.back();
  }
  void end(http::Exchange& exchange) {
    std::erase(running, &exchange);
    exchange.release();
  }
  void answer(http::Exchange& exchange, int status, std::string_view body,
              const Fields* trailers = nullptr) {
    Fields none;
    ASSERT_TRUE(exchange.response().start(status, none, std::nullopt));
    exchange.response().write(as_bytes(body));
    exchange.response().finish(trailers);
    end(exchange);
  }
  std::string take(BodySource& body) {
    std::string text;
    for (Bytes bytes = body.data(); !bytes.empty(); bytes = body.data()) {
      text += as_text(bytes);
      body.consume(bytes.size());
    }
    return text;
  }

  http::Limits server_limits;
  std::vector<http::Exchange*> running;
  std::vector<int> refusals;
  int left = 0;
};

TEST_F(LocalStreamTest, CarriesARequestAndItsResponse) {
  Request get = local();
  get.target = "/path?query";
  get.fields = [] {
    auto fields = std::make_shared<Fields>();
    for (const char* name : {"Accept", "Host", "Connection", "Content-Length", "TE"})
      fields->add(name, "x");
    return fields;
  }();
  auto exchange = send(std::move(get));
  EXPECT_TRUE(running.empty()) << "the handler is not called from within";
  http::Exchange& callee = accept();
  EXPECT_EQ(callee.request().method, "GET");
  EXPECT_EQ(callee.request().target, "/path?query");
  EXPECT_EQ(callee.request().authority, "a.local");
  EXPECT_EQ(callee.request().scheme, "http");
  EXPECT_EQ(callee.request().content_length, 0u);
  ASSERT_EQ(callee.request().fields.size(), 1u);
  EXPECT_EQ(callee.request().fields[0], std::pair("Accept"sv, "x"sv));
  EXPECT_EQ(callee.body().state(), BodySource::State::End);
  EXPECT_EQ(callee.peer(), "shop.core");
  ASSERT_NE(callee.caller(), nullptr);
  EXPECT_EQ(callee.caller()->request_id, "17");
  EXPECT_EQ(callee.caller()->number, 2u);
  EXPECT_EQ(callee.caller()->depth, 3u);
  answer(callee, 201, "hello");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(exchange->status(), 201);
  EXPECT_EQ(*exchange->fields()->find("content-length"), "5");
  EXPECT_NE(exchange->fields()->find("date"), nullptr);
  EXPECT_EQ(read(*exchange), "hello");
  EXPECT_EQ(permits->taken(), 0u);
  EXPECT_TRUE(resolver.asked.empty());
  EXPECT_TRUE(upstream.quiet());
}

TEST_F(LocalStreamTest, BodiesAndTrailersGoBothWaysWhileTheyAreWritten) {
  auto exchange = send(post());
  exchange->write(as_bytes("one "));
  http::Exchange& callee = accept();
  EXPECT_EQ(callee.request().content_length, std::nullopt);
  EXPECT_EQ(take(callee.body()), "one ");
  EXPECT_EQ(callee.body().state(), BodySource::State::Open);
  Fields none, trailers;
  trailers.add("X-Sum", "7");
  ASSERT_TRUE(callee.response().start(200, none, std::nullopt));
  callee.response().write(as_bytes("uno "));
  callee.flush();
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(read_some(*exchange), "uno ");
  exchange->write(as_bytes("two"));
  exchange->finish(&trailers);
  EXPECT_EQ(take(callee.body()), "two");
  EXPECT_EQ(callee.body().state(), BodySource::State::End);
  EXPECT_EQ(*callee.body().trailers().find("x-sum"), "7");
  callee.response().write(as_bytes("dos"));
  callee.response().finish(&trailers);
  EXPECT_EQ(callee.tally().bytes_received, 7u);
  EXPECT_EQ(callee.tally().bytes_sent, 7u);
  end(callee);
  EXPECT_EQ(read(*exchange), "dos");
  EXPECT_EQ(*exchange->trailers().find("x-sum"), "7");
}

TEST_F(LocalStreamTest, WhoDoesNotReadStopsTheWriter) {
  auto exchange = send(post());
  http::Exchange& callee = accept();
  const std::string piece(16 * 1024, 'x');
  std::size_t written = 0;
  for (; exchange->capacity() >= piece.size(); written += piece.size())
    exchange->write(as_bytes(piece));
  EXPECT_LE(written, LocalStream::kBound);
  bool woken = false;
  Waiter waiter([&] { woken = true; });
  exchange->writable().add(waiter);
  EXPECT_EQ(take(callee.body()).size(), written);
  EXPECT_TRUE(woken);
  EXPECT_GT(exchange->capacity(), 0u);

  Fields none;
  ASSERT_TRUE(callee.response().start(200, none, std::nullopt));
  for (written = 0; callee.response().capacity() >= piece.size(); written += piece.size())
    callee.response().write(as_bytes(piece));
  EXPECT_LE(written, LocalStream::kBound);
  woken = false;
  callee.response().writable().add(waiter);
  EXPECT_EQ(read_some(*exchange).size(), written);
  EXPECT_TRUE(woken);
}

TEST_F(LocalStreamTest, HeadHasALengthAndNoBody) {
  auto exchange = send(local("HEAD"));
  answer(accept(), 200, "hello");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(*exchange->fields()->find("content-length"), "5");
  EXPECT_EQ(read(*exchange), "");
}

TEST_F(LocalStreamTest, AResponseThatIsNotFinishedFails) {
  auto exchange = send(local());
  http::Exchange& callee = accept();
  Fields none;
  ASSERT_TRUE(callee.response().start(200, none, std::nullopt));
  callee.response().write(as_bytes("part"));
  callee.flush();
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(read_some(*exchange), "part");
  end(callee);
  EXPECT_EQ(failure(*exchange), Kind::ResponseIncomplete);
}

TEST_F(LocalStreamTest, NoResponseIsAConnectionThatEnded) {
  auto exchange = send(local());
  end(accept());
  EXPECT_EQ(failure(*exchange), Kind::ConnectionTerminated);
}

TEST_F(LocalStreamTest, ACallerThatLeavesCancelsTheCalleeLater) {
  auto exchange = send(post());
  http::Exchange& callee = accept();
  exchange.reset();
  EXPECT_EQ(left, 0) << "not from within";
  EXPECT_TRUE(callee.response().closed());
  EXPECT_EQ(callee.body().state(), BodySource::State::Failed);
  EXPECT_TRUE(turn_until(loop, [this] { return left == 1; }));
}

TEST_F(LocalStreamTest, ACallerThatLeavesAtOnceAsksNobody) {
  send(local()).reset();
  loop.poll();
  EXPECT_TRUE(running.empty());
  EXPECT_EQ(left, 0);
}

TEST_F(LocalStreamTest, ABodyThatIsNotFinishedCancelsTheCallee) {
  auto exchange = send(post());
  accept();
  exchange->abort();
  EXPECT_EQ(failure(*exchange), Kind::RequestAborted);
  EXPECT_TRUE(turn_until(loop, [this] { return left == 1; }));
}

TEST_F(LocalStreamTest, ACalleeThatAnswersEarlyLetsTheCallerWriteOn) {
  auto exchange = send(post());
  http::Exchange& callee = accept();
  const std::string piece(16 * 1024, 'x');
  while (exchange->capacity() >= piece.size()) exchange->write(as_bytes(piece));
  answer(callee, 200, "enough");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_GT(exchange->capacity(), 0u);
  exchange->write(as_bytes(piece));
  exchange->finish(nullptr);
  EXPECT_EQ(read(*exchange), "enough");
  EXPECT_EQ(left, 0);
}

TEST_F(LocalStreamTest, TheRequestsHeadAndLengthAreLimited) {
  server_limits.body_bytes = 4;
  server_limits.fields = 2;
  const auto refused = [this](Request request) {
    const bool has_body = request.has_body;
    auto exchange = send(std::move(request));
    if (has_body) {
      exchange->write(as_bytes("12345"));
      exchange->finish(nullptr);
    }
    EXPECT_TRUE(answered(*exchange));
    EXPECT_FALSE(read(*exchange).empty());
    return exchange->status();
  };
  EXPECT_EQ(refused(post()), 413);
  Request many = local();
  auto fields = std::make_shared<Fields>();
  for (const char* name : {"a", "b", "c"}) fields->add(name, "1");
  many.fields = fields;
  EXPECT_EQ(refused(std::move(many)), 431);
  Request longest = local();
  longest.target = "/" + std::string(server_limits.target_bytes, 'x');
  EXPECT_EQ(refused(std::move(longest)), 414);
  EXPECT_THAT(refusals, ElementsAre(413, 431, 414));
  EXPECT_TRUE(running.empty());
}

TEST_F(LocalStreamTest, ABodyOfNoDeclaredLengthIsLimitedWhereItGoesBeyond) {
  server_limits.body_bytes = 4;
  auto exchange = send(post());
  http::Exchange& callee = accept();
  exchange->write(as_bytes("1234"));
  EXPECT_EQ(callee.body().state(), BodySource::State::Open);
  exchange->write(as_bytes("5"));
  EXPECT_EQ(take(callee.body()), "1234");
  EXPECT_EQ(callee.body().state(), BodySource::State::Failed);
  EXPECT_EQ(callee.body().failure().code(), Code::LimitExceeded);
}

TEST_F(LocalStreamTest, TheResponsesHeadIsLimited) {
  auto exchange = send(local());
  http::Exchange& callee = accept();
  Fields many;
  for (std::size_t i = 0; i <= limits.fields; ++i) many.add("a", "1");
  ASSERT_TRUE(callee.response().start(200, many, 0));
  callee.flush();
  EXPECT_EQ(failure(*exchange), Kind::ResponseHeadSize);
  EXPECT_TRUE(turn_until(loop, [this] { return left == 1; }));
}

TEST_F(LocalStreamTest, ACalleeThatDoesNotAnswerInTimeIsGivenUp) {
  Request hasty = local();
  hasty.timeouts.first_byte = std::chrono::nanoseconds(1);
  auto exchange = send(std::move(hasty));
  EXPECT_EQ(failure(*exchange), Kind::ReadTimeout);
  loop.poll();
  EXPECT_TRUE(running.empty()) << "it was told that the caller left, if it was asked at all";
}

TEST_F(LocalStreamTest, NeedsAGrantThatSpeaksOfTheName) {
  grants.assign(1, *policy::HttpGrant::parse("*"));
  resolver.add("a.local", {"127.0.0.1"});
  auto exchange = send(local());
  EXPECT_EQ(failure(*exchange), Kind::AddressProhibited) << "as any other server";
  EXPECT_TRUE(running.empty());
}

TEST_F(LocalStreamTest, OtherServersAreReachedByConnections) {
  auto exchange = send(request());
  upstream.accept()->send(test::kEmpty);
  EXPECT_TRUE(answered(*exchange));
  EXPECT_TRUE(running.empty());
}

}  // namespace
}  // namespace favo::http::client
