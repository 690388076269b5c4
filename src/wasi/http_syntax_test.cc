#include "wasi/http_syntax.h"

#include <gtest/gtest.h>

namespace favo::wasi {
namespace {

TEST(HttpSyntax, SchemesFollowRfc3986) {
  for (const char* good : {"http", "h", "coap+tcp", "a1.b-c"}) EXPECT_TRUE(is_scheme(good)) << good;
  for (const char* bad : {"", "1http", "ht tp", "http:", "-a", "é"})
    EXPECT_FALSE(is_scheme(bad)) << bad;
}

TEST(HttpSyntax, AuthoritiesHaveAHostAndPerhapsAPort) {
  for (const char* good : {"example.com", "example.com:80", "127.0.0.1:8080", "[::1]", "[::1]:443",
                           "user:pass@example.com", "a%20b", "localhost:65535"}) {
    EXPECT_TRUE(is_authority(good)) << good;
  }
  for (const char* bad : {"", ":80", "example.com:", "example.com:65536", "example.com:+1",
                          "example.com:http", "a/b", "a b", "[::1", "[nonsense]", "[::1]x", "a%2",
                          "a%zz", "x@y@z", "example.com:80:90", "a?b", "a#b"}) {
    EXPECT_FALSE(is_authority(bad)) << bad;
  }
  EXPECT_FALSE(is_authority(std::string_view("[::1\0\r\nx-injected: 1]:80", 24)));
}

TEST(HttpSyntax, PathsBeginWithASlashOrAQuery) {
  for (const char* good : {"", "*", "/", "/a/b?c=d", "?q", "/a%20b", "/a|b^{c}"}) {
    EXPECT_TRUE(is_path_with_query(good)) << good;
  }
  for (const char* bad :
       {"a", "/a b", "/a\r\nHost: evil", "/a#fragment", "/<", "/\x7f", "/é", "**"}) {
    EXPECT_FALSE(is_path_with_query(bad)) << bad;
  }
}

}  // namespace
}  // namespace favo::wasi
