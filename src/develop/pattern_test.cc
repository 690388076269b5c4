#include "develop/pattern.h"

#include <gtest/gtest.h>

namespace favo::develop {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
  return Pattern(pattern, "/app").matches("/app/" + std::string(path));
}

TEST(Pattern, StarsStayWithinAName) {
  EXPECT_TRUE(matches("core/*.rs", "core/lib.rs"));
  EXPECT_TRUE(matches("core/*.rs", "core/a.b.rs"));
  EXPECT_FALSE(matches("core/*.rs", "core/src/lib.rs"));
  EXPECT_FALSE(matches("core/*.rs", "core/lib.rs.old"));
  EXPECT_TRUE(matches("core/l?b.rs", "core/lib.rs"));
  EXPECT_FALSE(matches("core/l?b.rs", "core/lb.rs"));
  EXPECT_TRUE(matches("*", "favo"));
  EXPECT_FALSE(matches("*", "a/favo"));
}

TEST(Pattern, TwoStarsAreAnyNumberOfFolders) {
  EXPECT_TRUE(matches("core/src/**", "core/src/lib.rs"));
  EXPECT_TRUE(matches("core/src/**", "core/src/a/b/c.rs"));
  EXPECT_FALSE(matches("core/src/**", "core/build.rs"));
  EXPECT_TRUE(matches("**/*.wit", "world.wit"));
  EXPECT_TRUE(matches("**/*.wit", "core/wit/world.wit"));
  EXPECT_TRUE(matches("a/**/b/**/c", "a/b/c"));
  EXPECT_TRUE(matches("a/**/b/**/c", "a/x/b/b/y/c"));
  EXPECT_FALSE(matches("a/**/b/**/c", "a/x/y/c"));
}

TEST(Pattern, SlashAtTheEndMeansAllBelow) {
  EXPECT_TRUE(matches("wit/", "wit/deps/io.wit"));
  EXPECT_FALSE(matches("wit/", "with"));
}

TEST(Pattern, WildcardsPassOverWhatToolsMake) {
  for (const char* path : {"core/target/debug/x.rs", "core/.git/x.rs", "core/node_modules/x.rs",
                           "core/__pycache__/x.rs", "core/.x.rs"}) {
    EXPECT_FALSE(matches("core/**", path)) << path;
    EXPECT_FALSE(matches("**/x.rs", path)) << path;
  }
  EXPECT_FALSE(matches("*/x.rs", "target/x.rs"));
  EXPECT_TRUE(matches("target/*.wasm", "target/core.wasm"));
  EXPECT_TRUE(matches(".cargo/**", ".cargo/config.toml"));
  EXPECT_TRUE(matches(".env*", ".env.local"));
  EXPECT_FALSE(matches("core/target/**", "core/target/.cache/x"));
}

TEST(Pattern, GoesUpAndToOtherPlaces) {
  EXPECT_TRUE(Pattern("../wit/**", "/home/app").matches("/home/wit/world.wit"));
  EXPECT_TRUE(Pattern("./a/../b", "/app").matches("/app/b"));
  EXPECT_TRUE(Pattern("/etc/hosts", "/app").matches("/etc/hosts"));
}

TEST(Pattern, TellsWhichFoldersToLookInto) {
  const Pattern pattern("core/src/**/*.rs", "/app");
  for (const char* folder : {"/", "/app", "/app/core", "/app/core/src", "/app/core/src/a/b"})
    EXPECT_TRUE(pattern.may_contain(folder)) << folder;
  for (const char* folder : {"/etc", "/app/data", "/app/core/target", "/app/core/src/.git"})
    EXPECT_FALSE(pattern.may_contain(folder)) << folder;
  EXPECT_FALSE(Pattern("a.txt", "/app").may_contain("/app/a.txt"));
  EXPECT_EQ(pattern.base(), "/app/core/src");
  EXPECT_EQ(Pattern("a.txt", "/app").base(), "/app");
  EXPECT_EQ(Pattern("**", "/").base(), "/");
}

TEST(Pattern, EmptyOneFitsNothingOfTheFolder) { EXPECT_FALSE(matches("", "a")); }

TEST(Pattern, ManyStarsTakeNoLongTime) {
  std::string pattern, path;
  for (int i = 0; i < 60; ++i) {
    pattern += "**/*a*a*a*/";
    path += "aaaaaaaaaaaaaaaaaaaaab/";
  }
  EXPECT_FALSE(matches(pattern + "x", path + "y"));
}

}  // namespace
}  // namespace favo::develop
