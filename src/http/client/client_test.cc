#include "http/client/client.h"

#include <gtest/gtest.h>

#include "http/client/test_upstream.h"

namespace favo::http::client {
namespace {

using namespace std::chrono_literals;
using test::ClientTest;
using test::Peer;
using test::turn_until;
using test::Upstream;
using Kind = Failure::Kind;
using State = BodySource::State;

constexpr std::string_view kEmpty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

std::shared_ptr<Fields> fields(std::initializer_list<std::pair<const char*, const char*>> list) {
  auto fields = std::make_shared<Fields>();
  for (const auto& [name, value] : list) fields->add(name, value);
  return fields;
}

TEST_F(ClientTest, SendsARequestAndReadsItsResponse) {
  Request get = request();
  get.target = "/path?query";
  get.fields = fields({{"Accept", "*/*"},
                       {"Connection", "upgrade"},
                       {"Host", "evil.test"},
                       {"Content-Length", "7"}});
  auto exchange = send(std::move(get));
  EXPECT_EQ(exchange->progress(), Exchange::Progress::Underway);
  auto peer = upstream.accept();
  EXPECT_EQ(peer->take_head(), "GET /path?query HTTP/1.1\r\nHost: 127.0.0.1:" +
                                   std::to_string(upstream.port()) + "\r\nAccept: */*\r\n\r\n");
  peer->send("HTTP/1.1 201 Made\r\nA: 1\r\na: 2\r\nContent-Le");
  peer->send("ngth: 5\r\n\r\nhe");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(exchange->status(), 201);
  EXPECT_EQ(exchange->fields()->size(), 3u);
  EXPECT_EQ(*exchange->fields()->find("A"), "1");
  peer->send("llo");
  EXPECT_EQ(read(*exchange), "hello");
  EXPECT_TRUE(exchange->trailers().empty());
  EXPECT_EQ(client->idle_connections(), 1u);
}

TEST_F(ClientTest, UsesAConnectionAgain) {
  std::unique_ptr<Peer> peer;
  for (int i = 0; i < 3; ++i) {
    auto exchange = send(request());
    if (!peer) peer = upstream.accept();
    peer->take_head();
    EXPECT_EQ(client->idle_connections(), 0u);
    peer->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
    ASSERT_TRUE(answered(*exchange));
    EXPECT_EQ(read(*exchange), "hi");
    EXPECT_EQ(client->idle_connections(), 1u);
  }
  EXPECT_TRUE(upstream.quiet());
}

TEST_F(ClientTest, KeepsNoConnectionThatIsNotClean) {
  for (const std::string response :
       {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    auto exchange = send(request());
    auto peer = upstream.accept();
    peer->take_head();
    peer->send(response);
    ASSERT_TRUE(answered(*exchange));
    EXPECT_EQ(read(*exchange), "");
    EXPECT_EQ(client->idle_connections(), 0u) << response;
    EXPECT_TRUE(peer->wait_end());
  }
}

TEST_F(ClientTest, ReadsToTheConnectionsEnd) {
  auto exchange = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 200 OK\r\n\r\nall ");
  ASSERT_TRUE(answered(*exchange));
  peer->send("of it");
  peer->close();
  EXPECT_EQ(read(*exchange), "all of it");
}

TEST_F(ClientTest, ABodyThatIsThereAtOnceHasALength) {
  Request post = request("POST");
  post.has_body = true;
  auto exchange = send(std::move(post));
  exchange->write(as_bytes("hello"));
  exchange->finish(nullptr);
  auto peer = upstream.accept();
  EXPECT_NE(peer->take_head().find("\r\nContent-Length: 5\r\n\r\n"), std::string::npos);
  peer->take_through("hello");
  peer->send(kEmpty);
  EXPECT_TRUE(answered(*exchange));

  auto bodiless = send(request("POST"));
  EXPECT_NE(peer->take_head().find("\r\nContent-Length: 0\r\n\r\n"), std::string::npos);
}

TEST_F(ClientTest, StreamsABodyInChunksWithTrailers) {
  Request put = request("PUT");
  put.has_body = true;
  auto exchange = send(std::move(put));
  auto peer = upstream.accept();
  EXPECT_NE(peer->take_head().find("\r\nTransfer-Encoding: chunked\r\n\r\n"), std::string::npos);
  exchange->write(as_bytes("hello"));
  EXPECT_EQ(peer->take_through("hello\r\n"), "5\r\nhello\r\n");
  exchange->write(as_bytes("!"));
  const auto trailers = fields({{"Sum", "1"}, {"Host", "x"}});
  exchange->finish(trailers.get());
  EXPECT_EQ(peer->take_through("\r\n\r\n"), "1\r\n!\r\n0\r\nSum: 1\r\n\r\n");
  peer->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(read(*exchange), "x");
  EXPECT_EQ(*exchange->trailers().find("a"), "b");
  EXPECT_EQ(client->idle_connections(), 1u);
}

TEST_F(ClientTest, ADeclaredLengthIsSent) {
  Request put = request("PUT");
  put.has_body = true;
  put.content_length = 6;
  auto exchange = send(std::move(put));
  auto peer = upstream.accept();
  EXPECT_NE(peer->take_head().find("\r\nContent-Length: 6\r\n\r\n"), std::string::npos);
  exchange->write(as_bytes("abc"));
  peer->take_through("abc");
  exchange->write(as_bytes("def"));
  exchange->finish(nullptr);
  peer->take_through("def");
  peer->send(kEmpty);
  EXPECT_TRUE(answered(*exchange));
}

TEST_F(ClientTest, ASlowServerStopsTheWriter) {
  Request put = request("PUT");
  put.has_body = true;
  auto exchange = send(std::move(put));
  EXPECT_EQ(exchange->capacity(), Exchange::kMaxHeld);
  exchange->write(as_bytes(std::string(Exchange::kMaxHeld, 'x')));
  EXPECT_EQ(exchange->capacity(), 0u);  // until there is a connection
  bool woken = false;
  Waiter waiter([&] { woken = true; });
  exchange->writable().add(waiter);
  auto peer = upstream.accept();
  EXPECT_TRUE(turn_until(loop, [&] { return woken; }));

  std::size_t written = 0;
  for (int turns = 0; turns < 1000 && exchange->capacity() > 0; ++turns) {
    const std::size_t size = exchange->capacity();
    exchange->write(as_bytes(std::string(size, 'x')));
    written += size;
    loop.poll();
  }
  EXPECT_EQ(exchange->capacity(), 0u);
  woken = false;
  if (!waiter.waiting()) exchange->writable().add(waiter);
  EXPECT_TRUE(turn_until(loop, [&] { return peer->received(), woken; }));
  EXPECT_GT(exchange->capacity(), 0u);
  exchange->finish(nullptr);
  peer->take_through("\r\n0\r\n\r\n");
}

TEST_F(ClientTest, AReaderThatWaitsStopsTheServer) {
  auto exchange = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 200 OK\r\n\r\n");
  ASSERT_TRUE(answered(*exchange));
  const std::string block(64 * 1024, 'x');
  std::size_t sent = 0, idle = 0;
  while (idle < 20 && sent < (64u << 20)) {
    const std::size_t size = peer->send(block);
    sent += size;
    idle = size ? 0 : idle + 1;
    loop.poll();
  }
  EXPECT_LT(sent, 64u << 20);  // the kernel's buffers, and ours
  peer->finish_sending();
  EXPECT_EQ(read(*exchange).size(), sent);
}

TEST_F(ClientTest, PassesOverInterimResponses) {
  auto exchange = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 20");
  loop.poll();
  EXPECT_EQ(exchange->progress(), Exchange::Progress::Underway);
  peer->send("0 OK\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(exchange->fields()->size(), 1u);
  EXPECT_EQ(read(*exchange), "ok");
}

TEST_F(ClientTest, AnAnswerToHeadIsOverWithItsHead) {
  auto exchange = send(request("HEAD"));
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(read(*exchange), "");
  EXPECT_EQ(client->idle_connections(), 1u);
}

TEST_F(ClientTest, AResponseBeforeTheRequestsEndEndsIt) {
  Request put = request("PUT");
  put.has_body = true;
  auto exchange = send(std::move(put));
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_FALSE(exchange->closed());
  EXPECT_EQ(read(*exchange), "no");
  EXPECT_TRUE(exchange->closed());
  exchange->write(as_bytes("swallowed"));
  exchange->finish(nullptr);
  EXPECT_TRUE(peer->wait_end());
  EXPECT_EQ(client->idle_connections(), 0u);
}

// --- Connections that the server closed ------------------------------------------------------

struct ClientReuseTest : ClientTest {
  /// A connection in the pool.
  std::unique_ptr<Peer> idle_peer() {
    auto exchange = send(request());
    auto peer = upstream.accept();
    peer->take_head();
    peer->send(kEmpty);
    EXPECT_TRUE(answered(*exchange));
    EXPECT_EQ(client->idle_connections(), 1u);
    return peer;
  }
};

TEST_F(ClientReuseTest, AreForgottenWhileTheyAreIdle) {
  auto peer = idle_peer();
  peer->close();
  EXPECT_TRUE(turn_until(loop, [&] { return client->idle_connections() == 0; }));
  peer = idle_peer();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlie!!");  // for the next request
  EXPECT_TRUE(turn_until(loop, [&] { return client->idle_connections() == 0; }));
}

TEST_F(ClientReuseTest, AreReplacedOnceForWhatCanBeRepeated) {
  auto peer = idle_peer();
  auto exchange = send(request());
  peer->take_head();
  peer->close();
  auto second = upstream.accept();
  second->take_head();
  second->send(kEmpty);
  EXPECT_TRUE(answered(*exchange));

  auto again = send(request());
  second->take_head();
  second->close();
  upstream.accept()->take_head();
  EXPECT_EQ(failure(*again), Kind::ConnectionTerminated);
}

TEST_F(ClientReuseTest, FailWhatCannotBeRepeated) {
  auto peer = idle_peer();
  auto exchange = send(request("POST"));
  peer->take_head();
  peer->close();
  EXPECT_EQ(failure(*exchange), Kind::ConnectionTerminated);

  peer = idle_peer();
  Request put = request("PUT");
  put.has_body = true;
  exchange = send(std::move(put));
  exchange->write(as_bytes("x"));
  peer->take_through("x\r\n");
  peer->close();
  EXPECT_EQ(failure(*exchange), Kind::ConnectionTerminated);
  EXPECT_TRUE(upstream.quiet());
}

TEST_F(ClientReuseTest, AnAnswerThatCameBeforeTheQuestionIsNone) {
  auto peer = idle_peer();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlie!!");
  auto exchange = send(request("POST"));  // takes it from the pool before anybody looks
  for (int turns = 0; turns < 3; ++turns) loop.run_for(1ms);
  if (exchange->progress() == Exchange::Progress::Underway) {
    upstream.accept()->send("HTTP/1.1 204 No Content\r\n\r\n");
    ASSERT_TRUE(answered(*exchange));
    EXPECT_EQ(exchange->status(), 204);
  }
}

TEST_F(ClientReuseTest, AreKeptUpToALimit) {
  client.reset();
  limits.idle_per_origin = 2;
  client = std::make_unique<Client>(loop, resolver, nullptr, permits, limits);
  std::vector<std::shared_ptr<Exchange>> exchanges;
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 4; ++i) exchanges.push_back(send(request()));
  for (int i = 0; i < 4; ++i) {
    peers.push_back(upstream.accept());
    peers.back()->take_head();
    peers.back()->send(kEmpty);
  }
  for (auto& exchange : exchanges) EXPECT_TRUE(answered(*exchange));
  EXPECT_EQ(client->idle_connections(), 2u);
}

TEST_F(ClientReuseTest, AreClosedAfterAWhile) {
  client.reset();
  limits.idle_time = 0s;
  client = std::make_unique<Client>(loop, resolver, nullptr, permits, limits);
  auto exchange = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send(kEmpty);
  ASSERT_TRUE(answered(*exchange));
  EXPECT_TRUE(peer->wait_end());
  EXPECT_EQ(client->idle_connections(), 0u);
}

TEST_F(ClientReuseTest, AreClosedWhereOthersNeedTheirPlace) {
  std::vector<std::shared_ptr<Exchange>> exchanges;
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 8; ++i) {
    exchanges.push_back(send(request()));
    peers.push_back(upstream.accept());
  }
  EXPECT_EQ(failure(*send(request())), Kind::ConnectionLimit);
  peers[3]->send(kEmpty);
  EXPECT_TRUE(answered(*exchanges[3]));
  EXPECT_EQ(client->idle_connections(), 1u);
  Upstream other(loop);
  Request elsewhere = request();
  elsewhere.origin = origin("127.0.0.1", other.port());
  exchanges.push_back(send(std::move(elsewhere)));
  other.accept()->take_head();
  EXPECT_EQ(client->idle_connections(), 0u);
  EXPECT_TRUE(peers[3]->wait_end());
  exchanges.clear();
  EXPECT_EQ(permits->taken(), 0u);
}

// --- Giving up -------------------------------------------------------------------------------

TEST_F(ClientTest, WhoLeavesClosesTheConnection) {
  for (const std::string sent : {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"}) {
    auto exchange = send(request());
    auto peer = upstream.accept();
    peer->take_head();
    peer->send(sent);
    if (!sent.empty()) {
      EXPECT_TRUE(answered(*exchange));
    }
    exchange.reset();
    EXPECT_TRUE(peer->wait_end());
    EXPECT_EQ(client->idle_connections(), 0u);
  }
  auto exchange = send(request());  // while it connects
  exchange.reset();
  resolver.hold();
  Request named = request();
  named.origin = origin("a.test", upstream.port());
  grant("http://a.test:*");
  named.grants = grants;
  exchange = send(std::move(named));  // while it is looked up
  exchange.reset();
  resolver.answer_now();
  loop.poll();
}

TEST_F(ClientTest, AResponseThatIsThereCanBeLeftUnread) {
  auto exchange = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour");
  ASSERT_TRUE(answered(*exchange));
  exchange.reset();
  EXPECT_EQ(client->idle_connections(), 1u);
}

TEST_F(ClientTest, ABodyThatIsGivenUpLooksCutOff) {
  Request put = request("PUT");
  put.has_body = true;
  auto exchange = send(std::move(put));
  auto peer = upstream.accept();
  exchange->write(as_bytes("half"));
  peer->take_through("half");
  exchange->abort();
  EXPECT_EQ(failure(*exchange), Kind::RequestAborted);
  EXPECT_TRUE(peer->wait_end());
  EXPECT_EQ(peer->received().find("0\r\n\r\n"), std::string::npos);
}

// --- Failures --------------------------------------------------------------------------------

TEST_F(ClientTest, TellsHowAServerFails) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::pair<std::string, Kind> cases[] = {
      {"", Kind::ConnectionTerminated},
      {"HTTP/1.1 2", Kind::ResponseIncomplete},
      {"HTTP/1.1 100 Continue\r\n\r\n", Kind::ResponseIncomplete},
      {ok + "Content-Length: 5\r\n\r\nhalf", Kind::ResponseIncomplete},
      {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhalf", Kind::ResponseIncomplete},
      {ok + "Transfer-Encoding: chunked\r\n\r\nfive\r\n", Kind::Protocol},
      {ok + "Transfer-Encoding: gzip\r\n\r\n", Kind::TransferCoding},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", Kind::UpgradeFailed},
      {"SSH-2.0-OpenSSH_9\r\n", Kind::Protocol},
      {ok + "A: " + std::string(70'000, 'x'), Kind::ResponseHeadSize},
  };
  for (const auto& [sent, kind] : cases) {
    auto exchange = send(request());
    auto peer = upstream.accept();
    peer->take_head();
    peer->send(sent);
    peer->close();
    EXPECT_EQ(failure(*exchange), kind) << sent.substr(0, 60);
  }
  std::string interim;
  for (int i = 0; i < 20; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  auto exchange = send(request());
  upstream.accept()->send(interim);
  EXPECT_EQ(failure(*exchange), Kind::Protocol);
}

TEST_F(ClientTest, AResetIsNoOrderlyEnd) {
  auto exchange = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(read_some(*exchange), "half");
  peer->close(true);
  EXPECT_EQ(failure(*exchange), Kind::ResponseIncomplete);
}

TEST_F(ClientTest, WaitsAsLongAsItIsTold) {
  Request slow = request();
  slow.timeouts.first_byte = 1ms;
  auto exchange = send(std::move(slow));
  auto peer = upstream.accept();
  EXPECT_EQ(failure(*exchange), Kind::ReadTimeout);

  slow = request();
  slow.timeouts.first_byte = 50ms;
  exchange = send(std::move(slow));
  peer = upstream.accept();
  peer->send("HTTP/1.1 200 O");
  EXPECT_EQ(failure(*exchange), Kind::ResponseTimeout);

  slow = request();
  slow.timeouts.between_bytes = 1ms;
  exchange = send(std::move(slow));
  peer = upstream.accept();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhalf");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(failure(*exchange), Kind::ReadTimeout);

  slow = request("PUT");
  slow.has_body = true;
  slow.timeouts.between_bytes = 1ms;
  exchange = send(std::move(slow));
  peer = upstream.accept();
  for (int turns = 0; turns < 1000 && !exchange->closed(); ++turns) {
    if (const std::size_t room = exchange->capacity())
      exchange->write(as_bytes(std::string(room, 'x')));
    loop.run_for(1ms);
  }
  EXPECT_EQ(failure(*exchange), Kind::WriteTimeout);
}

TEST_F(ClientTest, ConnectsOrSaysWhyNot) {
  upstream.close();
  auto exchange = send(request());
  EXPECT_EQ(failure(*exchange), Kind::ConnectionRefused);

  grant("http://*.test");
  auto named = [&](const std::string& name) {
    Request get;
    get.origin = origin(name, 80);
    get.grants = grants;
    return get;
  };
  resolver.fail("b.test.test", net::Resolver::Failure::NotFound);
  resolver.fail("c.test", net::Resolver::Failure::Temporary);
  resolver.fail("d.test", net::Resolver::Failure::Permanent);
  exchange = send(named("b.test"));
  EXPECT_EQ(failure(*exchange), Kind::DnsError);
  EXPECT_EQ(exchange->reason().detail, "NXDOMAIN");
  exchange = send(named("c.test"));
  EXPECT_EQ(failure(*exchange), Kind::DnsTimeout);
  exchange = send(named("d.test"));
  EXPECT_EQ(failure(*exchange), Kind::DnsError);
  EXPECT_EQ(exchange->reason().detail, "SERVFAIL");

  resolver.hold();
  Request slow = named("e.test");
  slow.timeouts.connect = 1ms;
  exchange = send(std::move(slow));
  EXPECT_EQ(failure(*exchange), Kind::DnsTimeout);
}

// --- Addresses -------------------------------------------------------------------------------

struct ClientAddressTest : ClientTest {
  /// Granted by its name only.
  Request named() {
    Request get;
    get.origin = origin("a.test", upstream.port());
    get.grants = name_only;
    get.judged = [this](const policy::IpAddress& address, bool allowed) {
      if (!allowed) prohibited.push_back(address.print());
    };
    return get;
  }
  std::vector<policy::HttpGrant> name_only{*policy::HttpGrant::parse("http://a.test:*")};
  std::vector<policy::HttpGrant> name_and_range{*policy::HttpGrant::parse("http://a.test:*"),
                                                *policy::HttpGrant::parse("http://127.0.0.0/8:*")};
  std::vector<std::string> prohibited;
};

TEST_F(ClientAddressTest, ANameLeadsNowherePrivateUnlessTheRangeIsGranted) {
  resolver.add("a.test", {"127.0.0.1"});
  auto exchange = send(named());
  EXPECT_EQ(failure(*exchange), Kind::AddressProhibited);
  EXPECT_EQ(prohibited, (std::vector<std::string>{"127.0.0.1"}));
  EXPECT_TRUE(upstream.quiet());

  Request granted = named();
  granted.grants = name_and_range;
  exchange = send(std::move(granted));
  auto peer = upstream.accept();
  EXPECT_NE(peer->take_head().find("Host: a.test:"), std::string::npos);
  peer->send(kEmpty);
  EXPECT_TRUE(answered(*exchange));
  EXPECT_EQ(client->idle_connections(), 1u);

  // Nor by a connection that another component was allowed to make.
  exchange = send(named());
  EXPECT_EQ(failure(*exchange), Kind::AddressProhibited);
  EXPECT_EQ(client->idle_connections(), 1u);
}

TEST_F(ClientAddressTest, RebindingANameDoesNotHelp) {
  resolver.add("a.test", {"192.0.2.1"});
  resolver.add("a.test", {"127.0.0.1"});
  resolver.add("a.test", {"::ffff:127.0.0.1"});
  resolver.add("a.test", {"169.254.169.254"});
  resolver.add("a.test", {"::1", "fe80::1", "10.0.0.1", "0.0.0.0"});
  for (int i = 0; i < 5; ++i) {
    auto exchange = send(named());
    EXPECT_EQ(failure(*exchange), Kind::AddressProhibited);
  }
  EXPECT_EQ(prohibited, (std::vector<std::string>{"192.0.2.1", "127.0.0.1", "127.0.0.1",
                                                  "169.254.169.254", "::1"}));
  EXPECT_EQ(resolver.asked.size(), 5u);
  EXPECT_TRUE(upstream.quiet());
}

TEST_F(ClientAddressTest, TheNextAddressIsTriedAndOnlyThoseGranted) {
  resolver.add("a.test", {"10.255.255.1", "127.0.0.2", "127.0.0.1"});
  Request granted = named();
  granted.grants = name_and_range;
  auto exchange = send(std::move(granted));
  auto peer = upstream.accept();  // on 127.0.0.1 only
  peer->take_head();
  peer->send(kEmpty);
  EXPECT_TRUE(answered(*exchange));
  EXPECT_TRUE(prohibited.empty());
}

}  // namespace
}  // namespace favo::http::client
