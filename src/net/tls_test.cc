#include "net/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "net/test_certificate.h"

namespace favo::net {
namespace {

using test::ScopedVariable;
using test::TestCertificate;
using testing::HasSubstr;
using Status = TlsSession::Status;
using Kind = TlsFailure::Kind;

constexpr std::string_view kBoth[] = {"h2", "http/1.1"};

/// Two ends of a connection, and what TLS makes of them.
class Pair {
 public:
  Pair() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets), 0);
    const int small = 8 * 1024;
    for (int socket : sockets)
      EXPECT_EQ(::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
  }
  ~Pair() {
    server.reset();
    client.reset();
    for (int& socket : sockets) close(socket);
  }
  static void close(int& socket) {
    if (socket >= 0) ::close(std::exchange(socket, -1));
  }

  /// Turns both sides until they are done or one failed.
  std::pair<Status, Status> shake_hands() {
    Status ours = Status::WantRead, theirs = Status::WantRead;
    const auto over = [](Status status) {
      return status == Status::Ok || status == Status::Failed;
    };
    for (int turns = 0; turns < 100 && !(over(ours) && over(theirs)); ++turns) {
      ours = client->handshake();
      theirs = server->handshake();
    }
    return {ours, theirs};
  }

  int sockets[2] = {-1, -1};
  std::unique_ptr<TlsSession> client, server;
};

TlsSession::Outcome send(TlsSession& session, std::string_view text) {
  const iovec part{const_cast<char*>(text.data()), text.size()};
  return session.write({&part, 1});
}

std::string receive(TlsSession& session, std::size_t size = 1 << 20) {
  std::string room(size, '\0');
  const auto [status, bytes] =
      session.read({reinterpret_cast<std::uint8_t*>(room.data()), room.size()});
  EXPECT_EQ(status, Status::Ok);
  room.resize(bytes);
  return room;
}

Status read_status(TlsSession& session) {
  std::uint8_t room[16];
  return session.read(room).status;
}

class TlsTest : public testing::Test {
 protected:
  void connect(Pair& pair, std::string_view host = "localhost",
               std::span<const std::string_view> protocols = kBoth) {
    auto served = ServerContext::load(certificate.certificate_path(), certificate.key_path());
    ASSERT_TRUE(served.ok()) << served.error().message();
    pair.server = (*served)->accept(pair.sockets[0]);
    auto context = ClientContext::create();
    ASSERT_TRUE(context.ok()) << context.error().message();
    auto client = (*context)->connect(pair.sockets[1], host, protocols);
    ASSERT_TRUE(client.ok()) << client.error().message();
    pair.client = std::move(*client);
  }
  void shake_hands(Pair& pair) {
    connect(pair);
    ASSERT_EQ(pair.shake_hands(), std::pair(Status::Ok, Status::Ok));
  }

  TestCertificate certificate{"DNS:localhost,DNS:*.favo.test,IP:127.0.0.1,IP:::1"};
  ScopedVariable trusted{"SSL_CERT_FILE", certificate.certificate_path()};
};

TEST_F(TlsTest, AgreesOnTheNewestVersionAndTheServersFavouriteProtocol) {
  Pair pair;
  shake_hands(pair);
  EXPECT_EQ(pair.client->version(), "TLSv1.3");
  EXPECT_EQ(pair.client->protocol(), "h2");
  EXPECT_EQ(pair.server->protocol(), "h2");
}

TEST_F(TlsTest, TakesAnyOfTheOfferedProtocols) {
  Pair old, silent;
  connect(old, "localhost", {{kBoth[1]}});
  EXPECT_EQ(old.shake_hands(), std::pair(Status::Ok, Status::Ok));
  EXPECT_EQ(old.server->protocol(), "http/1.1");
  connect(silent, "localhost", {});
  EXPECT_EQ(silent.shake_hands(), std::pair(Status::Ok, Status::Ok));
  EXPECT_EQ(silent.server->protocol(), "");
}

TEST_F(TlsTest, RefusesAClientThatSpeaksOnlyOtherProtocols) {
  Pair pair;
  constexpr std::string_view kOther[] = {"spdy/3"};
  connect(pair, "localhost", kOther);
  EXPECT_EQ(pair.shake_hands(), std::pair(Status::Failed, Status::Failed));
  EXPECT_EQ(pair.client->failure().kind, Kind::Alert);
  EXPECT_EQ(pair.client->failure().alert, 120);  // no_application_protocol
}

TEST_F(TlsTest, CarriesBytesBothWays) {
  Pair pair;
  shake_hands(pair);
  EXPECT_EQ(send(*pair.client, "question").bytes, 8u);
  EXPECT_EQ(receive(*pair.server), "question");
  EXPECT_EQ(send(*pair.server, "answer").bytes, 6u);
  EXPECT_EQ(receive(*pair.client), "answer");
  EXPECT_EQ(read_status(*pair.client), Status::WantRead);
}

TEST_F(TlsTest, SaysWhetherMoreIsThereBehindAFullRoom) {
  Pair pair;
  shake_hands(pair);
  EXPECT_EQ(send(*pair.client, "0123456789").status, Status::Ok);
  EXPECT_EQ(receive(*pair.server, 4), "0123");
  EXPECT_TRUE(pair.server->may_have_more());
  EXPECT_EQ(receive(*pair.server, 100), "456789");
  EXPECT_FALSE(pair.server->may_have_more());
}

TEST_F(TlsTest, FillsARoomFromSeveralRecords) {
  Pair pair;
  shake_hands(pair);
  for (const char* word : {"one ", "two ", "three"}) send(*pair.client, word);
  EXPECT_EQ(receive(*pair.server), "one two three");
}

TEST_F(TlsTest, SharesARecordAmongSmallParts) {
  Pair pair;
  shake_hands(pair);
  std::string words[] = {"head ", "", "body ", "tail"};
  std::vector<iovec> parts;
  for (std::string& word : words) parts.push_back({word.data(), word.size()});
  EXPECT_EQ(pair.client->write(parts).bytes, 14u);
  std::array<std::uint8_t, 64> record;
  // A record's head, an authentication tag and the content type: one record.
  EXPECT_EQ(::recv(pair.sockets[0], record.data(), record.size(), 0), 5 + 14 + 1 + 16);
}

TEST_F(TlsTest, SendsMuchThroughASmallSocket) {
  Pair pair;
  shake_hands(pair);
  std::string all(1'000'000, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i * 7 / 5);
  std::string received;
  std::size_t sent = 0, refusals = 0;
  std::vector<std::uint8_t> room(50'000);
  for (int turns = 0; turns < 100'000 && received.size() < all.size(); ++turns) {
    // The rest lies elsewhere each time, in two parts: as output buffers have it.
    std::string rest = all.substr(sent);
    const std::size_t half = std::min<std::size_t>(rest.size(), 3'000);
    const iovec parts[] = {{rest.data(), half}, {rest.data() + half, rest.size() - half}};
    if (!rest.empty()) {
      const auto [status, bytes] = pair.client->write(parts);
      ASSERT_NE(status, Status::Failed);
      refusals += status == Status::WantWrite;
      sent += bytes;
    }
    const auto [status, bytes] = pair.server->read(room);
    ASSERT_NE(status, Status::Failed);
    received.append(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(bytes));
  }
  EXPECT_TRUE(received == all);
}

TEST_F(TlsTest, TellsTheEndFromTruncation) {
  Pair ended, cut;
  shake_hands(ended);
  send(*ended.client, "last");
  ended.client->close_notify();
  EXPECT_EQ(receive(*ended.server), "last");
  EXPECT_TRUE(ended.server->may_have_more());
  EXPECT_EQ(read_status(*ended.server), Status::End);

  shake_hands(cut);
  EXPECT_EQ(read_status(*cut.client), Status::WantRead);  // unread bytes would reset the connection
  send(*cut.client, "last");
  Pair::close(cut.sockets[1]);
  EXPECT_EQ(receive(*cut.server), "last");
  EXPECT_EQ(read_status(*cut.server), Status::Failed);
  EXPECT_EQ(cut.server->failure().kind, Kind::Truncated);
  EXPECT_EQ(read_status(*cut.server), Status::Failed);
  EXPECT_EQ(send(*cut.server, "x").status, Status::Failed);
}

TEST_F(TlsTest, FailsWhenThePeerIsGone) {
  Pair pair;
  shake_hands(pair);
  Pair::close(pair.sockets[1]);
  EXPECT_EQ(send(*pair.server, "into the void").status, Status::Failed);  // and no SIGPIPE
  EXPECT_EQ(pair.server->failure().kind, Kind::Connection);
}

TEST_F(TlsTest, RefusesWhatIsNoTls) {
  Pair pair;
  connect(pair);
  ASSERT_GT(::send(pair.sockets[1], "GET / HTTP/1.1\r\n\r\n", 18, 0), 0);
  EXPECT_EQ(pair.server->handshake(), Status::Failed);
  EXPECT_EQ(pair.server->failure().kind, Kind::Protocol);
  EXPECT_THAT(pair.server->failure().message, HasSubstr("http request"));
}

TEST_F(TlsTest, ChecksWhomTheCertificateIsFor) {
  struct {
    std::string_view host;
    bool trusted;
  } cases[] = {
      {"localhost", true},  {"LOCALHOST", true},      {"localhost.", true},  {"a.favo.test", true},
      {"favo.test", false}, {"a.b.favo.test", false}, {"127.0.0.1", true},   {"127.0.0.2", false},
      {"::1", true},        {"::2", false},           {"other.test", false},
  };
  for (const auto& c : cases) {
    Pair pair;
    connect(pair, c.host);
    pair.shake_hands();
    EXPECT_EQ(pair.client->handshaken(), c.trusted) << c.host;
    if (c.trusted) continue;
    EXPECT_EQ(pair.client->failure().kind, Kind::Certificate) << c.host;
    EXPECT_THAT(pair.client->failure().message, HasSubstr("mismatch")) << c.host;
    EXPECT_EQ(pair.server->failure().kind, Kind::Alert) << c.host;
  }
}

TEST_F(TlsTest, TrustsNobodyUnknown) {
  const TestCertificate other;
  const ScopedVariable trusts_other("SSL_CERT_FILE", other.certificate_path());
  Pair pair;
  connect(pair);
  pair.shake_hands();
  EXPECT_EQ(pair.client->failure().kind, Kind::Certificate);
  EXPECT_THAT(pair.client->failure().message, HasSubstr("self-signed"));
}

TEST_F(TlsTest, RefusesHostsThatNoCertificateCanBeFor) {
  auto context = ClientContext::create();
  ASSERT_TRUE(context.ok());
  for (const std::string& host :
       {std::string(), std::string("."), std::string("a\0b", 3), std::string(300, 'a')}) {
    EXPECT_EQ((*context)->connect(-1, host, {}).error().code(), Code::InvalidArgument) << host;
  }
}

TEST_F(TlsTest, SaysWhatIsWrongWithTheFiles) {
  const TestCertificate other;
  const std::string good = certificate.certificate_path(), key = certificate.key_path();
  struct {
    std::string certificate, key, message;
    Code code;
  } cases[] = {
      {"/none.pem", key, "cannot read the certificate /none.pem: No such file", Code::NotFound},
      {good, "/none.pem", "cannot read the private key /none.pem: No such file", Code::NotFound},
      {"/", key, "cannot read the certificate /: Is a directory", Code::Io},
      {key, key, "no certificate in " + key, Code::InvalidArgument},
      {good, good, "no private key in " + good, Code::InvalidArgument},
      {good, other.key_path(), "does not belong to the certificate " + good, Code::InvalidArgument},
      {good, certificate.encrypted_key_path(), "is encrypted", Code::InvalidArgument},
  };
  for (const auto& c : cases) {
    auto loaded = ServerContext::load(c.certificate, c.key);
    ASSERT_FALSE(loaded.ok()) << c.message;
    EXPECT_EQ(loaded.error().code(), c.code) << c.message;
    EXPECT_THAT(loaded.error().message(), HasSubstr(c.message));
  }
}

TEST_F(TlsTest, RefusesADamagedChain) {
  std::ofstream(certificate.certificate_path(), std::ios::app)
      << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  auto loaded = ServerContext::load(certificate.certificate_path(), certificate.key_path());
  ASSERT_FALSE(loaded.ok());
  EXPECT_THAT(loaded.error().message(), HasSubstr("the chain in"));
}

TEST_F(TlsTest, SaysWhenTheTrustedRootsCannotBeRead) {
  const ScopedVariable missing("SSL_CERT_FILE", "/none.pem");
  auto context = ClientContext::create();
  ASSERT_FALSE(context.ok());
  EXPECT_THAT(context.error().message(), HasSubstr("SSL_CERT_FILE"));
  const ScopedVariable empty("SSL_CERT_FILE", "/dev/null");
  EXPECT_THAT(ClientContext::create().error().message(), HasSubstr("no certificate in /dev/null"));
}

TEST_F(TlsTest, KeepsASessionWhoseContextWasReplaced) {
  Pair pair;
  shake_hands(pair);  // the contexts are gone by now
  EXPECT_EQ(send(*pair.client, "still").bytes, 5u);
  EXPECT_EQ(receive(*pair.server), "still");
}

}  // namespace
}  // namespace favo::net
