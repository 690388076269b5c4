#include "app/hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace favo::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Manifest named(std::string name, std::vector<std::string> hosts = {}) {
  Manifest manifest;
  manifest.path = name + "/favo.toml";
  manifest.name = std::move(name);
  manifest.hosts = std::move(hosts);
  return manifest;
}

std::string refusal(std::vector<Manifest> manifests) {
  const auto table = host_table(manifests);
  return table ? "none" : table.error().message();
}

TEST(Hosts, AreThoseThatAManifestNames) {
  EXPECT_THAT(hosts_of(named("shop", {"shop.test", "*.shop.test"})),
              ElementsAre("shop.test", "*.shop.test"));
}

TEST(Hosts, AreTheNameBelowLocalhostOtherwise) {
  EXPECT_THAT(hosts_of(named("shop")), ElementsAre("shop.localhost"));
}

TEST(Hosts, TellApplicationsApart) {
  const std::vector<Manifest> both = {named("shop", {"shop.test", "*.test"}), named("blog")};
  const auto table = host_table(both);
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_EQ(table->find("shop.test:8080", "/"), 0u);
  EXPECT_EQ(table->find("any.test", "/a/b?c"), 0u);
  EXPECT_EQ(table->find("BLOG.localhost", "/"), 1u);
  EXPECT_EQ(table->find("localhost", "/"), std::nullopt);
  EXPECT_EQ(table->find("", "/"), std::nullopt);
}

TEST(Hosts, ANameBeatsThePatternOfAnotherApplication) {
  const std::vector<Manifest> both = {named("all", {"*.test"}), named("shop", {"shop.test"})};
  EXPECT_EQ(host_table(both)->find("shop.test", "/"), 1u);
}

TEST(Hosts, OfTwoApplicationsDiffer) {
  EXPECT_EQ(refusal({named("a", {"x.test"}), named("b"), named("c", {"y.test", "X.test"})}),
            "a/favo.toml and c/favo.toml both claim the host x.test; give one of them another, as "
            "in hosts = [\"c.example.com\"]");
  EXPECT_THAT(refusal({named("Shop"), named("shop")}), HasSubstr("both claim the host"));
}

TEST(Hosts, NamesOfTwoApplicationsDiffer) {
  Manifest other = named("shop", {"other.test"});
  other.path = "other/favo.toml";
  EXPECT_EQ(refusal({named("shop"), other}),
            "shop/favo.toml and other/favo.toml both have the name \"shop\"; rename one of them");
}

TEST(LocalHosts, OfOneAloneAreThoseOfItsRoutesToo) {
  Manifest manifest = named("shop");
  manifest.routes = {{"api.test", "/...", 0, ""},
                     {"API.test", "/a", 0, ""},
                     {"", "/b", 0, ""},
                     {"Shop.localhost", "/", 0, ""}};
  const auto table = local_table({&manifest, 1});
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_EQ(table->find("api.test", "/"), 0u);
  EXPECT_EQ(table->find("shop.localhost", "/"), 0u);
  EXPECT_EQ(table->find("other.test", "/"), std::nullopt);
}

TEST(LocalHosts, OfSeveralAreThoseThatTellThemApart) {
  std::vector<Manifest> both = {named("shop"), named("blog", {"blog.test"})};
  both[0].routes = {{"blog.test", "/...", 0, ""}};
  const auto table = local_table(both);
  EXPECT_EQ(table->find("blog.test", "/"), 1u);
  EXPECT_EQ(table->find("shop.localhost", "/"), 0u);
  EXPECT_EQ(table->find("blog.localhost", "/"), std::nullopt);
}

}  // namespace
}  // namespace favo::app
