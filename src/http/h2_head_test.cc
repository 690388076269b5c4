#include "http/h2_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace favo::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

using Lines = std::vector<std::pair<std::string_view, std::string_view>>;

std::optional<H2Head::Refusal> take(H2Head& head, const Lines& lines, bool secure = false,
                                    bool has_body = false, const Limits& limits = {}) {
  for (const auto& [name, value] : lines) EXPECT_TRUE(head.add(name, value, limits));
  return head.complete(limits, secure, has_body);
}

TEST(H2HeadTest, MakesAHead) {
  H2Head head;
  EXPECT_FALSE(take(head,
                    {{":method", "POST"},
                     {":path", "/a?b"},
                     {":scheme", "HTTPS"},
                     {":authority", "a.test:8080"},
                     {"content-length", "7"},
                     {"x", "y"}},
                    false, true));
  EXPECT_EQ(head.head().method, "POST");
  EXPECT_EQ(head.head().target, "/a?b");
  EXPECT_EQ(head.head().scheme, "https");
  EXPECT_EQ(head.head().authority, "a.test:8080");
  EXPECT_EQ(head.head().content_length, 7u);
  EXPECT_THAT(head.head().fields, ElementsAre(Pair("content-length", "7"), Pair("x", "y")));
}

TEST(H2HeadTest, KnowsWhetherABodyComes) {
  const Lines get = {{":method", "GET"}, {":path", "/"}, {":scheme", "http"}, {":authority", "a"}};
  H2Head without, with;
  EXPECT_FALSE(take(without, get));
  EXPECT_EQ(without.head().content_length, 0u);
  EXPECT_FALSE(take(with, get, false, true));
  EXPECT_EQ(with.head().content_length, std::nullopt);
}

TEST(H2HeadTest, TakesTheHostWhereThereIsNoAuthority) {
  H2Head head;
  EXPECT_FALSE(
      take(head, {{":method", "GET"}, {":path", "/"}, {":scheme", "http"}, {"host", "b.test"}}));
  EXPECT_EQ(head.head().authority, "b.test");
}

TEST(H2HeadTest, SaysHttpsOnASecureConnection) {
  H2Head head;
  EXPECT_FALSE(take(
      head, {{":method", "GET"}, {":path", "/"}, {":scheme", "http"}, {":authority", "a"}}, true));
  EXPECT_EQ(head.head().scheme, "https");
}

TEST(H2HeadTest, TakesAnAsteriskForOptionsOnly) {
  const auto with_method = [](std::string_view method) {
    H2Head head;
    return take(head,
                {{":method", method}, {":path", "*"}, {":scheme", "http"}, {":authority", "a"}});
  };
  EXPECT_FALSE(with_method("OPTIONS"));
  EXPECT_EQ(with_method("GET")->status, 400);
}

TEST(H2HeadTest, JoinsTheCookieAndKeepsItsPlace) {
  H2Head head;
  EXPECT_FALSE(take(head, {{":method", "GET"},
                           {":path", "/"},
                           {":scheme", "http"},
                           {":authority", "a"},
                           {"cookie", "a=1"},
                           {"x", "y"},
                           {"cookie", "b=2"}}));
  EXPECT_THAT(head.head().fields, ElementsAre(Pair("cookie", "a=1; b=2"), Pair("x", "y")));
}

TEST(H2HeadTest, StopsAnAttackBeforeItTakesMemory) {
  H2Head head;
  const Limits limits;
  const std::string large(4000, 'a');
  int taken = 0;
  while (taken < 1000 && head.add("x", large, limits)) ++taken;
  EXPECT_LT(taken, 200);
  EXPECT_EQ(head.complete(limits, false, false)->status, 431);
}

}  // namespace
}  // namespace favo::http
