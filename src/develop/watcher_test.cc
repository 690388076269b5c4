#include "develop/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/format.h"

namespace favo::develop {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class WatcherTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::canonical(testing::TempDir()) / format("favo-watch-{}", getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "core/src");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void watch(const std::vector<std::string>& patterns) {
    std::vector<Pattern> made;
    for (const std::string& pattern : patterns) made.emplace_back(pattern, folder_.string());
    auto watcher = Watcher::create(std::move(made));
    ASSERT_TRUE(watcher.ok()) << watcher.error().message();
    watcher_.emplace(std::move(*watcher));
  }
  void write(const std::string& name, const std::string& text = "x") const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  /// By the folder.
  std::vector<std::string> changed() {
    std::vector<std::string> names;
    const Watcher::Changes changes = watcher_->changes();
    for (const std::string& file : changes.files)
      names.push_back(std::filesystem::path(file).lexically_relative(folder_));
    EXPECT_FALSE(changes.lost);
    EXPECT_THAT(changes.problems, IsEmpty());
    return names;
  }

  std::filesystem::path folder_;
  std::optional<Watcher> watcher_;
};

TEST_F(WatcherTest, TellsFilesThatWereWrittenMadeAndDeleted) {
  write("core/src/old.rs");
  write("core/src/gone.rs");
  watch({"core/src/**"});
  EXPECT_THAT(changed(), IsEmpty());
  write("core/src/old.rs", "y");
  write("core/src/new.rs");
  std::filesystem::remove(folder_ / "core/src/gone.rs");
  write("core/Cargo.toml");
  EXPECT_THAT(changed(), ElementsAre("core/src/gone.rs", "core/src/new.rs", "core/src/old.rs"));
  EXPECT_THAT(changed(), IsEmpty());
}

TEST_F(WatcherTest, DescriptorBecomesReadable) {
  watch({"core/src/**"});
  pollfd one{.fd = watcher_->fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&one, 1, 0), 0);
  write("core/src/lib.rs");
  EXPECT_EQ(poll(&one, 1, 0), 1);
}

TEST_F(WatcherTest, FileThatReplacesAnother) {
  write("core/src/lib.rs");
  watch({"core/src/*.rs"});
  write("core/src/lib.rs.tmp");
  std::filesystem::rename(folder_ / "core/src/lib.rs.tmp", folder_ / "core/src/lib.rs");
  EXPECT_THAT(changed(), ElementsAre("core/src/lib.rs"));
}

TEST_F(WatcherTest, FileThatIsNotWholeYetDoesNotCount) {
  watch({"core/src/*.rs"});
  std::ofstream open(folder_ / "core/src/lib.rs");
  open << "fn " << std::flush;
  EXPECT_THAT(changed(), IsEmpty());
  open.close();
  EXPECT_THAT(changed(), ElementsAre("core/src/lib.rs"));
}

TEST_F(WatcherTest, LinksCountAtOnce) {
  write("elsewhere");
  watch({"core/src/*.rs"});
  std::filesystem::create_symlink(folder_ / "elsewhere", folder_ / "core/src/soft.rs");
  std::filesystem::create_hard_link(folder_ / "elsewhere", folder_ / "core/src/hard.rs");
  EXPECT_THAT(changed(), ElementsAre("core/src/hard.rs", "core/src/soft.rs"));
}

TEST_F(WatcherTest, FoldersThatAppearLater) {
  watch({"core/src/**/*.rs", "data/app.py"});
  write("core/src/a/b/deep.rs");
  write("core/src/a/b/deep.txt");
  write("data/app.py");
  EXPECT_THAT(changed(), UnorderedElementsAre("core/src/a/b/deep.rs", "data/app.py"));
  write("core/src/a/b/deep.rs", "again");
  write("data/app.py", "again");
  EXPECT_THAT(changed(), UnorderedElementsAre("core/src/a/b/deep.rs", "data/app.py"));
}

TEST_F(WatcherTest, FoldersThatComeBackOrMoveIn) {
  write("core/src/lib.rs");
  write("outside/lib.rs");
  watch({"core/src/**"});
  std::filesystem::remove_all(folder_ / "core/src");
  EXPECT_THAT(changed(), ElementsAre("core/src/lib.rs"));
  std::filesystem::rename(folder_ / "outside", folder_ / "core/src");
  EXPECT_THAT(changed(), ElementsAre("core/src/lib.rs"));
  write("core/src/lib.rs", "y");
  EXPECT_THAT(changed(), ElementsAre("core/src/lib.rs"));
}

TEST_F(WatcherTest, FoldersThatMoveAwayAreForgotten) {
  write("core/src/a/lib.rs");
  watch({"core/src/**"});
  std::filesystem::rename(folder_ / "core/src/a", folder_ / "away");
  changed();
  write("away/lib.rs", "y");
  EXPECT_THAT(changed(), IsEmpty());
}

TEST_F(WatcherTest, WhatToolsMakeIsNotEvenWatched) {
  watch({"core/**"});
  write("core/target/debug/a.rs");
  write("core/.git/index");
  EXPECT_THAT(changed(), IsEmpty());
}

TEST_F(WatcherTest, LinksToFoldersAreNotFollowed) {
  std::filesystem::create_directory_symlink(folder_, folder_ / "core/src/circle");
  watch({"core/src/**"});
  write("core/src/lib.rs");
  EXPECT_THAT(changed(), ElementsAre("core/src/lib.rs"));
}

TEST_F(WatcherTest, PatternsOutsideTheFolder) {
  watch({"../favo-watch-elsewhere/**"});
  const auto elsewhere = folder_.parent_path() / "favo-watch-elsewhere";
  std::filesystem::create_directories(elsewhere);
  std::ofstream(elsewhere / "world.wit") << "x";
  EXPECT_THAT(changed(), ElementsAre("../favo-watch-elsewhere/world.wit"));
  std::filesystem::remove_all(elsewhere);
}

}  // namespace
}  // namespace favo::develop
