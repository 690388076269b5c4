#include "wasi/http_outgoing.h"

#include <gtest/gtest.h>

#include "http/client/test_upstream.h"
#include "wasi/fake_guest.h"

namespace favo::wasi {
namespace {

using http::client::Failure;
using http::client::test::turn_until;
using http::client::test::Upstream;

std::unique_ptr<OutgoingRequest> request_to(std::optional<std::string_view> authority,
                                            std::optional<std::string_view> scheme = "http") {
  auto request = std::make_unique<OutgoingRequest>(std::make_unique<HttpFields>());
  EXPECT_TRUE(request->set_authority(authority));
  EXPECT_TRUE(
      request->set_scheme(scheme ? std::optional(HttpScheme::from(*scheme)) : std::nullopt));
  return request;
}

TEST(OutgoingOrigin, IsWhatTheRequestSays) {
  const auto print = [](std::optional<std::string_view> authority,
                        std::optional<std::string_view> scheme) {
    const auto origin = origin_of(*request_to(authority, scheme));
    return origin ? origin->print() : describe(origin.error());
  };
  EXPECT_EQ(print("Example.com.", std::nullopt), "https://example.com");
  EXPECT_EQ(print("example.com:443", "http"), "http://example.com:443");
  EXPECT_EQ(print("[::1]", "http"), "http://[::1]");
  EXPECT_EQ(print("[::ffff:127.0.0.1]:81", "http"), "http://127.0.0.1:81");
  EXPECT_EQ(print("127.0.0.1:81", "http"), "http://127.0.0.1:81");
  EXPECT_EQ(print("example.com", "ftp"), "HTTP-protocol-error");
  for (const char* odd : {"user@example.com", "user:1@example.com", "127.1", "2130706433", "0x7f.1",
                          "0177.0.0.1", "127.0.0.1.", "a%2eb", "a!b", "a.test:0", "-a.test"}) {
    EXPECT_EQ(print(odd, "http"), "HTTP-request-URI-invalid") << odd;
  }
  EXPECT_EQ(print(std::nullopt, "http"), "HTTP-request-URI-invalid");
}

struct HttpOutgoingTest : testing::Test {
  HttpOutgoingTest() {
    guest.config.others.http.push_back(*policy::HttpGrant::parse("http://127.0.0.1:*"));
    guest.config.others.http.push_back(*policy::HttpGrant::parse("http://a.test:*"));
    guest.context.set_http_client(&client);
  }

  std::unique_ptr<OutgoingRequest> request() {
    return request_to("127.0.0.1:" + std::to_string(upstream.port()));
  }
  auto send(std::unique_ptr<OutgoingRequest> request, const RequestOptions* options = nullptr) {
    return send_request(guest.context, 0, std::move(request), options);
  }
  FutureIncomingResponse::Response get(FutureIncomingResponse& future) {
    EXPECT_TRUE(turn_until(guest.loop, [&] { return future.ready(); }));
    auto got = future.get();
    EXPECT_TRUE(got && *got);
    return std::move(**got);
  }

  FakeGuest guest;
  Upstream upstream{guest.loop};
  net::FakeResolver resolver;
  http::client::Client client{guest.loop, resolver, nullptr, nullptr, {}};
};

TEST_F(HttpOutgoingTest, WhatIsNotGrantedIsDeniedAtOnce) {
  for (const char* authority : {"127.0.0.2", "b.test", "localhost", "[::1]", "8.8.8.8"}) {
    auto denied = send(request_to(authority));
    ASSERT_FALSE(denied) << authority;
    EXPECT_EQ(case_of(denied.error()), HttpErrorCase::HttpRequestDenied);
  }
  auto secure = send(request_to("a.test", "https"));
  EXPECT_EQ(case_of(secure.error()), HttpErrorCase::HttpRequestDenied);
  guest.context.set_http_client(nullptr);
  EXPECT_EQ(case_of(send(request()).error()), HttpErrorCase::HttpRequestDenied);
  EXPECT_TRUE(resolver.asked.empty());
}

TEST_F(HttpOutgoingTest, ExchangesARequestForAResponse) {
  auto post = request();
  ASSERT_TRUE(post->set_method(HttpMethod::from("POST")));
  ASSERT_TRUE(post->set_path_with_query("?q"));
  auto body = std::move(*post->body());
  auto sent = send(std::move(post));
  ASSERT_TRUE(sent) << describe(sent.error());
  FutureIncomingResponse& future = **sent;
  auto pollable = future.subscribe();
  EXPECT_FALSE(pollable->ready());
  EXPECT_FALSE(future.get());

  auto stream = std::move(*body->write());
  std::uint64_t progress = 0;
  ASSERT_TRUE(stream->blocking_write_and_flush(Contents(as_bytes("hello")), progress).ok());
  stream.reset();
  ASSERT_TRUE(OutgoingBody::finish(std::move(body), std::nullopt).ok());
  auto peer = upstream.accept();
  EXPECT_TRUE(peer->take_head().starts_with("POST /?q HTTP/1.1\r\nHost: 127.0.0.1:"));
  peer->take_through("hello");
  peer->send(
      "HTTP/1.1 203 x\r\nA: 1\r\nConnection: keep-alive\r\nKeep-Alive: 1\r\nHost: x\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 2\r\n\r\n");
  auto response = get(future);
  ASSERT_TRUE(response);
  EXPECT_TRUE(pollable->ready());
  EXPECT_EQ((*response)->status(), 203);
  EXPECT_EQ((*response)->headers()->entries().size(), 1u);
  auto incoming = std::move(*(*response)->consume());
  response->reset();
  auto input = std::move(*incoming->stream());
  EXPECT_EQ(as_text(*input->read(100)), "abc");
  EXPECT_TRUE(input->read(1).error().is_closed());
  input.reset();
  auto trailers = IncomingBody::finish(std::move(incoming)).value();
  auto got = trailers->get();
  ASSERT_TRUE(got && *got && **got && ***got);
  EXPECT_TRUE((****got)->has("t"));
  EXPECT_EQ(client.idle_connections(), 1u);
  auto twice = future.get();
  ASSERT_TRUE(twice);
  EXPECT_FALSE(*twice);
}

TEST_F(HttpOutgoingTest, WhatCannotBeSentIsRefused) {
  auto connect = request();
  ASSERT_TRUE(connect->set_method(HttpMethod::from("CONNECT")));
  EXPECT_EQ(describe(send(std::move(connect)).error()), "HTTP-request-method-invalid");
  auto lengthy = request();
  ASSERT_TRUE(lengthy->set_path_with_query("/" + std::string(20'000, 'x')));
  EXPECT_EQ(describe(send(std::move(lengthy)).error()), "HTTP-request-URI-too-long");
  auto dropped = request();
  ASSERT_TRUE(dropped->body());
  EXPECT_EQ(case_of(send(std::move(dropped)).error()), HttpErrorCase::InternalError);
}

TEST_F(HttpOutgoingTest, FailuresHaveTheirCode) {
  resolver.add("a.test", {"127.0.0.2"});
  auto prohibited = send(request_to("a.test"));
  EXPECT_EQ(describe(get(**prohibited).error()), "destination-IP-prohibited");
}

TEST_F(HttpOutgoingTest, ABrokenBodyHasItsCode) {
  auto sent = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  auto response = get(**sent);
  ASSERT_TRUE(response);
  auto incoming = std::move(*(*response)->consume());
  auto input = std::move(*incoming->stream());
  EXPECT_EQ(as_text(*input->read(100)), "half");
  peer->close();
  const auto pollable = input->subscribe();
  EXPECT_TRUE(
      turn_until(guest.loop, [&] { return pollable->ready() || (pollable->signal(), false); }));
  auto failed = input->read(1);
  ASSERT_FALSE(failed);
  EXPECT_EQ(describe(*http_error_code(*failed.error().get<0>())), "HTTP-response-incomplete");
}

TEST_F(HttpOutgoingTest, DroppingTheFutureGivesUp) {
  auto put = request();
  ASSERT_TRUE(put->set_method(HttpMethod::from("PUT")));
  auto body = std::move(*put->body());
  auto stream = std::move(*body->write());
  auto sent = send(std::move(put));
  auto peer = upstream.accept();
  peer->take_head();
  sent->reset();
  EXPECT_TRUE(peer->wait_end());
  EXPECT_TRUE(stream->check_write().error().is_closed());
}

TEST_F(HttpOutgoingTest, ABodyDroppedUnfinishedBreaksTheRequest) {
  auto put = request();
  auto body = std::move(*put->body());
  auto sent = send(std::move(put));
  auto peer = upstream.accept();
  peer->take_head();
  body.reset();
  EXPECT_EQ(describe(get(**sent).error()), "HTTP-protocol-error");
  EXPECT_TRUE(peer->wait_end());
}

TEST_F(HttpOutgoingTest, TimeoutsAreTheRequests) {
  RequestOptions options;
  options.first_byte = 1'000'000;
  auto sent = send(request(), &options);
  auto peer = upstream.accept();
  EXPECT_EQ(describe(get(**sent).error()), "connection-read-timeout");
}

TEST(HttpError, FailuresOfAClientHaveTheNamesOfTheWit) {
  using Kind = Failure::Kind;
  const std::pair<Failure, std::string_view> cases[] = {
      {{Kind::DnsTimeout, "x"}, "DNS-timeout"},
      {{Kind::DnsError, "NXDOMAIN"}, "DNS-error: NXDOMAIN"},
      {{Kind::Unavailable}, "destination-unavailable"},
      {{Kind::AddressProhibited}, "destination-IP-prohibited"},
      {{Kind::AddressUnroutable}, "destination-IP-unroutable"},
      {{Kind::ConnectionRefused}, "connection-refused"},
      {{Kind::ConnectionTimeout}, "connection-timeout"},
      {{Kind::ConnectionLimit}, "connection-limit-reached"},
      {{Kind::TlsProtocol}, "TLS-protocol-error"},
      {{Kind::TlsCertificate}, "TLS-certificate-error"},
      {{Kind::TlsAlert, "unknown ca", 48}, "TLS-alert-received: unknown ca"},
      {{Kind::ConnectionTerminated}, "connection-terminated"},
      {{Kind::ReadTimeout}, "connection-read-timeout"},
      {{Kind::WriteTimeout}, "connection-write-timeout"},
      {{Kind::RequestAborted}, "HTTP-protocol-error"},
      {{Kind::ResponseIncomplete}, "HTTP-response-incomplete"},
      {{Kind::ResponseTimeout}, "HTTP-response-timeout"},
      {{Kind::ResponseHeadSize, "", 70'000}, "HTTP-response-header-section-size: 70000"},
      {{Kind::ResponseTrailerSize, "", 9}, "HTTP-response-trailer-section-size: 9"},
      {{Kind::TransferCoding, "gzip"}, "HTTP-response-transfer-coding: gzip"},
      {{Kind::UpgradeFailed}, "HTTP-upgrade-failed"},
      {{Kind::Protocol, "bad"}, "HTTP-protocol-error"},
  };
  for (const auto& [failure, name] : cases) EXPECT_EQ(describe(to_http_error(failure)), name);
}

}  // namespace
}  // namespace favo::wasi
