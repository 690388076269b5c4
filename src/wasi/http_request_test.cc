#include "wasi/http_request.h"

#include <gtest/gtest.h>

#include "wasi/http_fake_exchange.h"

namespace favo::wasi {
namespace {

TEST(HttpMethod, KnownOnesAreCasesAndOthersKeepTheirName) {
  EXPECT_EQ(HttpMethod().name(), "GET");
  for (const char* name :
       {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}) {
    EXPECT_NE(HttpMethod::from(name).index(), HttpMethod::kOther) << name;
    EXPECT_EQ(HttpMethod::from(name).name(), name);
  }
  EXPECT_EQ(HttpMethod::from("PATCH").index(), 8u);
  EXPECT_EQ(HttpMethod::from("get").index(), HttpMethod::kOther);
  EXPECT_EQ(HttpMethod::from("PROPFIND").name(), "PROPFIND");
}

TEST(IncomingRequest, ShowsTheRequestsHead) {
  FakeExchange exchange("POST", "/a?b=c");
  exchange.add_field("Accept", "*/*");
  IncomingRequest request(exchange);
  EXPECT_EQ(request.method().name(), "POST");
  EXPECT_EQ(request.path_with_query(), "/a?b=c");
  ASSERT_TRUE(request.scheme());
  EXPECT_EQ(request.scheme()->index(), 0u);
  EXPECT_EQ(request.authority(), "example.com");
  EXPECT_TRUE(request.headers()->has("accept"));
}

TEST(IncomingRequest, AbsentPartsAreNone) {
  FakeExchange exchange("CONNECT", "example.com:443");
  exchange.head_.authority = "";
  exchange.head_.scheme = "https";
  IncomingRequest request(exchange);
  EXPECT_EQ(request.path_with_query(), std::nullopt);
  EXPECT_EQ(request.authority(), std::nullopt);
  EXPECT_EQ(request.scheme()->index(), 1u);
  exchange.head_.target = "*";
  EXPECT_EQ(request.path_with_query(), "*");
}

TEST(IncomingRequest, GivesItsBodyOnce) {
  FakeExchange exchange;
  IncomingRequest request(exchange);
  EXPECT_TRUE(request.consume());
  EXPECT_FALSE(request.consume());
}

TEST(OutgoingRequest, BeginsAsAGetOfNothing) {
  OutgoingRequest request(std::make_unique<HttpFields>());
  EXPECT_EQ(request.method().name(), "GET");
  EXPECT_EQ(request.path_with_query(), std::nullopt);
  EXPECT_FALSE(request.scheme());
  EXPECT_EQ(request.authority(), std::nullopt);
}

TEST(OutgoingRequest, SettersCheckSyntaxAndKeepTheOldValue) {
  OutgoingRequest request(std::make_unique<HttpFields>());
  EXPECT_TRUE(request.set_method(HttpMethod::from("PROPFIND")));
  EXPECT_FALSE(request.set_method(HttpMethod::from("GE T")));
  EXPECT_FALSE(request.set_method(HttpMethod::from("")));
  EXPECT_EQ(request.method().name(), "PROPFIND");

  EXPECT_TRUE(request.set_path_with_query("/a?b"));
  EXPECT_FALSE(request.set_path_with_query("/a b"));
  EXPECT_EQ(request.path_with_query(), "/a?b");
  EXPECT_TRUE(request.set_path_with_query(std::nullopt));
  EXPECT_EQ(request.path_with_query(), std::nullopt);

  EXPECT_TRUE(request.set_scheme(HttpScheme::from("https")));
  EXPECT_FALSE(request.set_scheme(HttpScheme::from("no scheme")));
  EXPECT_EQ(request.scheme()->index(), 1u);

  EXPECT_TRUE(request.set_authority("example.com:8080"));
  EXPECT_FALSE(request.set_authority("example.com:"));
  EXPECT_EQ(request.authority(), "example.com:8080");
}

TEST(OutgoingRequest, FreezesItsHeaders) {
  auto fields = std::make_unique<HttpFields>();
  ASSERT_TRUE(*fields->append("a", as_bytes("1")));
  OutgoingRequest request(std::move(fields));
  auto headers = request.headers();
  EXPECT_TRUE(headers->has("a"));
  EXPECT_FALSE(headers->remove("a"));
}

TEST(OutgoingRequest, GivesItsBodyOnceAndClosesItWhenDropped) {
  auto request = std::make_unique<OutgoingRequest>(std::make_unique<HttpFields>());
  auto body = request->body();
  ASSERT_TRUE(body);
  EXPECT_FALSE(request->body());
  auto stream = (*body)->write();
  ASSERT_TRUE(stream);
  EXPECT_EQ((*stream)->state(), StreamState::Open);
  request.reset();
  EXPECT_EQ((*stream)->state(), StreamState::Closed);
}

TEST(OutgoingRequest, UnclearLengthHasNoBody) {
  auto fields = std::make_unique<HttpFields>();
  ASSERT_TRUE(*fields->append("content-length", as_bytes("many")));
  EXPECT_FALSE(OutgoingRequest(std::move(fields)).body());
}

}  // namespace
}  // namespace favo::wasi
