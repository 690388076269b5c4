#include <gtest/gtest.h>

#include "http/client/test_upstream.h"
#include "net/test_certificate.h"

namespace favo::http::client {
namespace {

using test::turn_until;
using Kind = Failure::Kind;
using Progress = Exchange::Progress;

/// Our own server with a certificate, asked by our client.
struct ClientTlsTest : http::test::ServerTest {
  net::test::TestCertificate certificate;
  net::test::ScopedVariable roots{"SSL_CERT_FILE", certificate.certificate_path()};
  net::FakeResolver resolver;
  std::vector<policy::HttpGrant> grants{*policy::HttpGrant::parse("https://localhost:*"),
                                        *policy::HttpGrant::parse("https://other.test:*"),
                                        *policy::HttpGrant::parse("https://127.0.0.1:*")};
  std::shared_ptr<Permits> permits = std::make_shared<Permits>(8);
  Limits limits;
  std::unique_ptr<Client> client;

  void SetUp() override {
    resolver.add("localhost", {"127.0.0.1"});
    resolver.add("other.test", {"127.0.0.1"});
    client =
        std::make_unique<Client>(loop, resolver, *net::ClientContext::create(), permits, limits);
    server = std::make_unique<Server>(loop, handler, http::Limits());
    server->set_tls(
        *net::ServerContext::load(certificate.certificate_path(), certificate.key_path()));
    ASSERT_TRUE(
        server->listen({boost::asio::ip::address_v4::loopback(), 0}, Listener::Port::Claim).ok());
  }

  Request request(std::string_view method = "GET", const std::string& host = "localhost") {
    Request request;
    request.method = method;
    request.origin = {true, *policy::parse_host(host), server->endpoint().port()};
    request.grants = grants;
    return request;
  }
  bool answered(Exchange& exchange) {
    return turn_until(loop, [&] { return exchange.progress() != Progress::Underway; }) &&
           exchange.progress() == Progress::Answered;
  }
  Kind failure(Exchange& exchange) {
    EXPECT_TRUE(turn_until(loop, [&] { return exchange.progress() == Progress::Failed; }));
    return exchange.reason().kind;
  }
  std::string read(Exchange& exchange) {
    std::string text;
    EXPECT_TRUE(turn_until(loop, [&] {
      for (Bytes bytes = exchange.data(); !bytes.empty(); bytes = exchange.data()) {
        text += as_text(bytes);
        exchange.consume(bytes.size());
      }
      if (exchange.state() != BodySource::State::Open) return true;
      exchange.readable();
      return false;
    }));
    EXPECT_EQ(exchange.state(), BodySource::State::End);
    return text;
  }
};

TEST_F(ClientTlsTest, AsksByHttp2) {
  Request get = request();
  auto fields = std::make_shared<Fields>();
  fields->add("X-Own", "1");
  fields->add("Connection", "close");
  get.fields = fields;
  get.target = "/a?b";
  auto exchange = client->send(std::move(get));
  http::Exchange& served = next_exchange();
  EXPECT_EQ(served.request().target, "/a?b");
  EXPECT_EQ(served.request().authority, "localhost:" + std::to_string(server->endpoint().port()));
  EXPECT_EQ(served.request().scheme, "https");
  ASSERT_EQ(served.request().fields.size(), 1u);
  EXPECT_EQ(served.request().fields[0].first, "x-own");
  http::test::answer(served, "hello");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(exchange->status(), 200);
  EXPECT_EQ(read(*exchange), "hello");
}

TEST_F(ClientTlsTest, ManyShareAConnection) {
  auto first = client->send(request());
  http::test::answer(next_exchange(), "first");
  ASSERT_TRUE(answered(*first));
  std::vector<std::shared_ptr<Exchange>> exchanges;
  for (int i = 0; i < 20; ++i) exchanges.push_back(client->send(request()));
  for (int i = 0; i < 20; ++i) http::test::answer(next_exchange(), std::to_string(i));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(answered(*exchanges[i]));
    EXPECT_EQ(read(*exchanges[i]), std::to_string(i));
  }
  EXPECT_EQ(server->connections(), 1u);
  EXPECT_EQ(permits->taken(), 1u);
}

TEST_F(ClientTlsTest, BodiesAndTrailersPassBothWays) {
  Request put = request("PUT");
  put.has_body = true;
  auto exchange = client->send(std::move(put));
  http::Exchange& served = next_exchange();
  const std::string sent(1 << 20, 'x');
  std::size_t written = 0;
  std::string received;
  EXPECT_TRUE(turn_until(loop, [&] {
    const std::size_t size = std::min(exchange->capacity(), sent.size() - written);
    if (size > 0) exchange->write(as_bytes(sent).subspan(written, size));
    written += size;
    const Bytes bytes = served.body().data();
    received += as_text(bytes);
    served.body().consume(bytes.size());
    served.body().readable();
    return received.size() == sent.size();
  }));
  Fields trailers;
  trailers.add("Sum", "1");
  exchange->finish(&trailers);
  EXPECT_EQ(read_body(served), "");
  EXPECT_EQ(*served.body().trailers().find("sum"), "1");

  ASSERT_TRUE(served.response().start(203, {}, std::nullopt).ok());
  std::string text;
  written = 0;
  EXPECT_TRUE(turn_until(loop, [&] {
    const std::size_t size = std::min(served.response().capacity(), sent.size() - written);
    if (size > 0) served.response().write(as_bytes(sent).subspan(written, size));
    served.flush();
    written += size;
    for (Bytes bytes = exchange->data(); !bytes.empty(); bytes = exchange->data()) {
      text += as_text(bytes);
      exchange->consume(bytes.size());
    }
    return text.size() == sent.size();
  }));
  served.response().finish(&trailers);
  served.flush();
  served.release();
  EXPECT_EQ(read(*exchange), "");
  EXPECT_EQ(exchange->status(), 203);
  EXPECT_EQ(*exchange->trailers().find("sum"), "1");
}

TEST_F(ClientTlsTest, AReaderThatWaitsStopsTheServer) {
  auto exchange = client->send(request());
  http::Exchange& served = next_exchange();
  ASSERT_TRUE(served.response().start(200, {}, std::nullopt).ok());
  ASSERT_TRUE((served.flush(), answered(*exchange)));
  const std::string block(64 * 1024, 'x');
  std::size_t sent = 0;
  for (int turns = 0; turns < 200; ++turns) {
    if (served.response().capacity() >= block.size()) {
      served.response().write(as_bytes(block));
      sent += block.size();
    }
    served.flush();
    loop.run_for(std::chrono::milliseconds(1));
  }
  EXPECT_LT(sent, 4u << 20);
  served.response().finish(nullptr);
  served.flush();
  served.release();
  EXPECT_EQ(read(*exchange).size(), sent);
}

TEST_F(ClientTlsTest, WhoLeavesResetsItsStreamAlone) {
  auto first = client->send(request()), second = client->send(request());
  // Two connections, since both were asked for before either could be shared.
  handler.at_once = nullptr;
  EXPECT_TRUE(turn_until(loop, [&] { return handler.running.size() == 2; }));
  auto third = client->send(request());
  EXPECT_TRUE(turn_until(loop, [&] { return handler.running.size() == 3; }));
  third.reset();
  EXPECT_TRUE(turn_until(loop, [&] { return handler.cancels == 1; }));
  EXPECT_EQ(server->connections(), 2u);
  http::test::answer(next_exchange(), "a");
  http::test::answer(next_exchange(), "b");
  EXPECT_TRUE(answered(*first));
  EXPECT_TRUE(answered(*second));
}

TEST_F(ClientTlsTest, AServerThatEndsIsReplaced) {
  auto exchange = client->send(request());
  http::test::answer(next_exchange(), "first");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(read(*exchange), "first");
  const auto port = server->endpoint().port();
  bool down = false;
  server->shutdown(std::chrono::milliseconds(1), [&] { down = true; });
  EXPECT_TRUE(turn_until(loop, [&] { return down; }));
  server = std::make_unique<Server>(loop, handler, http::Limits());
  server->set_tls(
      *net::ServerContext::load(certificate.certificate_path(), certificate.key_path()));
  ASSERT_TRUE(
      server->listen({boost::asio::ip::address_v4::loopback(), port}, Listener::Port::Claim).ok());
  exchange = client->send(request());
  http::test::answer(next_exchange(), "second");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(read(*exchange), "second");
}

TEST_F(ClientTlsTest, TheCertificateMustBeForTheHost) {
  auto other = client->send(request("GET", "other.test"));
  EXPECT_EQ(failure(*other), Kind::TlsCertificate);
  auto address = client->send(request("GET", "127.0.0.1"));
  http::test::answer(next_exchange(), "hello");
  EXPECT_TRUE(answered(*address));
}

TEST_F(ClientTlsTest, NoTlsIsAnError) {
  test::Upstream upstream(loop);
  Request get = request();
  get.origin.port = upstream.port();
  auto exchange = client->send(std::move(get));
  upstream.accept()->send("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(failure(*exchange), Kind::TlsProtocol);
}

TEST_F(ClientTlsTest, SlowServersAreGivenUp) {
  Request get = request();
  get.timeouts.first_byte = std::chrono::milliseconds(1);
  auto exchange = client->send(std::move(get));
  EXPECT_EQ(failure(*exchange), Kind::ReadTimeout);
  EXPECT_TRUE(turn_until(loop, [&] { return handler.cancels == handler.handled; }));
}

}  // namespace
}  // namespace favo::http::client
