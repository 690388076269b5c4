#include "app/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/test_allocations.h"

namespace favo::app {
namespace {

using ::testing::HasSubstr;

RouteTable table(const std::vector<std::pair<std::string, std::string>>& patterns) {
  std::vector<Route> routes;
  for (const auto& [host, path] : patterns)
    routes.push_back({host, path, routes.size(), "favo.toml:" + std::to_string(routes.size() + 1)});
  auto made = RouteTable::create(routes);
  if (!made) {
    ADD_FAILURE() << made.error().message();
    return {};
  }
  return std::move(*made);
}

std::string refusal(const std::vector<std::pair<std::string, std::string>>& patterns) {
  std::vector<Route> routes;
  for (const auto& [host, path] : patterns)
    routes.push_back({host, path, 0, "favo.toml:" + std::to_string(routes.size() + 1)});
  const auto made = RouteTable::create(routes);
  return made ? std::string() : made.error().message();
}

TEST(Routes, ALiteralTakesItselfAlone) {
  const RouteTable routes = table({{"", "/about"}});
  EXPECT_EQ(routes.find("", "/about"), 0u);
  EXPECT_EQ(routes.find("", "/about?page=2"), 0u);
  EXPECT_EQ(routes.find("", "/about/"), std::nullopt);
  EXPECT_EQ(routes.find("", "/about/us"), std::nullopt);
  EXPECT_EQ(routes.find("", "/abou"), std::nullopt);
  EXPECT_EQ(routes.find("", "/"), std::nullopt);
}

TEST(Routes, TheRootIsAPath) {
  const RouteTable routes = table({{"", "/"}});
  EXPECT_EQ(routes.find("", "/"), 0u);
  EXPECT_EQ(routes.find("", "/?a"), 0u);
  EXPECT_EQ(routes.find("", "/a"), std::nullopt);
}

TEST(Routes, TheRestIsThePathItselfAndAllBelow) {
  const RouteTable routes = table({{"", "/api/..."}});
  EXPECT_EQ(routes.find("", "/api"), 0u);
  EXPECT_EQ(routes.find("", "/api/"), 0u);
  EXPECT_EQ(routes.find("", "/api/a/b"), 0u);
  EXPECT_EQ(routes.find("", "/apis"), std::nullopt);
}

TEST(Routes, AParameterIsOneSegmentThatIsNotEmpty) {
  const RouteTable routes = table({{"", "/users/:id/photo"}});
  EXPECT_EQ(routes.find("", "/users/7/photo"), 0u);
  EXPECT_EQ(routes.find("", "/users//photo"), std::nullopt);
  EXPECT_EQ(routes.find("", "/users/7/8/photo"), std::nullopt);
  EXPECT_EQ(routes.find("", "/users/7"), std::nullopt);
}

TEST(Routes, TheMostSpecificWinsFromTheLeft) {
  const RouteTable routes = table({{"", "/..."},
                                   {"", "/users/..."},
                                   {"", "/users/:id"},
                                   {"", "/users/me"},
                                   {"", "/users/:id/photo"},
                                   {"", "/users/me/..."}});
  EXPECT_EQ(routes.find("", "/x"), 0u);
  EXPECT_EQ(routes.find("", "/users"), 1u);
  EXPECT_EQ(routes.find("", "/users/7"), 2u);
  EXPECT_EQ(routes.find("", "/users/me"), 3u);
  EXPECT_EQ(routes.find("", "/users/7/photo"), 4u);
  EXPECT_EQ(routes.find("", "/users/7/films"), 1u);
  EXPECT_EQ(routes.find("", "/users/me/photo"), 5u);
}

TEST(Routes, WhatDoesNotFitFurtherOnIsTakenBack) {
  const RouteTable routes = table({{"", "/a/b/c"}, {"", "/a/:x/d"}, {"", "/:y/b/e"}});
  EXPECT_EQ(routes.find("", "/a/b/c"), 0u);
  EXPECT_EQ(routes.find("", "/a/b/d"), 1u);
  EXPECT_EQ(routes.find("", "/a/b/e"), 2u);
  EXPECT_EQ(routes.find("", "/a/b/f"), std::nullopt);
}

TEST(Routes, AHostBeatsItsPatternAndBothBeatNone) {
  const RouteTable routes = table({{"", "/..."},
                                   {"*.example.com", "/..."},
                                   {"shop.example.com", "/..."},
                                   {"*.eu.example.com", "/..."}});
  EXPECT_EQ(routes.find("other.org", "/"), 0u);
  EXPECT_EQ(routes.find("", "/"), 0u);
  EXPECT_EQ(routes.find("example.com", "/"), 0u);
  EXPECT_EQ(routes.find("www.example.com", "/"), 1u);
  EXPECT_EQ(routes.find("a.b.example.com", "/"), 1u);
  EXPECT_EQ(routes.find("Shop.Example.COM:8080", "/"), 2u);
  EXPECT_EQ(routes.find("shop.example.com.", "/"), 2u);
  EXPECT_EQ(routes.find("a.eu.example.com", "/"), 3u);
  EXPECT_EQ(routes.find("notexample.com", "/"), 0u);
  EXPECT_EQ(routes.find(".example.com", "/"), 0u);
}

TEST(Routes, AHostWithoutAFittingPathLeavesItToTheOthers) {
  const RouteTable routes = table({{"shop.example.com", "/cart"}, {"", "/about"}});
  EXPECT_EQ(routes.find("shop.example.com", "/about"), 1u);
  EXPECT_EQ(routes.find("other.org", "/cart"), std::nullopt);
}

TEST(Routes, AnAddressIsAHostLikeAnyOther) {
  const RouteTable routes = table({{"127.0.0.1", "/..."}, {"", "/..."}});
  EXPECT_EQ(routes.find("127.0.0.1:80", "/"), 0u);
  EXPECT_EQ(routes.find("[::1]:80", "/"), 1u);
  EXPECT_EQ(routes.find("[::1", "/"), 1u);
}

TEST(Routes, EncodedBytesAreDecodedWithinASegment) {
  const RouteTable routes = table({{"", "/api/:x"}, {"", "/caf%C3%A9"}, {"", "/a-b%2fc"}});
  EXPECT_EQ(routes.find("", "/%61pi/7"), 0u);
  EXPECT_EQ(routes.find("", "/api%2F7"), std::nullopt);
  EXPECT_EQ(routes.find("", "/api/a%2Fb"), 0u);
  EXPECT_EQ(routes.find("", "/caf%c3%a9"), 1u);
  EXPECT_EQ(routes.find("", "/caf\xc3\xa9"), 1u);
  EXPECT_EQ(routes.find("", "/api/%zz"), 0u);
  EXPECT_EQ(routes.find("", "/%6"), std::nullopt);
}

TEST(Routes, DotsAndEmptySegmentsAreSegments) {
  const RouteTable routes = table({{"", "/public/..."}, {"", "/admin/..."}});
  EXPECT_EQ(routes.find("", "/public/../admin"), 0u);
  EXPECT_EQ(routes.find("", "//admin"), std::nullopt);
}

TEST(Routes, WhatIsNoPathFindsOnlyTheRest) {
  EXPECT_EQ(table({{"", "/a"}}).find("", "*"), std::nullopt);
  EXPECT_EQ(table({{"", "/..."}}).find("", "*"), 0u);
  EXPECT_EQ(RouteTable().find("", "/"), std::nullopt);
}

TEST(Routes, TwoForTheSameRequestsAreAConflict) {
  EXPECT_EQ(refusal({{"", "/a/:x"}, {"", "/a"}, {"", "/a/:y"}}),
            "favo.toml:3: the route /a/:y takes the same requests as /a/:x of favo.toml:1");
  EXPECT_THAT(refusal({{"a.org", "/..."}, {"A.org", "/..."}}), HasSubstr("same requests"));
  EXPECT_THAT(refusal({{"", "/api"}, {"", "/%61pi"}}), HasSubstr("same requests"));
  EXPECT_EQ(refusal({{"a.org", "/..."}, {"*.a.org", "/..."}, {"", "/..."}}), "");
}

TEST(Routes, PatternsThatAreNoneAreRefused) {
  EXPECT_THAT(refusal({{"", "api"}}), HasSubstr("does not start with a slash"));
  EXPECT_THAT(refusal({{"", ""}}), HasSubstr("does not start with a slash"));
  EXPECT_THAT(refusal({{"", "/a?b"}}), HasSubstr("ends before ?"));
  EXPECT_THAT(refusal({{"", "/a//b"}}), HasSubstr("empty segment"));
  EXPECT_THAT(refusal({{"", "/.../a"}}), HasSubstr("at the end only"));
  EXPECT_THAT(refusal({{"", "/a..."}}), HasSubstr("a segment of its own"));
  EXPECT_THAT(refusal({{"", "/:"}}), HasSubstr("needs a name"));
  EXPECT_THAT(refusal({{"", "/*"}}), HasSubstr("no wildcard"));
  EXPECT_THAT(refusal({{"", "/a b"}}), HasSubstr("space"));
  std::string deep;
  for (int i = 0; i < 65; ++i) deep += "/a";
  EXPECT_THAT(refusal({{"", deep}}), HasSubstr("more than 64 segments"));
  for (const char* host : {"a:80", "*", "*.", "a..b", "a.*.b", "http://a"})
    EXPECT_THAT(refusal({{host, "/"}}), HasSubstr("expected a name without a port")) << host;
}

TEST(Routes, ALookUpAllocatesNothing) {
  const RouteTable routes =
      table({{"*.example.com", "/users/:id/a-long-segment-that-no-small-string-holds/..."},
             {"", "/..."}});
  const std::string path = "/users/1234/a-long-segment-that-no-small-string-holds/and/on?query=1";
  const std::size_t before = testing::allocations();
  const auto found = routes.find("A-Very-Long-Host-Name-Of-Somebody.Example.com:8080", path);
  const std::size_t after = testing::allocations();
  EXPECT_EQ(found, 0u);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace favo::app
