#include "cli/capability_diff.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace favo::cli {
namespace {

using Capabilities = std::vector<Capability>;

const Capability kFiles{"files", "by --dir", {"wasi:filesystem/types@0.2.3"}};
const Capability kEnv{"env", "by --env", {"wasi:cli/environment@0.2.3"}};

TEST(CapabilityDiff, TheSameIsNoMore) {
  const auto same = diff(Capabilities{kFiles, kEnv}, Capabilities{kFiles, kEnv});
  EXPECT_FALSE(same.more);
  EXPECT_TRUE(same.added.empty());
  EXPECT_TRUE(same.removed.empty());
}

TEST(CapabilityDiff, AVersionIsNoMore) {
  Capability newer = kFiles;
  newer.interfaces = {"wasi:filesystem/types@0.2.9"};
  EXPECT_FALSE(diff(Capabilities{kFiles}, Capabilities{newer}).more);
}

TEST(CapabilityDiff, LessIsNoMore) {
  const auto less = diff(Capabilities{kFiles, kEnv}, Capabilities{kEnv});
  EXPECT_FALSE(less.more);
  ASSERT_EQ(less.removed.size(), 1u);
  EXPECT_EQ(less.removed[0].name, "files");
}

TEST(CapabilityDiff, ACapabilityIsMore) {
  const auto more = diff(Capabilities{kEnv}, Capabilities{kFiles, kEnv});
  EXPECT_TRUE(more.more);
  ASSERT_EQ(more.added.size(), 1u);
  EXPECT_EQ(more.added[0].interfaces, kFiles.interfaces);
}

TEST(CapabilityDiff, AnInterfaceIsMore) {
  Capability both = kFiles;
  both.interfaces.push_back("wasi:filesystem/preopens@0.2.3");
  const auto more = diff(Capabilities{kFiles}, Capabilities{both});
  EXPECT_TRUE(more.more);
  EXPECT_EQ(more.added[0].interfaces, std::vector<std::string>{"wasi:filesystem/preopens@0.2.3"});
}

TEST(CapabilityDiff, OfPreview1OnlyCapabilitiesCount) {
  const Capability before{"files", "", {"path_open"}},
      after{"files", "", {"path_link", "path_open"}};
  const auto same = diff(Capabilities{before}, Capabilities{after});
  EXPECT_FALSE(same.more);
  EXPECT_EQ(same.added.size(), 1u);
  EXPECT_TRUE(diff(Capabilities{}, Capabilities{after}).more);
}

TEST(CapabilityDiff, WhatIsUnknownCountsByName) {
  const Capability before{kOther, "", {"a"}}, after{kOther, "", {"a", "b"}};
  EXPECT_TRUE(diff(Capabilities{before}, Capabilities{after}).more);
}

TEST(CapabilityDiff, IsPrinted) {
  auto more = diff(Capabilities{kEnv}, Capabilities{kFiles});
  more.old_name = "old.wasm";
  more.new_name = "new.wasm";
  EXPECT_EQ(to_text(more),
            "old.wasm → new.wasm\n"
            "Could newly ask for:\n"
            "  files    by --dir\n"
            "           wasi:filesystem/types@0.2.3\n"
            "No longer asks for:\n"
            "  env      by --env\n"
            "           wasi:cli/environment@0.2.3\n");
  const auto json = nlohmann::json::parse(to_json(more));
  EXPECT_EQ(json["more"], true);
  EXPECT_EQ(json["added"]["files"][0], "wasi:filesystem/types@0.2.3");
  EXPECT_EQ(json["removed"]["env"].size(), 1u);
}

}  // namespace
}  // namespace favo::cli
