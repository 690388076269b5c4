#include "develop/templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/manifest.h"
#include "base/format.h"

namespace favo::develop {
namespace {

using testing::HasSubstr;
using testing::Not;

class TemplatesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / format("favo-new-{}", getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string read(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Result<void> create(std::string_view from, const std::string& name) const {
    for (const Template& one : templates())
      if (one.name == from) return develop::create(one, name, folder_.string());
    return Error(Code::NotFound, "no such template");
  }

  std::filesystem::path folder_;
};

TEST_F(TemplatesTest, EachIsAManifestThatCanBeReadAndNamesItself) {
  for (const Template& one : templates()) {
    const std::string name = format("my-{}", one.name);
    const auto created = create(one.name, name);
    ASSERT_TRUE(created.ok()) << created.error().message();
    const auto manifest =
        app::load_manifest((folder_ / name).string(), nullptr, app::Sources::MayBeMade);
    ASSERT_TRUE(manifest.ok()) << manifest.error().message();
    EXPECT_EQ(manifest->name, name);
    EXPECT_FALSE(manifest->routes.empty());
    for (const app::Component& component : manifest->components) {
      EXPECT_NE(component.build.command, "") << one.name;
      EXPECT_FALSE(component.build.watch.empty()) << one.name;
    }
    EXPECT_TRUE(std::filesystem::exists(folder_ / name / ".gitignore")) << one.name;
    EXPECT_TRUE(std::filesystem::exists(folder_ / name / "README.md")) << one.name;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / name)) {
      if (!entry.is_regular_file()) continue;
      const std::string path = entry.path().lexically_relative(folder_);
      EXPECT_THAT(read(path), Not(HasSubstr("{{"))) << path;
    }
  }
}

TEST_F(TemplatesTest, WasiComesInTheVersionOfTheLanguage) {
  ASSERT_TRUE(create("python", "snake").ok());
  EXPECT_THAT(read("snake/wit/deps/http.wit"), HasSubstr("package wasi:http@0.2.10;"));
  EXPECT_THAT(read("snake/wit/deps/http.wit"), Not(HasSubstr("0.2.12")));
  ASSERT_TRUE(create("c", "sea").ok());
  EXPECT_THAT(read("sea/wit/deps/http.wit"), HasSubstr("package wasi:http@0.2.12;"));
  ASSERT_TRUE(create("rust", "iron").ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "iron/wit"));
}

TEST_F(TemplatesTest, CratesHaveNoDashes) {
  ASSERT_TRUE(create("rust", "my-shop").ok());
  EXPECT_THAT(read("my-shop/favo.toml"), HasSubstr("release/my_shop.wasm"));
  EXPECT_THAT(read("my-shop/Cargo.toml"), HasSubstr("name = \"my-shop\""));
}

TEST_F(TemplatesTest, NothingIsOverwritten) {
  std::filesystem::create_directories(folder_ / "shop");
  std::ofstream(folder_ / "file") << "kept";
  for (const char* name : {"shop", "file"}) {
    const auto created = create("rust", name);
    ASSERT_FALSE(created.ok());
    EXPECT_THAT(created.error().message(), HasSubstr("exists already"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "shop"));
  EXPECT_EQ(read("file"), "kept");
}

TEST_F(TemplatesTest, NamesAreChecked) {
  for (const char* name :
       {"", "Shop", "1shop", "-shop", "../shop", "a/b", "sh op", "sh\"op", ".", "a.b", "shöp"}) {
    const auto created = create("rust", name);
    ASSERT_FALSE(created.ok()) << name;
    EXPECT_EQ(created.error().code(), Code::InvalidArgument) << name;
  }
  EXPECT_FALSE(create("rust", std::string(41, 'a')).ok());
  EXPECT_TRUE(create("rust", std::string(40, 'a')).ok());
}

}  // namespace
}  // namespace favo::develop
