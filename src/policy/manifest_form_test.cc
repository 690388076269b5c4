#include "policy/manifest_form.h"

#include <gtest/gtest.h>

#include "policy/option.h"

namespace favo::policy {
namespace {

std::string line(std::string_view option) { return manifest_line("net", option, "shop/"); }

TEST(ManifestForm, GrantsAreKeys) {
  EXPECT_EQ(line("--http https://example.com"),
            "[component.net.grant] http = [\"https://example.com\"]");
  EXPECT_EQ(line("--tcp '10.0.0.0/8:*'"), "[component.net.grant] tcp = [\"10.0.0.0/8:*\"]");
  EXPECT_EQ(line("--udp [::1]:53"), "[component.net.grant] udp = [\"[::1]:53\"]");
  EXPECT_EQ(line("--listen-socket 127.0.0.1:80"),
            "[component.net.grant] listen = [\"127.0.0.1:80\"]");
  EXPECT_EQ(line("--env \"KEY=$KEY\""), "[component.net.grant] env = { KEY = \"…\" }");
  EXPECT_EQ(line("--env KEY=secret"), "[component.net.grant] env = { KEY = \"…\" }");
}

TEST(ManifestForm, DirectoriesAreRelativeToTheManifest) {
  EXPECT_EQ(line(directory_option("shop/files", "/data", false)),
            "[component.net.grant] dir = [{ host = \"files\", guest = \"/data\" }]");
  EXPECT_EQ(
      line(directory_option("/srv/a b", "/data", true)),
      "[component.net.grant] dir = [{ host = \"/srv/a b\", guest = \"/data\", write = true }]");
  EXPECT_EQ(line(directory_option("it's", "it's", true)),
            "[component.net.grant] dir = [{ host = \"it's\", guest = \"it's\", write = true }]");
}

TEST(ManifestForm, WhatIsNoGrantStays) {
  EXPECT_EQ(line("no path leads out of a directory"), "no path leads out of a directory");
  EXPECT_EQ(line(""), "");
}

TEST(ManifestForm, TextIsMadeSafeForToml) {
  EXPECT_EQ(line("--http 'a\"b\\c\nd'"), "[component.net.grant] http = [\"a\\\"b\\\\c\\u000Ad\"]");
}

TEST(ManifestForm, SeveralAreOneTable) {
  const std::string options[] = {"--http https://a", "--tcp a:1", "--http https://b", "words"};
  EXPECT_EQ(manifest_table("net", options, ""),
            "[component.net.grant]\nhttp = [\"https://a\", \"https://b\"]\ntcp = [\"a:1\"]\n");
  EXPECT_EQ(manifest_table("net", {}, ""), "");
}

TEST(ManifestForm, LimitsAreKeys) {
  EXPECT_EQ(with_manifest_limits("its limit is 5 (--max-memory)"),
            "its limit is 5 (memory in [limit])");
  EXPECT_EQ(with_manifest_limits("--max-open-files, which is 3"),
            "open-files in [limit], which is 3");
  EXPECT_EQ(with_manifest_limits("--max-cpu"), "cpu in [limit] or in the route's limit");
  EXPECT_EQ(with_manifest_limits("--max-nonsense --max-"), "--max-nonsense --max-");
  EXPECT_EQ(with_manifest_limits("nothing"), "nothing");
}

}  // namespace
}  // namespace favo::policy
