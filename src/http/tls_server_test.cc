#include "http/h2_connection.h"
#include "http/test_h2_client.h"
#include "net/test_certificate.h"

namespace favo::http::test {
namespace {

using net::TlsSession;
using net::test::ScopedVariable;
using net::test::TestCertificate;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// A client that speaks TLS.
class TlsClient : public Client {
 public:
  TlsClient(Loop& loop, std::uint16_t port, std::span<const std::string_view> protocols)
      : Client(loop, port) {
    auto context = net::ClientContext::create();
    EXPECT_TRUE(context.ok());
    tls = (*context)->connect(fd_, "127.0.0.1", protocols).value();
  }
  ~TlsClient() override { tls.reset(); }

  std::size_t send(std::string_view text) override {
    const iovec part{const_cast<char*>(text.data()), text.size()};
    return tls->write({&part, 1}).bytes;
  }
  void receive() override {
    std::vector<std::uint8_t> block(64 * 1024);
    for (;;) {
      const auto [status, bytes] = tls->read(block);
      if (status == TlsSession::Status::Ok) {
        received_ += as_text(Bytes(block).first(bytes));
        continue;
      }
      ended_ = status == TlsSession::Status::End;
      reset_ = status == TlsSession::Status::Failed;
      return;
    }
  }
  /// Turns the loop until the handshake is over, well or not.
  bool shake_hands() {
    TlsSession::Status status{};
    turn_until(loop_, [&] {
      status = tls->handshake();
      return status == TlsSession::Status::Ok || status == TlsSession::Status::Failed;
    });
    return status == TlsSession::Status::Ok;
  }

  std::unique_ptr<TlsSession> tls;
};

constexpr std::string_view kHttp1[] = {"http/1.1"};
constexpr std::string_view kHttp2[] = {"h2", "http/1.1"};
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class TlsServerTest : public ServerTest {
 protected:
  void SetUp() override {
    listen();
    use(certificate);
  }
  void use(const TestCertificate& shown) {
    auto tls = net::ServerContext::load(shown.certificate_path(), shown.key_path());
    ASSERT_TRUE(tls.ok()) << tls.error().message();
    server->set_tls(std::move(*tls));
  }
  std::unique_ptr<TlsClient> tls_client(std::span<const std::string_view> protocols) {
    return std::make_unique<TlsClient>(loop, server->endpoint().port(), protocols);
  }

  TestCertificate certificate;
  ScopedVariable trusted{"SSL_CERT_FILE", certificate.certificate_path()};
};

TEST_F(TlsServerTest, SpeaksHttp1) {
  for (const std::span<const std::string_view> protocols :
       {std::span<const std::string_view>(kHttp1), std::span<const std::string_view>()}) {
    auto client = tls_client(protocols);
    ASSERT_TRUE(client->shake_hands());
    for (int i = 0; i < 3; ++i) {
      client->send(kGet);
      Exchange& exchange = next_exchange();
      EXPECT_EQ(exchange.request().scheme, "https");
      answer(exchange, "hello");
      EXPECT_THAT(client->take_through("hello"), StartsWith("HTTP/1.1 200 OK\r\n"));
    }
  }
}

TEST_F(TlsServerTest, SaysHttpsWhateverTheRequestSays) {
  auto client = tls_client(kHttp1);
  ASSERT_TRUE(client->shake_hands());
  client->send("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n");
  Exchange& exchange = next_exchange();
  EXPECT_EQ(exchange.request().scheme, "https");
  answer(exchange, "");
}

TEST_F(TlsServerTest, SpeaksHttp2) {
  auto socket = tls_client(kHttp2);
  ASSERT_TRUE(socket->shake_hands());
  EXPECT_EQ(socket->tls->protocol(), "h2");
  H2Client client(loop, std::move(socket));
  const auto id = client.get("/");
  ASSERT_TRUE(client.wait([&] { return !handler.running.empty(); }));
  Exchange& exchange = next_exchange();
  EXPECT_EQ(exchange.request().scheme, "https");
  answer(exchange, "hello");
  EXPECT_EQ(client.finish(id).body, "hello");
}

TEST_F(TlsServerTest, TakesARequestThatCameWithTheEndOfTheHandshake) {
  auto client = tls_client(kHttp1);
  // The client's last flight and its request lie in the socket before the server looks.
  for (int i = 0; i < 3; ++i) {
    client->tls->handshake();
    if (client->tls->handshaken()) break;
    loop.run_for(1ms);
  }
  ASSERT_TRUE(client->shake_hands());
  client->send(std::string(kGet) + std::string(kGet));
  answer(next_exchange(), "one");
  answer(next_exchange(), "two");
  client->take_through("two");
}

TEST_F(TlsServerTest, SwitchesToHttp2OnlyByAlpn) {
  auto client = tls_client(kHttp1);
  ASSERT_TRUE(client->shake_hands());
  client->send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_THAT(client->take_all(), StartsWith("HTTP/1.1 505 "));
  auto other = tls_client(kHttp2);
  ASSERT_TRUE(other->shake_hands());
  other->send(kGet);
  EXPECT_THAT(other->take_all(), testing::Not(HasSubstr("HTTP/1.1")));
  EXPECT_EQ(handler.handled, 0);
}

TEST_F(TlsServerTest, EchoesALargeBody) {
  std::string body(3'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 / 7);
  auto client = tls_client(kHttp1);
  ASSERT_TRUE(client->shake_hands());
  std::string out = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + body;
  out.erase(0, client->send(out));
  Exchange& exchange = next_exchange();
  ASSERT_TRUE(exchange.response().start(200, {}, body.size()).ok());
  bool done = false;
  EXPECT_TRUE(turn_until(loop, [&] {
    if (!out.empty()) out.erase(0, client->send(out));
    client->receive();
    if (done) return client->received().ends_with(std::string_view(body).substr(2'000'000));
    auto data = exchange.body().data();
    data = data.first(std::min(data.size(), exchange.response().capacity()));
    exchange.response().write(data);
    exchange.body().consume(data.size());
    exchange.flush();
    if (exchange.body().state() != BodySource::State::End) return false;
    exchange.response().finish(nullptr);
    exchange.release();
    done = true;
    return false;
  }));
  EXPECT_TRUE(client->received().ends_with(body));
}

TEST_F(TlsServerTest, EndsWithCloseNotify) {
  auto client = tls_client(kHttp1);
  ASSERT_TRUE(client->shake_hands());
  client->send("GET / HTTP/1.0\r\n\r\n");
  answer(next_exchange(), "bye");
  EXPECT_THAT(client->take_all(), EndsWith("bye"));
  EXPECT_FALSE(client->was_reset());
}

TEST_F(TlsServerTest, ShowsTruncationWhereOnlyTheEndWouldTell) {
  auto client = tls_client(kHttp1);
  ASSERT_TRUE(client->shake_hands());
  client->send("GET / HTTP/1.0\r\n\r\n");
  Exchange& exchange = next_exchange();
  ASSERT_TRUE(exchange.response().start(200, {}, std::nullopt).ok());
  exchange.response().write(as_bytes("half"));
  exchange.flush();
  exchange.release();
  client->take_all();
  EXPECT_TRUE(client->was_reset());
}

TEST_F(TlsServerTest, CancelsWhenTheClientLeaves) {
  auto client = tls_client(kHttp1);
  ASSERT_TRUE(client->shake_hands());
  client->send(kGet);
  next_exchange();
  client.reset();
  EXPECT_TRUE(turn_until(loop, [&] { return handler.cancels == 1; }));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(TlsServerTest, TellsOfHandshakesThatFail) {
  auto plain = connect();
  plain->send(kGet);
  plain->take_all();
  ASSERT_EQ(handler.failed_handshakes.size(), 1u);
  EXPECT_THAT(handler.failed_handshakes[0], HasSubstr("http request"));
  constexpr std::string_view kOther[] = {"spdy/3"};
  auto other = tls_client(kOther);
  EXPECT_FALSE(other->shake_hands());
  auto gone = connect();
  gone->close();
  EXPECT_TRUE(turn_until(loop, [&] { return handler.failed_handshakes.size() == 3; }));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(TlsServerTest, GivesAHandshakeTheTimeOfAHead) {
  auto silent = connect();
  ASSERT_TRUE(turn_until(loop, [&] { return server->connections() == 1; }));
  server->sweep(loop.now() + 9s);
  EXPECT_TRUE(silent->quiet());
  server->sweep(loop.now() + 12s);
  silent->take_all();
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_THAT(handler.failed_handshakes, ElementsAre("the TLS handshake took too long"));
}

TEST_F(TlsServerTest, ShowsANewCertificateToNewClients) {
  handler.at_once = [](Exchange& exchange) { answer(exchange, "hello"); };
  auto before = tls_client(kHttp1);
  ASSERT_TRUE(before->shake_hands());
  const TestCertificate renewed;
  use(renewed);
  auto stranger = tls_client(kHttp1);  // trusts the old one
  EXPECT_FALSE(stranger->shake_hands());
  const ScopedVariable trusts_new("SSL_CERT_FILE", renewed.certificate_path());
  auto after = tls_client(kHttp1);
  EXPECT_TRUE(after->shake_hands());
  before->send(kGet);
  before->take_through("hello");
}

TEST_F(TlsServerTest, DropsHandshakesWhenItShutsDown) {
  auto silent = connect();
  ASSERT_TRUE(turn_until(loop, [&] { return server->connections() == 1; }));
  bool done = false;
  server->shutdown(1h, [&] { done = true; });
  EXPECT_TRUE(turn_until(loop, [&] { return done; }));
}

}  // namespace
}  // namespace favo::http::test
