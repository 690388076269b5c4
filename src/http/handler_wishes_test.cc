#include "http/exchange.h"
#include "http/test_h2_client.h"
#include "http/test_support.h"

/// What a handler may ask of its exchange beside the answer, in both versions.
namespace favo::http::test {
namespace {

class HandlerWishes : public ServerTest {};

TEST_F(HandlerWishes, FailsABodyBeyondWhatTheHandlerTakes) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string two_chunks = "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
  auto client = connect();
  client->send(head + two_chunks + head + two_chunks);
  Exchange& enough = next_exchange();
  enough.limit_body(6);
  EXPECT_EQ(read_body(enough), "abcdef");
  EXPECT_EQ(enough.body().state(), BodySource::State::End);
  answer(enough, "ok");
  client->take_through("ok");
  Exchange& less = next_exchange();
  less.limit_body(5);
  EXPECT_EQ(read_body(less), "abc");
  ASSERT_EQ(less.body().state(), BodySource::State::Failed);
  EXPECT_EQ(less.body().failure().code(), Code::LimitExceeded);
  answer(less, "too much", 413);
  client->take_through("too much");
  client->take_all();
}

TEST_F(HandlerWishes, SetsFieldsInPlaceOfTheHandlers) {
  Fields set;
  set.add("x-frame-options", "DENY");
  set.add("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
  auto client = connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto respond = [&](const Fields* over) {
    Exchange& exchange = next_exchange();
    exchange.response().set_fields(over);
    Fields own;
    own.add("X-Frame-Options", "SAMEORIGIN");
    own.add("x-other", "stays");
    ASSERT_TRUE(exchange.response().start(200, own, std::nullopt).ok());
    exchange.response().write(as_bytes(std::string_view("done")));
    exchange.response().finish(nullptr);
    exchange.release();
  };
  respond(&set);
  const std::string first = client->take_through("done");
  EXPECT_NE(first.find("x-frame-options: DENY\r\n"), first.npos) << first;
  EXPECT_NE(first.find("x-other: stays\r\n"), first.npos) << first;
  EXPECT_NE(first.find("Date: Sun, 06 Nov 1994"), first.npos) << first;
  EXPECT_EQ(first.find("SAMEORIGIN"), first.npos) << first;
  EXPECT_EQ(first.find("Date:"), first.rfind("Date:")) << first;
  respond(nullptr);  // they were the first response's alone
  const std::string second = client->take_through("done");
  EXPECT_NE(second.find("X-Frame-Options: SAMEORIGIN\r\n"), second.npos) << second;
}

class HandlerWishesH2 : public ServerTest {
 protected:
  Exchange& next(H2Client& client) {
    EXPECT_TRUE(client.wait([&] { return !handler.running.empty(); }));
    Exchange* exchange = handler.running.front();
    handler.running.pop_front();
    return *exchange;
  }
  static void read_body(H2Client& client, Exchange& exchange) {
    client.wait([&] {
      exchange.body().consume(exchange.body().data().size());
      return exchange.body().state() != BodySource::State::Open;
    });
  }
};

TEST_F(HandlerWishesH2, FailsABodyBeyondWhatTheHandlerTakes) {
  auto client = std::make_unique<H2Client>(loop, connect());
  for (const bool before : {false, true}) {
    const auto id = client->post("/");
    if (before) client->send_data(id, std::string(5000, 'x'), true);
    Exchange& exchange = next(*client);
    exchange.limit_body(1000);
    if (!before) client->send_data(id, std::string(5000, 'x'), true);
    read_body(*client, exchange);
    ASSERT_EQ(exchange.body().state(), BodySource::State::Failed);
    EXPECT_EQ(exchange.body().failure().code(), Code::LimitExceeded);
    answer(exchange, "too much", 413);
    EXPECT_EQ(client->finish(id).status, 413);
  }
}

TEST_F(HandlerWishesH2, SetsFieldsInPlaceOfTheHandlers) {
  auto client = std::make_unique<H2Client>(loop, connect());
  const auto id = client->get("/");
  Exchange& exchange = next(*client);
  Fields set, own;
  set.add("X-Frame-Options", "DENY");
  own.add("x-frame-options", "SAMEORIGIN");
  exchange.response().set_fields(&set);
  ASSERT_TRUE(exchange.response().start(200, own, std::nullopt).ok());
  exchange.response().finish(nullptr);
  exchange.release();
  const auto& response = client->finish(id);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.field("x-frame-options"), "DENY");
}

}  // namespace
}  // namespace favo::http::test
