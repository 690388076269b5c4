#include "policy/endpoint.h"

#include <gtest/gtest.h>

#include <vector>

#include "policy/grants.h"
#include "policy/http_grant.h"

namespace favo::policy {
namespace {

HostName name(std::string_view text) { return *HostName::parse(text); }
IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

TEST(HostName, IsComparedWithoutCaseAndFinalDot) {
  EXPECT_EQ(name("Example.COM."), name("example.com"));
  EXPECT_EQ(name("a_b.xn--bcher-kva.example").text(), "a_b.xn--bcher-kva.example");
  EXPECT_EQ(name("localhost").text(), "localhost");
  EXPECT_EQ(name("1.2.3.4.example").text(), "1.2.3.4.example");
  EXPECT_EQ(name(std::string(63, 'a') + ".b").text().size(), 65u);
}

TEST(HostName, IsNoAddressInDisguise) {
  for (const std::string_view text : {"",
                                      ".",
                                      "..",
                                      "a..b",
                                      ".a",
                                      "a..",
                                      "127.1",
                                      "2130706433",
                                      "0x7f000001",
                                      "0X7F.1",
                                      "1.2.3.4",
                                      "1.2.3.4.",
                                      "256.256.256.256",
                                      "a.1",
                                      "a.0x1",
                                      "a.0x",
                                      "-a",
                                      "a-",
                                      "a b",
                                      "a/b",
                                      "a:b",
                                      "a@b",
                                      "a%2eb",
                                      "*.a",
                                      "b\xc3\xbc"
                                      "cher.example",
                                      "[::1]",
                                      "::1"}) {
    EXPECT_FALSE(HostName::parse(text)) << text;
  }
  EXPECT_FALSE(HostName::parse(std::string(64, 'a')));
  EXPECT_FALSE(HostName::parse(std::string_view("a\0b", 3)));
  std::string long_name;
  for (int i = 0; i < 127; ++i) long_name += "a.";
  EXPECT_TRUE(HostName::parse(long_name));  // 253 without its dot
  EXPECT_FALSE(HostName::parse(long_name + "ab"));
}

TEST(Host, IsANameOrAnAddressInItsNotation) {
  EXPECT_EQ(parse_host("Example.com"), Host(name("example.com")));
  EXPECT_EQ(parse_host("10.0.0.1"), Host(ip("10.0.0.1")));
  EXPECT_EQ(parse_host("[::1]"), Host(ip("::1")));
  EXPECT_EQ(parse_host("[::ffff:10.0.0.1]"), Host(ip("10.0.0.1")));
  for (const std::string_view text : {"::1", "[10.0.0.1]", "[::1", "[]", "[v1.x]", "127.1", "a b"})
    EXPECT_FALSE(parse_host(text)) << text;
}

/// One line of the table in docs/capabilities.md.
struct Rule {
  std::string_view grant;
  std::vector<std::string_view> allowed, refused;
};

TEST(EndpointGrant, TableOfNames) {
  const Rule rules[] = {
      {"db.internal:5432",
       {"db.internal:5432", "DB.Internal.:5432"},
       {"db.internal:5433", "a.db.internal:5432", "internal:5432", "xdb.internal:5432"}},
      {"*.example.com:443",
       {"a.example.com:443", "a.b.example.com:443"},
       {"example.com:443", "xexample.com:443", "a.example.com:444", "example.com.evil.test:443"}},
      {"*:443", {"a.example:443", "localhost:443"}, {"a.example:80"}},
      {"*:*", {"a.example:1", "b.test:65535"}, {}},
      {"10.0.0.0/8:*", {}, {"a.example:80", "localhost:80"}},
      {"app.test:8000-8999",
       {"app.test:8000", "app.test:8999"},
       {"app.test:7999", "app.test:9000"}},
  };
  for (const Rule& rule : rules) {
    const auto grant = EndpointGrant::parse(rule.grant);
    ASSERT_TRUE(grant.ok()) << grant.error().message();
    EXPECT_EQ(grant->print(), rule.grant);
    auto allows = [&](std::string_view endpoint) {
      const std::size_t colon = endpoint.rfind(':');
      return grant->allows_name(name(endpoint.substr(0, colon)),
                                PortRange::parse(endpoint.substr(colon + 1))->first);
    };
    for (const std::string_view endpoint : rule.allowed)
      EXPECT_TRUE(allows(endpoint)) << rule.grant << " " << endpoint;
    for (const std::string_view endpoint : rule.refused)
      EXPECT_FALSE(allows(endpoint)) << rule.grant << " " << endpoint;
  }
}

TEST(EndpointGrant, TableOfAddresses) {
  const Rule rules[] = {
      {"10.0.0.0/8:5432", {"10.1.2.3", "::ffff:10.1.2.3"}, {"11.0.0.1", "fd00::1", "8.8.8.8"}},
      {"[fd00::/8]:5432", {"fd00::1"}, {"fe80::1", "10.0.0.1"}},
      {"127.0.0.1:5432", {"127.0.0.1"}, {"127.0.0.2", "::1"}},
      {"*:5432", {"8.8.8.8", "2606:4700::1111"}, {"10.0.0.1", "127.0.0.1", "::1", "fe80::1"}},
      {"db.internal:5432", {}, {"8.8.8.8", "10.0.0.1"}},
  };
  for (const Rule& rule : rules) {
    const EndpointGrant grant = *EndpointGrant::parse(rule.grant);
    EXPECT_EQ(grant.print(), rule.grant);
    for (const std::string_view address : rule.allowed) {
      EXPECT_TRUE(grant.allows_address(ip(address), 5432)) << rule.grant << " " << address;
      EXPECT_FALSE(grant.allows_address(ip(address), 80)) << rule.grant << " " << address;
    }
    for (const std::string_view address : rule.refused)
      EXPECT_FALSE(grant.allows_address(ip(address), 5432)) << rule.grant << " " << address;
  }
}

TEST(EndpointGrant, ANameLeadsToPublicAddressesOnlyUnlessTheirRangeIsGranted) {
  const HostName db = name("db.internal"), other = name("other.internal");
  std::vector<EndpointGrant> grants = {*EndpointGrant::parse("db.internal:5432")};
  EXPECT_TRUE(allows_connection(grants, &db, ip("8.8.8.8"), 5432));
  EXPECT_FALSE(allows_connection(grants, &db, ip("8.8.8.8"), 5433));
  EXPECT_FALSE(allows_connection(grants, &db, ip("10.0.0.1"), 5432));
  EXPECT_FALSE(allows_connection(grants, &db, ip("127.0.0.1"), 5432));
  EXPECT_FALSE(allows_connection(grants, nullptr, ip("8.8.8.8"), 5432));
  grants.push_back(*EndpointGrant::parse("10.0.0.0/8:5432"));
  EXPECT_TRUE(allows_connection(grants, &db, ip("10.0.0.1"), 5432));
  EXPECT_FALSE(allows_connection(grants, &db, ip("10.0.0.1"), 5433));
  EXPECT_FALSE(allows_connection(grants, &db, ip("127.0.0.1"), 5432));
  EXPECT_FALSE(allows_connection(grants, &other, ip("10.0.0.1"), 5432));
  EXPECT_TRUE(allows_connection(grants, nullptr, ip("10.0.0.1"), 5432));
  EXPECT_FALSE(allows_connection({}, &db, ip("8.8.8.8"), 5432));
}

TEST(EndpointGrant, SaysWhatWasExpected) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"example.com", "\"example.com\" has no port: expected HOST:PORT, as in example.com:443"},
      {"fd00::1:443", "\"fd00::1:443\": IPv6 needs brackets, as in [fd00::/8]:443"},
      {"a.*.com:443",
       "\"a.*.com:443\": host \"a.*.com\": a * stands alone or for all labels in front: "
       "*.example.com"},
      {"b\xc3\xbc"
       "cher.example:1",
       "\"b\xc3\xbc"
       "cher.example:1\": host \"b\xc3\xbc"
       "cher.example\": write an "
       "internationalized name as it is looked up: xn--…"},
      {"a b:1",
       "\"a b:1\": host \"a b\": expected a name, *.NAME, an address, a range as in 10.0.0.0/8, "
       "or *"},
      {"a:b", "\"a:b\": port \"b\": expected a number up to 65535, a range as in 8000-8999, or *"},
      {"127.1:80",
       "\"127.1:80\": address range \"127.1\": expected an address or a range, as in 10.0.0.0/8, "
       "192.0.2.1 or fd00::/8"},
  };
  for (const auto& [text, message] : cases) {
    const auto grant = EndpointGrant::parse(text);
    ASSERT_FALSE(grant.ok()) << text;
    EXPECT_EQ(grant.error().message(), message);
  }
  for (const std::string_view text : {"", ":", ":80", "a:", "*", "**:1", "*a:1", "*.:1", "[::1]"})
    EXPECT_FALSE(EndpointGrant::parse(text).ok()) << text;
}

TEST(EndpointGrant, CanBeNarrowedAndNotWidened) {
  auto covers = [](std::string_view wide, std::string_view narrow) {
    return EndpointGrant::parse(wide)->covers(*EndpointGrant::parse(narrow));
  };
  EXPECT_TRUE(covers("*:*", "example.com:443"));
  EXPECT_TRUE(covers("*:*", "8.8.8.8:53"));
  EXPECT_TRUE(covers("*.example.com:*", "*.a.example.com:1-2"));
  EXPECT_TRUE(covers("*.example.com:443", "a.example.com:443"));
  EXPECT_TRUE(covers("10.0.0.0/8:*", "10.1.0.0/16:80"));
  EXPECT_FALSE(covers("*:*", "127.0.0.1:80"));
  EXPECT_FALSE(covers("*:*", "0.0.0.0/0:80"));
  EXPECT_FALSE(covers("*.example.com:443", "example.com:443"));
  EXPECT_FALSE(covers("*.a.example.com:443", "*.example.com:443"));
  EXPECT_FALSE(covers("example.com:443", "*:443"));
  EXPECT_FALSE(covers("example.com:443", "example.com:*"));
  EXPECT_FALSE(covers("10.1.0.0/16:80", "10.0.0.0/8:80"));
}

// --- HTTP ------------------------------------------------------------------------------------

/// `https://host[:port]`, as a guest's request names it.
Origin origin(std::string_view url) {
  Origin origin;
  origin.secure = url.starts_with("https:");
  url.remove_prefix(origin.secure ? 8 : 7);
  const std::size_t colon = url.find(':', url.starts_with('[') ? url.find(']') : 0);
  origin.host = *parse_host(url.substr(0, colon));
  origin.port = colon == url.npos ? default_port(origin.secure)
                                  : PortRange::parse(url.substr(colon + 1))->first;
  return origin;
}

TEST(HttpGrant, TableOfRequests) {
  const Rule rules[] = {
      {"https://api.example.com",
       {"https://api.example.com", "https://API.example.com.", "https://api.example.com:443"},
       {"http://api.example.com", "https://api.example.com:8443", "http://api.example.com:443",
        "https://example.com", "https://a.api.example.com"}},
      {"http://*.internal:8080",
       {"http://a.internal:8080", "http://a.b.internal:8080"},
       {"http://internal:8080", "http://a.internal", "https://a.internal:8080"}},
      {"https://*.example.com:8443",
       {"https://a.example.com:8443"},
       {"https://a.example.com", "https://a.example.com.evil.test:8443"}},
      {"http://10.0.0.0/8:*",
       {"http://10.1.2.3", "http://10.1.2.3:99"},
       {"https://10.1.2.3", "http://11.0.0.1", "http://svc.internal"}},
      {"http://[fd00::/8]:8000-8999",
       {"http://[fd00::1]:8500"},
       {"http://[fd00::1]", "http://[::1]:8500"}},
      {"https://*",
       {"https://a.test", "https://8.8.8.8"},
       {"https://a.test:8443", "http://a.test", "https://127.0.0.1", "https://[::1]"}},
      {"*",
       {"https://a.test", "http://a.test", "https://a.test:8443", "http://8.8.8.8:1"},
       {"http://127.0.0.1", "http://169.254.169.254", "http://[::ffff:127.0.0.1]"}},
      {"http://127.0.0.1:8080",
       {"http://127.0.0.1:8080"},
       {"http://127.0.0.1", "http://localhost:8080"}},
  };
  for (const Rule& rule : rules) {
    const auto grant = HttpGrant::parse(rule.grant);
    ASSERT_TRUE(grant.ok()) << grant.error().message();
    EXPECT_EQ(grant->print(), rule.grant);
    const std::vector<HttpGrant> grants = {*grant};
    for (const std::string_view url : rule.allowed)
      EXPECT_TRUE(allows_request(grants, origin(url))) << rule.grant << " " << url;
    for (const std::string_view url : rule.refused)
      EXPECT_FALSE(allows_request(grants, origin(url))) << rule.grant << " " << url;
  }
}

TEST(HttpGrant, ANameLeadsToPublicAddressesOnlyUnlessTheirRangeIsGranted) {
  std::vector<HttpGrant> grants = {*HttpGrant::parse("http://svc.internal")};
  const Origin svc = origin("http://svc.internal");
  EXPECT_TRUE(allows_connection(grants, svc, ip("8.8.8.8")));
  EXPECT_FALSE(allows_connection(grants, svc, ip("10.0.0.1")));
  EXPECT_FALSE(allows_connection(grants, svc, ip("::1")));
  grants.push_back(*HttpGrant::parse("http://10.0.0.0/8"));
  EXPECT_TRUE(allows_connection(grants, svc, ip("10.0.0.1")));
  EXPECT_FALSE(allows_connection(grants, svc, ip("127.0.0.1")));
  EXPECT_FALSE(allows_connection(grants, origin("http://other.internal"), ip("10.0.0.1")));
  EXPECT_FALSE(allows_connection(grants, origin("https://svc.internal"), ip("8.8.8.8")));
  grants = {*HttpGrant::parse("*")};
  EXPECT_FALSE(allows_connection(grants, svc, ip("10.0.0.1")));
  EXPECT_TRUE(allows_connection(grants, svc, ip("8.8.8.8")));
  grants = {*HttpGrant::parse("http://8.8.8.0/24")};
  EXPECT_FALSE(allows_connection(grants, origin("http://9.9.9.9"), ip("9.9.9.9")));
  EXPECT_TRUE(allows_connection(grants, origin("http://8.8.8.8"), ip("8.8.8.8")));
}

TEST(HttpGrant, OfAnyPublicServerSpeaksOfNone) {
  const auto by_name = [](const char* grant, const char* url) {
    return allows_by_name(std::vector{*HttpGrant::parse(grant)}, origin(url));
  };
  EXPECT_TRUE(by_name("http://shop.localhost", "http://shop.localhost"));
  EXPECT_TRUE(by_name("https://*.localhost", "https://shop.localhost"));
  EXPECT_FALSE(by_name("http://shop.localhost", "https://shop.localhost"));
  EXPECT_FALSE(by_name("http://shop.localhost", "http://shop.localhost:81"));
  EXPECT_FALSE(by_name("http://shop.localhost", "http://blog.localhost"));
  EXPECT_FALSE(by_name("*", "http://shop.localhost"));
  EXPECT_FALSE(by_name("http://*:*", "http://shop.localhost"));
  EXPECT_FALSE(by_name("http://10.0.0.1", "http://10.0.0.1"));
}

TEST(HttpGrant, SaysWhatWasExpected) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"api.example.com",
       "outbound HTTP \"api.example.com\": expected a URL of a server; did you mean "
       "https://api.example.com?"},
      {"ftp://a.test", "outbound HTTP \"ftp://a.test\": the scheme must be http or https"},
      {"https://a.test/v1",
       "outbound HTTP \"https://a.test/v1\": a grant is for a whole server, without a path, as in "
       "https://api.example.com"},
      {"https://u@a.test",
       "outbound HTTP \"https://u@a.test\": a user name does not belong to a server"},
      {"http://fd00::1",
       "outbound HTTP \"http://fd00::1\": IPv6 needs brackets, as in https://[fd00::/8]:8443"},
  };
  for (const auto& [text, message] : cases) {
    const auto grant = HttpGrant::parse(text);
    ASSERT_FALSE(grant.ok()) << text;
    EXPECT_EQ(grant.error().message(), message);
  }
  for (const std::string_view text :
       {"", "https://", "https://a.test/", "https://a.test:", "https://a.test:443/",
        "https://[::1]/", "http://10.0.0.0/8/x", "http://10.0.0.1/x", "https://a.test?q",
        "https://a.test#f", "*:443", "*://a.test", "HTTPS://a.test:x", "https://127.1"}) {
    EXPECT_FALSE(HttpGrant::parse(text).ok()) << text;
  }
}

TEST(HttpGrant, CanBeNarrowedAndNotWidened) {
  auto covers = [](std::string_view wide, std::string_view narrow) {
    return HttpGrant::parse(wide)->covers(*HttpGrant::parse(narrow));
  };
  EXPECT_TRUE(covers("*", "https://a.test:8443"));
  EXPECT_TRUE(covers("https://*.a.test", "https://b.a.test"));
  EXPECT_FALSE(covers("https://*", "http://a.test:443"));
  EXPECT_FALSE(covers("https://a.test", "*"));
  EXPECT_FALSE(covers("*", "http://127.0.0.1"));
}

TEST(Origin, PrintsTheGrantForItself) {
  for (const std::string_view url :
       {"https://a.test", "http://a.test:8080", "http://127.0.0.1:1", "https://[::1]"}) {
    EXPECT_EQ(origin(url).print(), url);
    EXPECT_TRUE(allows_request(std::vector{*HttpGrant::parse(url)}, origin(url))) << url;
  }
}

TEST(Listening, IsForAddressesOfThisMachine) {
  const auto allows = [](std::string_view grant, std::string_view address, std::uint16_t port) {
    return allows_listening(std::vector{*EndpointGrant::parse(grant)}, *IpAddress::parse(address),
                            port);
  };
  EXPECT_TRUE(allows("127.0.0.1:8080", "127.0.0.1", 8080));
  EXPECT_FALSE(allows("127.0.0.1:8080", "127.0.0.1", 8081));
  EXPECT_FALSE(allows("127.0.0.1:8080", "127.0.0.1", 0));
  EXPECT_FALSE(allows("127.0.0.1:8080", "0.0.0.0", 8080));
  EXPECT_TRUE(allows("127.0.0.1:0", "127.0.0.1", 0));
  EXPECT_TRUE(allows("127.0.0.1:*", "127.0.0.1", 0));
  EXPECT_TRUE(allows("0.0.0.0:8080", "0.0.0.0", 8080));
  EXPECT_TRUE(allows("0.0.0.0:8080", "192.168.0.7", 8080));
  EXPECT_FALSE(allows("0.0.0.0:8080", "::", 8080));
  EXPECT_FALSE(allows("0.0.0.0:8080", "::1", 8080));
  EXPECT_TRUE(allows("[::]:8080", "::1", 8080));
  EXPECT_TRUE(allows("*:8080", "0.0.0.0", 8080));
  EXPECT_TRUE(allows("*:8080", "::", 8080));
  EXPECT_TRUE(allows("*:8000-8999", "10.0.0.1", 8080));
  EXPECT_TRUE(allows("10.0.0.0/8:80", "10.1.2.3", 80));
}

TEST(Grants, TakeNetworks) {
  Grants grants;
  ASSERT_TRUE(grants.add_http("https://a.test").ok());
  ASSERT_TRUE(grants.add_http("https://A.test:443").ok());
  ASSERT_TRUE(grants.add_tcp("db.internal:5432").ok());
  ASSERT_TRUE(grants.add_udp("8.8.8.8:53").ok());
  ASSERT_TRUE(grants.add_listen_socket("127.0.0.1:8080").ok());
  EXPECT_EQ(grants.http.size(), 1u);
  EXPECT_EQ(grants.tcp.size() + grants.udp.size() + grants.listen_sockets.size(), 3u);
  EXPECT_FALSE(grants.add_tcp("nothing").ok());
  EXPECT_FALSE(grants.add_listen_socket("example.com:80").ok());
}

}  // namespace
}  // namespace favo::policy
