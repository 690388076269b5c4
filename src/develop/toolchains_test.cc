#include "develop/toolchains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace favo::develop {
namespace {

using testing::ElementsAre;

TEST(Toolchains, FindsVersionsInWhatToolsPrint) {
  EXPECT_EQ(version_in("cargo 1.95.0 (f2d3ce0bd 2026-03-21)"), "1.95.0");
  EXPECT_EQ(version_in("go version go1.26.8 linux/amd64"), "1.26.8");
  EXPECT_EQ(version_in("v20.20.2\n"), "20.20.2");
  EXPECT_EQ(version_in("wasm32 tool 3.1"), "3.1");
  EXPECT_EQ(version_in("clang version 20."), "");
  EXPECT_EQ(version_in("none"), "");
  EXPECT_EQ(version_in(""), "");
}

Finding look(const Tool& tool) {
  const Tool* const one[] = {&tool};
  return look_for(one, "/").front();
}

TEST(Toolchains, TellsWhatIsThere) {
  const Finding there = look({"x", "", "echo x 1.10.3", 1, 9});
  EXPECT_TRUE(there.found);
  EXPECT_EQ(there.version, "1.10.3");
  EXPECT_TRUE(look({"x", "", "true"}).found);
  EXPECT_EQ(look({"x", "", "pwd; echo 2.0"}).version, "2.0");
}

TEST(Toolchains, TellsWhatIsMissingOrTooOld) {
  EXPECT_TRUE(look({"x", "", "favo-has-no-such-tool --version"}).missing());
  EXPECT_TRUE(look({"x", "", "echo 1.10; exit 1"}).missing());
  const Tool tool{"x", "", "echo x 1.8.3", 1, 9};
  const Finding old = look(tool);
  EXPECT_TRUE(old.missing());
  EXPECT_EQ(old.version, "1.8.3");
  EXPECT_TRUE(look({"x", "", "echo no number", 1, 9}).missing());
  Tool brought{"x", "", "false"};
  brought.by_build = true;
  EXPECT_FALSE(look(brought).found);
  EXPECT_FALSE(look(brought).missing());
}

TEST(Toolchains, MuchOutputDoesNoHarm) {
  EXPECT_TRUE(look({"x", "", "echo 1.2; head -c 1000000 /dev/zero"}).found);
}

TEST(Toolchains, ManifestNeedsWhatItsCommandsName) {
  const auto needs = [](const char* command) {
    app::Manifest manifest;
    manifest.components.emplace_back();
    manifest.components.back().build.command = command;
    std::vector<std::string> names;
    for (const Tool* tool : needed_by(manifest)) names.emplace_back(tool->name);
    return names;
  };
  EXPECT_THAT(needs("cargo build --release --target wasm32-wasip2"),
              ElementsAre("cargo", "wasm32-wasip2"));
  EXPECT_THAT(needs("componentize-go -w http build"), ElementsAre("go", "componentize-go"));
  EXPECT_THAT(needs("npm install && npm run build"), ElementsAre("node", "npm", "componentize-js"));
  EXPECT_THAT(needs("test -x .venv/bin/componentize-py || python3 -m venv .venv"),
              ElementsAre("python3", "venv", "componentize-py"));
  EXPECT_THAT(needs("wit-bindgen c && \"${WASI_SDK_PATH:-/opt/wasi-sdk}/bin/clang\" app.c"),
              ElementsAre("wasi-sdk", "wit-bindgen"));
  EXPECT_THAT(needs("make cargoes"), ElementsAre());
}

TEST(Toolchains, KernelIsAsked) {
  const Kernel asked = kernel();
  EXPECT_NE(asked.release, "");
  EXPECT_GE(asked.landlock, 0);
}

}  // namespace
}  // namespace favo::develop
