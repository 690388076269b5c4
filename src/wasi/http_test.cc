#include "wasi/http.h"

#include <gtest/gtest.h>

#include "component/abi/host.h"
#include "wasi/http_fake_exchange.h"

namespace favo::wasi {
namespace {

using Outcome = HandlerCall::Outcome;

struct HandlerCallTest : testing::Test {
  FakeExchange exchange;
  HandlerCall call{exchange};
  std::unique_ptr<OutgoingResponse> response =
      std::make_unique<OutgoingResponse>(std::make_unique<HttpFields>());

  void set(std::expected<std::unique_ptr<OutgoingResponse>, HttpErrorCode> result) {
    ResponseOutparam::set(call.outparam(), std::move(result));
  }
};

TEST_F(HandlerCallTest, DroppedOutparamSetsNothing) {
  call.outparam().reset();
  EXPECT_EQ(call.outcome(), Outcome::NotSet);
  EXPECT_FALSE(call.answered());
  EXPECT_EQ(call.error(), nullptr);
}

TEST_F(HandlerCallTest, AnEmptyResponseIsSentAtOnce) {
  set(std::move(response));
  EXPECT_EQ(call.outcome(), Outcome::Sent);
  EXPECT_TRUE(call.answered());
  EXPECT_EQ(exchange.response().status_, 200);
}

TEST_F(HandlerCallTest, AResponseIsSendingUntilItsBodyIsFinished) {
  auto body = std::move(*response->body());
  set(std::move(response));
  EXPECT_EQ(call.outcome(), Outcome::Sending);
  auto stream = std::move(*body->write());
  stream->put(as_bytes("hello"));
  stream.reset();
  ASSERT_TRUE(*OutgoingBody::finish(std::move(body), std::nullopt));
  EXPECT_EQ(call.outcome(), Outcome::Sent);
  EXPECT_EQ(exchange.response().body_, "hello");
  EXPECT_TRUE(exchange.response().finished_);
}

TEST_F(HandlerCallTest, ABodyDroppedEarlyIsIncomplete) {
  auto body = std::move(*response->body());
  set(std::move(response));
  body.reset();
  EXPECT_EQ(call.outcome(), Outcome::Incomplete);
  EXPECT_TRUE(call.answered());
  EXPECT_TRUE(exchange.response().aborted_);
}

TEST_F(HandlerCallTest, AnErrorInsteadOfAResponseIsKept) {
  set(std::unexpected(make_http_error<HttpErrorCase::HttpRequestDenied>()));
  EXPECT_EQ(call.outcome(), Outcome::Refused);
  EXPECT_FALSE(call.answered());
  ASSERT_NE(call.error(), nullptr);
  EXPECT_EQ(status_of(*call.error()), 403);
}

TEST_F(HandlerCallTest, AResponseThatCannotBeSentIsRefused) {
  ASSERT_TRUE(response->set_status_code(100));
  set(std::move(response));
  EXPECT_EQ(call.outcome(), Outcome::Refused);
  EXPECT_FALSE(call.answered());
  EXPECT_EQ(status_of(*call.error()), 500);
}

TEST_F(HandlerCallTest, HeadIsKnownFromTheRequest) {
  exchange.head_.method = "HEAD";
  auto fields = std::make_unique<HttpFields>();
  ASSERT_TRUE(*fields->append("content-length", as_bytes("7")));
  set(std::make_unique<OutgoingResponse>(std::move(fields)));
  EXPECT_EQ(call.outcome(), Outcome::Sent);
  EXPECT_EQ(exchange.response().content_length_, 7u);
}

TEST(HttpHost, TypesAreThoseOfTheWit) {
  abi::Host host;
  add_http(host);
  const auto text = [&](std::string_view name) -> std::string {
    const auto* function = host.find("wasi:http/types@0.2.0", name);
    return function ? function->type_text() : "missing";
  };
  EXPECT_EQ(text("[method]fields.entries"),
            "func(borrow<wasi:http/types.fields>) -> list<tuple<string, list<u8>>>");
  EXPECT_EQ(text("[method]fields.set"),
            "func(borrow<wasi:http/types.fields>, string, list<list<u8>>) -> "
            "result<_, variant{invalid-syntax, forbidden, immutable}>");
  EXPECT_EQ(text("[method]incoming-body.stream"),
            "func(borrow<wasi:http/types.incoming-body>) -> "
            "result<own<wasi:io/streams.input-stream>>");
}

}  // namespace
}  // namespace favo::wasi
