#include "wasi/sockets_access.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "telemetry/audit.h"
#include "wasi/sockets_name_lookup.h"
#include "wasi/sockets_test_support.h"

namespace favo::wasi::sockets {
namespace {

constexpr Function kTest{"wasi:sockets/test", "test"};

struct Accesses : testing::Test, GrantedSockets {
  bool reaches(std::string_view address, std::uint16_t port) {
    return access().reaches(Protocol::Tcp, *policy::IpAddress::parse(address), port);
  }
  /// What a lookup gives, as text; or its error.
  std::string look_up(std::string_view name) {
    auto stream = ResolveAddressStream::resolve(access(), name);
    if (!stream) return std::string("refused ") + std::to_string(code(stream));
    if (!(*stream)->ready()) {
      EXPECT_CODE((*stream)->next(), WouldBlock);
      turn_until([&] { return (*stream)->ready(); });
    }
    std::string text;
    while (true) {
      const auto next = (*stream)->next();
      if (!next) return text + "error " + std::to_string(code(next));
      if (!*next) return text;
      const auto& address = **next;
      text += (address.index() == 0 ? print(policy_address(v4(address.get<0>(), 0)), 0)
                                    : print(policy_address(v6(address.get<1>(), 0)), 0)) +
              " ";
    }
  }
  static std::string error_text(std::string_view what, ErrorCode code) {
    return std::string(what) + " " + std::to_string(static_cast<int>(code));
  }
};

TEST_F(Accesses, WithoutGrantsThereAreNoSockets) {
  EXPECT_FALSE(access().may_open(Protocol::Tcp, kTest));
  EXPECT_FALSE(access().may_open(Protocol::Udp, kTest));
  udp("192.0.2.1:53");
  EXPECT_FALSE(access().may_open(Protocol::Tcp, kTest));
  EXPECT_TRUE(access().may_open(Protocol::Udp, kTest));
  guest.config.others = {};
  listen("127.0.0.1:8080");
  EXPECT_TRUE(access().may_open(Protocol::Tcp, kTest));
  EXPECT_TRUE(access().may_open(Protocol::Udp, kTest));
}

TEST_F(Accesses, BindingIsListeningUnlessThePortIsAnyOne) {
  const auto family = IpAddressFamily::Ipv4;
  EXPECT_FALSE(access().may_bind(Protocol::Tcp, loopback(family, 0), kTest));
  tcp("192.0.2.1:80");
  EXPECT_TRUE(access().may_bind(Protocol::Tcp, loopback(family, 0), kTest));
  EXPECT_FALSE(access().may_bind(Protocol::Udp, loopback(family, 0), kTest));
  EXPECT_FALSE(access().may_bind(Protocol::Tcp, loopback(family, 8080), kTest));
  EXPECT_FALSE(access().may_listen(loopback(family, 0)));
  listen("127.0.0.1:8080");
  EXPECT_TRUE(access().may_bind(Protocol::Tcp, loopback(family, 8080), kTest));
  EXPECT_TRUE(access().may_bind(Protocol::Udp, loopback(family, 8080), kTest));
  EXPECT_FALSE(access().may_bind(Protocol::Tcp, unspecified(family, 8080), kTest));
}

TEST_F(Accesses, AddressesInWordsNeedNoLookup) {
  EXPECT_EQ(look_up("127.0.0.1"), "127.0.0.1:0 ");
  EXPECT_EQ(look_up("0.0.0.0"), "0.0.0.0:0 ");
  EXPECT_EQ(look_up("[::1]"), "[::1]:0 ");
  EXPECT_EQ(look_up("DEAD:BEEF::0"), "[dead:beef::]:0 ");
  EXPECT_EQ(look_up("::ffff:192.0.2.1"), "192.0.2.1:0 ");
  EXPECT_TRUE(names->asked.empty());
}

TEST_F(Accesses, WhatIsNoNameIsAnArgument) {
  tcp("*:*");
  for (const std::string_view name :
       {"", " ", "a.b<&>", "127.0.0.1:80", "[::]:80", "[::1", "http://example.com/", "127.1",
        "0x7f000001", "2130706433", "a..b", "-a.example", "１２７.1"}) {
    EXPECT_EQ(look_up(name), error_text("refused", ErrorCode::InvalidArgument)) << name;
  }
  EXPECT_EQ(look_up(std::string(300, 'a')), error_text("refused", ErrorCode::InvalidArgument));
  EXPECT_TRUE(names->asked.empty());
}

TEST_F(Accesses, OnlyGrantedNamesAreLookedUp) {
  names->add("db.example", {"203.0.112.7", "2606:4700::1"});
  EXPECT_EQ(look_up("db.example"), error_text("refused", ErrorCode::AccessDenied));
  tcp("*.example:5432");
  EXPECT_EQ(look_up("example"), error_text("refused", ErrorCode::AccessDenied));
  EXPECT_TRUE(names->asked.empty());
  EXPECT_EQ(look_up("DB.example."), "203.0.112.7:0 [2606:4700::1]:0 ");
  EXPECT_EQ(names->asked, std::vector<std::string>{"db.example"});
}

TEST_F(Accesses, NamesOutsideOfAsciiAreConverted) {
  names->add("xn--mnchen-3ya.example", {"203.0.112.7"});
  udp("xn--mnchen-3ya.example:53");
  EXPECT_EQ(look_up("MÜNCHEN.example"), "203.0.112.7:0 ");
}

TEST_F(Accesses, ANameLeadsToItsAddressesAtItsPort) {
  names->add("db.example", {"203.0.112.7"});
  tcp("db.example:5432");
  EXPECT_FALSE(reaches("203.0.112.7", 5432));
  look_up("db.example");
  EXPECT_TRUE(reaches("203.0.112.7", 5432));
  EXPECT_FALSE(reaches("203.0.112.7", 5433));
  EXPECT_FALSE(reaches("203.0.112.8", 5432));
  EXPECT_FALSE(access().reaches(Protocol::Udp, *policy::IpAddress::parse("203.0.112.7"), 5432));
  // What one instance has learned, another has not.
  Context other(guest.loop, guest.config, guest.clock, guest.random);
  EXPECT_FALSE(
      other.access(0).reaches(Protocol::Tcp, *policy::IpAddress::parse("203.0.112.7"), 5432));
}

TEST_F(Accesses, ANameDoesNotLeadInside) {
  names->add("evil.example", {"127.0.0.1", "169.254.169.254", "203.0.112.7", "fd00::1"});
  names->add("inside.example", {"10.0.0.1"});
  tcp("*:80");
  EXPECT_EQ(look_up("evil.example"), "203.0.112.7:0 ");
  EXPECT_FALSE(reaches("127.0.0.1", 80));
  EXPECT_EQ(look_up("inside.example"), error_text("error", ErrorCode::AccessDenied));
  tcp("10.0.0.0/8:5432");
  EXPECT_EQ(look_up("inside.example"), "10.0.0.1:0 ");
  EXPECT_TRUE(reaches("10.0.0.1", 5432));
  EXPECT_FALSE(reaches("10.0.0.1", 80));
}

TEST_F(Accesses, ARebindingNameGainsNothing) {
  names->add("evil.example", {"203.0.112.7"});
  names->add("evil.example", {"127.0.0.1"});
  tcp("evil.example:80");
  EXPECT_EQ(look_up("evil.example"), "203.0.112.7:0 ");
  EXPECT_EQ(look_up("evil.example"), error_text("error", ErrorCode::AccessDenied));
  EXPECT_FALSE(reaches("127.0.0.1", 80));
}

TEST_F(Accesses, FailedLookupsAreTold) {
  using Failure = net::Resolver::Failure;
  tcp("*:80");
  const std::pair<Failure, ErrorCode> cases[] = {
      {Failure::NotFound, ErrorCode::NameUnresolvable},
      {Failure::NoAddress, ErrorCode::NameUnresolvable},
      {Failure::Temporary, ErrorCode::TemporaryResolverFailure},
      {Failure::Overloaded, ErrorCode::TemporaryResolverFailure},
      {Failure::Permanent, ErrorCode::PermanentResolverFailure}};
  for (const auto& [failure, code] : cases) {
    const std::string name = "n" + std::to_string(static_cast<int>(failure)) + ".example";
    names->fail(name, failure);
    EXPECT_EQ(look_up(name), error_text("error", code));
  }
}

TEST_F(Accesses, ALookupMayBeDropped) {
  names->add("db.example", {"203.0.112.7"});
  tcp("*.example:80");
  names->hold();
  auto stream = std::move(ResolveAddressStream::resolve(access(), "db.example").value());
  const auto pollable = stream->subscribe();
  EXPECT_FALSE(pollable->ready());
  stream.reset();
  EXPECT_TRUE(pollable->ready());
  names->answer_now();
  EXPECT_FALSE(reaches("203.0.112.7", 80));
}

TEST_F(Accesses, TheAuditHearsOfIt) {
  const auto audit = std::make_shared<telemetry::Audit>(telemetry::Audit::Scope::Explanation);
  guest.config.audit = audit;
  const auto told = [](const std::vector<telemetry::Audit::Entry>& entries) {
    std::string text;
    for (const auto& entry : entries)
      text +=
          entry.function + " " + entry.target + " " + entry.grant + (entry.exact ? "\n" : " ?\n");
    return text;
  };
  const auto v4_remote = v4({10, 0, 0, 1}, 5432);
  const auto v6_local = loopback(IpAddressFamily::Ipv6, 8080);
  access().may_open(Protocol::Udp, kTest);
  access().may_reach(Protocol::Tcp, v4_remote, kTest);
  access().may_bind(Protocol::Udp, v6_local, kTest);
  access().may_resolve(*policy::HostName::parse("db.example"), kTest);
  EXPECT_EQ(told(audit->refused_uses()),
            "test 10.0.0.1:5432 --tcp 10.0.0.1:5432\n"
            "test [::1]:8080 --listen-socket '[::1]:8080'\n"
            "test any UDP socket --udp HOST:PORT ?\n"
            "test db.example --tcp db.example:PORT ?\n");
  tcp("10.0.0.0/8:*");
  tcp("db.example:5432");
  listen("[::1]:8080");
  access().may_bind(Protocol::Udp, v6_local, kTest);
  names->add("db.example", {"10.0.0.1"});
  look_up("db.example");
  access().may_reach(Protocol::Tcp, v4_remote, kTest);
  // The one leads to the other, and neither is enough.
  EXPECT_EQ(told(audit->granted_uses()),
            "test 10.0.0.1:5432 --tcp 10.0.0.1:5432\n"
            "test [::1]:8080 --listen-socket '[::1]:8080'\n"
            "test db.example:5432 --tcp db.example:5432\n");
}

TEST_F(Accesses, RemembersSoManyAddresses) {
  tcp("*.example:80");
  const auto name = *policy::HostName::parse("a.example");
  for (std::size_t i = 0; i <= Access::kMostKnown; ++i) {
    net::Resolver::Addresses one = {policy::IpAddress::v4(
        {203, 0, static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i)})};
    access().learn(name, one, kTest);
  }
  EXPECT_FALSE(reaches("203.0.0.0", 80));
  EXPECT_TRUE(reaches("203.0.0.1", 80));
  EXPECT_TRUE(reaches("203.0.1.0", 80));
}

}  // namespace
}  // namespace favo::wasi::sockets
