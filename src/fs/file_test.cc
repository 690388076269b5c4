#include "fs/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace favo::fs {
namespace {

class File : public testing::Test {
 protected:
  File() {
    std::string pattern = testing::TempDir() + "favo-file-XXXXXX";
    path_ = mkdtemp(pattern.data());
    dir_ = std::move(open_at(AT_FDCWD, path_, O_RDONLY | O_DIRECTORY).value());
  }
  ~File() override { std::filesystem::remove_all(path_); }
  std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

  std::string path_;
  Fd dir_;
};

TEST_F(File, WritesWholeAndPrivate) {
  ASSERT_TRUE(write_atomically(dir_, "a", as_bytes("hello"), Sync::Yes).ok());
  EXPECT_EQ(as_text(*read_file(path("a"), 100)), "hello");
  struct stat status;
  ASSERT_EQ(stat(path("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(entries(), 1u);
}

TEST_F(File, ReplacesAndChangesTheIdentity) {
  ASSERT_TRUE(write_atomically(dir_, "a", as_bytes("1"), Sync::No).ok());
  const Fd before = std::move(open_at(dir_.get(), "a", O_RDONLY).value());
  ASSERT_TRUE(write_atomically(dir_, "a", as_bytes("2"), Sync::No).ok());
  const Fd after = std::move(open_at(dir_.get(), "a", O_RDONLY).value());
  EXPECT_NE(status_of(before)->identity, status_of(after)->identity);
  EXPECT_EQ(as_text(*read_all(before, 10)), "1");
  EXPECT_FALSE(status_of(after)->identity.settled());
}

TEST_F(File, LeavesNothingBehindWhenItCannotReplace) {
  std::filesystem::create_directory(path("a"));
  std::ofstream(path("a") + "/x") << "x";
  EXPECT_FALSE(write_atomically(dir_, "a", as_bytes("2"), Sync::No).ok());
  EXPECT_EQ(entries(), 1u);
}

TEST_F(File, RefusesMoreThanTheLimit) {
  ASSERT_TRUE(write_atomically(dir_, "a", as_bytes("12345"), Sync::No).ok());
  EXPECT_TRUE(read_file(path("a"), 5).ok());
  EXPECT_EQ(read_file(path("a"), 4).error().code(), Code::LimitExceeded);
}

TEST_F(File, SaysWhichFileIsMissing) {
  const auto missing = read_file(path("none"), 1);
  EXPECT_EQ(missing.error().code(), Code::NotFound);
  EXPECT_EQ(missing.error().message(), path("none") + ": No such file or directory");
}

TEST_F(File, ReadsFilesWithoutASize) { EXPECT_FALSE(read_file("/proc/self/stat", 4096)->empty()); }

TEST_F(File, DoesNotFollowLinksInADirectoryOfOurs) {
  std::filesystem::create_symlink("/etc/passwd", path("link"));
  EXPECT_FALSE(open_at(dir_.get(), "link", O_RDONLY).ok());
}

}  // namespace
}  // namespace favo::fs
