#include <gtest/gtest.h>

#include "http/client/client.h"
#include "http/client/test_upstream.h"

namespace favo::http::client {
namespace {

using namespace std::chrono_literals;
using test::ClientTest;
using test::kEmpty;
using Kind = Failure::Kind;

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
    get.judged = [this](const policy::IpAddress* address, bool allowed) {
      if (!allowed) prohibited.push_back(address->print());
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
