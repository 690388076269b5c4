#include "fs/directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

namespace favo::fs {
namespace {

namespace std_fs = std::filesystem;

/// `root` is granted; `outside` lies beside it and must never be reached.
class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest() {
    std::string pattern = testing::TempDir() + "favo-directory-XXXXXX";
    base_ = mkdtemp(pattern.data());
    std_fs::create_directory(base_ / "root");
    std_fs::create_directory(base_ / "outside");
    write(base_ / "outside/secret", "secret");
    root_ = grant(Access::ReadWrite);
  }
  ~DirectoryTest() override { std_fs::remove_all(base_); }

  std::shared_ptr<const Directory> grant(Access access) {
    return std::move(Directory::open_root(base_ / "root", access, files_)).value();
  }
  static void write(const std_fs::path& path, std::string_view text) {
    std::ofstream(path) << text;
  }
  std_fs::path in_root(std::string_view name) const { return base_ / "root" / name; }

  /// The errno of a refusal, 0 for success.
  template <typename T>
  static int number(const Outcome<T>& outcome) {
    return outcome ? 0 : outcome.error().number;
  }
  int open_errno(const std::string& path, OpenOptions options = {.follow = true, .read = true}) {
    return number(root_->open(path, options));
  }
  std::shared_ptr<File> open_file(const std::string& path, OpenOptions options) {
    return std::get<std::shared_ptr<File>>(root_->open(path, options).value());
  }
  std::string contents(const std::string& path) {
    std::string text(100, '\0');
    const auto file = open_file(path, {.follow = true, .read = true});
    const std::span bytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
    text.resize(file->read(bytes, 0).value());
    return text;
  }

  std_fs::path base_;
  std::shared_ptr<OpenFiles> files_ = std::make_shared<OpenFiles>(8);
  std::shared_ptr<const Directory> root_;
};

TEST_F(DirectoryTest, ReadsAndWritesBeneath) {
  const auto file = open_file("a", {.create = true, .read = true, .write = true});
  EXPECT_EQ(file->write(as_bytes("hello"), 0), 5u);
  EXPECT_EQ(file->append(as_bytes("!")), 1u);
  EXPECT_EQ(contents("a"), "hello!");
  EXPECT_TRUE(file->set_size(2));
  EXPECT_EQ(contents("./a"), "he");
  EXPECT_EQ(file->stat()->size, 2u);
  std::uint8_t buffer[4];
  EXPECT_EQ(file->read(buffer, 2), 0u);
  EXPECT_EQ(file->read_cached(buffer, 0).value_or(2), 2u);
}

TEST_F(DirectoryTest, NeverLeaves) {
  std_fs::create_directory(in_root("dir"));
  std_fs::create_symlink("../outside", in_root("out"));
  std_fs::create_symlink(base_ / "outside", in_root("absolute"));
  std_fs::create_symlink("..", in_root("dir/up"));
  for (const std::string path :
       {"..", "../root", "../outside/secret", "/", "/etc/passwd", "dir/../..", "out", "out/secret",
        "absolute", "absolute/secret", "dir/up/../outside", "dir/../../root/dir", "//etc"}) {
    EXPECT_EQ(open_errno(path), EPERM) << path;
    EXPECT_EQ(number(root_->stat_at(path, true)), EPERM) << path;
    EXPECT_EQ(number(root_->set_times_at(path, true, {}, {})), EPERM) << path;
    EXPECT_EQ(number(root_->read_link(path + "/x")), EPERM) << path;
    EXPECT_EQ(number(root_->create_directory(path + "/x")), EPERM) << path;
    EXPECT_EQ(number(root_->remove_directory(path + "/x")), EPERM) << path;
    EXPECT_EQ(number(root_->unlink(path + "/x")), EPERM) << path;
    EXPECT_EQ(number(root_->symlink("x", path + "/x")), EPERM) << path;
    EXPECT_EQ(number(root_->link(path + "/secret", *root_, "x")), EPERM) << path;
    EXPECT_EQ(number(root_->link("dir", *root_, path + "/x")), EPERM) << path;
    EXPECT_EQ(number(root_->rename(path + "/secret", *root_, "x")), EPERM) << path;
    EXPECT_EQ(number(root_->rename("dir", *root_, path + "/x")), EPERM) << path;
  }
  // Where the last step is the way out itself.
  EXPECT_EQ(number(root_->create_directory("..")), EPERM);
  EXPECT_EQ(number(root_->remove_directory("dir/../..")), EPERM);
  EXPECT_EQ(number(root_->unlink("../")), EPERM);
  EXPECT_EQ(number(root_->read_link("..")), EPERM);
  EXPECT_EQ(number(root_->read_link("absolute")), EPERM);
  EXPECT_EQ(number(root_->read_link("out/")), EPERM);
  EXPECT_EQ(number(root_->link("out/", *root_, "x")), EPERM);
  EXPECT_EQ(number(root_->symlink("/etc/passwd", "x")), EPERM);
  EXPECT_TRUE(std_fs::exists(base_ / "outside/secret"));
}

TEST_F(DirectoryTest, FollowsLinksThatStayInside) {
  std_fs::create_directories(in_root("a/b"));
  write(in_root("file"), "inside");
  std_fs::create_symlink("../../file", in_root("a/b/link"));
  std_fs::create_symlink("a/b", in_root("b"));
  EXPECT_EQ(contents("a/b/link"), "inside");
  EXPECT_EQ(contents("b/link"), "inside");
  EXPECT_EQ(contents("b/../b/../../file"), "inside");
  EXPECT_EQ(root_->read_link("a/b/link"), "../../file");
  EXPECT_EQ(root_->stat_at("a/b/link", false)->type, Type::SymbolicLink);
  EXPECT_EQ(root_->stat_at("a/b/link", true)->type, Type::RegularFile);
  EXPECT_EQ(open_errno("a/b/link", {.read = true}), ELOOP);
  // But not from a directory below, of which the target is outside.
  const auto below = std::get<std::shared_ptr<Directory>>(root_->open("a/b", {}).value());
  EXPECT_EQ(number(below->open("link", {.follow = true})), EPERM);
}

TEST_F(DirectoryTest, ReportsLoopsDanglingLinksAndBadPaths) {
  std_fs::create_symlink("loop", in_root("loop"));
  std_fs::create_symlink("nowhere", in_root("dangling"));
  write(in_root("file"), "");
  EXPECT_EQ(open_errno("loop"), ELOOP);
  EXPECT_EQ(open_errno("loop/x"), ELOOP);
  EXPECT_EQ(open_errno("dangling"), ENOENT);
  EXPECT_EQ(open_errno("dangling", {}), ELOOP);
  EXPECT_EQ(open_errno(""), ENOENT);
  EXPECT_EQ(number(root_->unlink("")), ENOENT);
  EXPECT_EQ(open_errno("file/"), ENOTDIR);
  EXPECT_EQ(open_errno("file/x"), ENOTDIR);
  EXPECT_EQ(open_errno(std::string("file\0", 5)), EINVAL);
  EXPECT_EQ(number(root_->unlink(std::string("file\0", 5))), EINVAL);
  EXPECT_EQ(number(root_->symlink(std::string("a\0", 2), "x")), EINVAL);
  EXPECT_EQ(open_errno(std::string(300, 'x')), ENAMETOOLONG);
  EXPECT_EQ(open_errno(std::string(5000, '/') + "x"), ENAMETOOLONG);
  // Creating through a dangling link makes its target, inside.
  EXPECT_EQ(open_errno("dangling", {.follow = true, .create = true}), 0);
  EXPECT_TRUE(std_fs::exists(in_root("nowhere")));
}

TEST_F(DirectoryTest, HandlesTrailingSlashesAsWasiHasThem) {
  write(in_root("file"), "");
  EXPECT_TRUE(root_->create_directory("dir///"));
  EXPECT_EQ(number(root_->create_directory("dir/")), EEXIST);
  EXPECT_TRUE(root_->rename("dir/", *root_, "moved/"));
  EXPECT_EQ(number(root_->rename("file/", *root_, "x")), ENOTDIR);
  EXPECT_EQ(number(root_->rename("file", *root_, "x/")), ENOTDIR);
  EXPECT_EQ(number(root_->unlink("file/")), ENOTDIR);
  EXPECT_EQ(number(root_->unlink("moved/")), EISDIR);
  EXPECT_EQ(number(root_->remove_directory("file/")), ENOTDIR);
  EXPECT_EQ(number(root_->symlink("x", "file/")), ENOTDIR);
  EXPECT_EQ(number(root_->symlink("x", "moved/")), EEXIST);
  EXPECT_EQ(number(root_->symlink("x", "new/")), ENOENT);
  EXPECT_EQ(number(root_->link("file", *root_, "new/")), ENOENT);
  EXPECT_TRUE(root_->remove_directory("moved//"));
  EXPECT_EQ(number(root_->create_directory(".")), EEXIST);
  EXPECT_EQ(number(root_->remove_directory(".")), EINVAL);
  EXPECT_EQ(number(root_->unlink(".")), EISDIR);
}

TEST_F(DirectoryTest, OpensByOptions) {
  write(in_root("file"), "text");
  std_fs::create_directory(in_root("dir"));
  EXPECT_EQ(open_errno("file", {.directory = true}), ENOTDIR);
  EXPECT_EQ(open_errno("dir", {.directory = true, .write = true}), EISDIR);
  EXPECT_EQ(open_errno("new", {.create = true, .directory = true}), EINVAL);
  EXPECT_EQ(open_errno("file", {.create = true, .exclusive = true}), EEXIST);
  EXPECT_EQ(open_errno("file", {.exclusive = true}), 0);
  EXPECT_EQ(open_errno("file", {.truncate = true}), 0);
  EXPECT_EQ(contents("file"), "");
  // Nothing in a directory can make opening wait.
  ASSERT_EQ(mkfifo(in_root("pipe").c_str(), 0600), 0);
  EXPECT_EQ(open_file("pipe", {.read = true})->type(), Type::Fifo);
}

TEST_F(DirectoryTest, LinksAndRenamesBetweenDirectories) {
  write(in_root("file"), "text");
  std_fs::create_directory(in_root("dir"));
  const auto dir = std::get<std::shared_ptr<Directory>>(root_->open("dir", {}).value());
  EXPECT_TRUE(root_->link("file", *dir, "link"));
  EXPECT_EQ(root_->stat_at("file", false)->links, 2u);
  EXPECT_EQ(root_->stat_at("file", false)->inode, dir->stat_at("link", false)->inode);
  EXPECT_EQ(number(root_->link("file", *dir, "link")), EEXIST);
  EXPECT_EQ(number(root_->link("dir", *root_, "d")), EPERM);
  EXPECT_TRUE(dir->rename("link", *root_, "back"));
  EXPECT_EQ(number(dir->stat_at("link", false)), ENOENT);
  EXPECT_EQ(number(root_->remove_directory("file")), ENOTDIR);
  write(in_root("dir/x"), "");
  EXPECT_EQ(number(root_->remove_directory("dir")), ENOTEMPTY);
  EXPECT_EQ(number(root_->unlink("dir")), EISDIR);
}

TEST_F(DirectoryTest, SetsTimes) {
  write(in_root("file"), "text");
  std_fs::create_symlink("nowhere", in_root("link"));
  const NewTime at{NewTime::Kind::Set, {100, 5}};
  EXPECT_TRUE(root_->set_times_at("file", true, {}, at));
  EXPECT_EQ(root_->stat_at("file", true)->modified.seconds, 100);
  EXPECT_EQ(root_->stat_at("file", true)->modified.nanoseconds, 5u);
  EXPECT_TRUE(root_->set_times_at("link", false, at, at));
  EXPECT_EQ(root_->stat_at("link", false)->accessed.seconds, 100);
  const auto file = open_file("file", {.read = true});
  EXPECT_TRUE(file->set_times(at, {NewTime::Kind::Now, {}}));
  EXPECT_GT(file->stat()->modified.seconds, 1'000'000'000);
  // Two numbers that mean "now" and "leave it" to the kernel.
  for (const std::uint32_t special : {UTIME_NOW, UTIME_OMIT, 1'000'000'000l})
    EXPECT_EQ(number(file->set_times({NewTime::Kind::Set, {0, special}}, {})), EINVAL);
}

TEST_F(DirectoryTest, ReadOnlyRefusesEveryChange) {
  write(in_root("file"), "text");
  std_fs::create_directory(in_root("dir"));
  const auto writable = root_;
  root_ = grant(Access::ReadOnly);
  EXPECT_EQ(contents("file"), "text");
  EXPECT_EQ(open_errno("file", {.write = true}), EROFS);
  EXPECT_EQ(open_errno("file", {.truncate = true}), EROFS);
  EXPECT_EQ(open_errno("new", {.create = true}), EROFS);
  EXPECT_EQ(number(root_->create_directory("new")), EROFS);
  EXPECT_EQ(number(root_->remove_directory("dir")), EROFS);
  EXPECT_EQ(number(root_->unlink("file")), EROFS);
  EXPECT_EQ(number(root_->symlink("x", "new")), EROFS);
  EXPECT_EQ(number(root_->link("file", *root_, "new")), EROFS);
  EXPECT_EQ(number(root_->rename("file", *root_, "new")), EROFS);
  EXPECT_EQ(number(root_->link("file", *writable, "new")), EROFS);
  EXPECT_EQ(number(writable->rename("file", *root_, "new")), EROFS);
  EXPECT_EQ(number(root_->set_times_at("file", true, {}, {})), EROFS);
  EXPECT_EQ(number(root_->set_times({}, {})), EROFS);
  const auto file = open_file("file", {.read = true});
  EXPECT_EQ(number(file->write(as_bytes("x"), 0)), EROFS);
  EXPECT_EQ(number(file->append(as_bytes("x"))), EROFS);
  EXPECT_EQ(number(file->set_size(0)), EROFS);
  EXPECT_EQ(number(file->allocate(0, 10)), EROFS);
  EXPECT_EQ(number(file->set_times({}, {})), EROFS);
  const auto below = std::get<std::shared_ptr<Directory>>(root_->open("dir", {}).value());
  EXPECT_EQ(number(below->create_directory("new")), EROFS);
}

TEST_F(DirectoryTest, ChecksOffsets) {
  const auto file = open_file("file", {.create = true, .read = true, .write = true});
  std::uint8_t byte[1] = {};
  EXPECT_EQ(number(file->read(byte, UINT64_MAX)), EINVAL);
  EXPECT_FALSE(file->read_cached(byte, UINT64_MAX));
  EXPECT_EQ(number(file->write(byte, UINT64_MAX)), EINVAL);
  EXPECT_EQ(number(file->set_size(UINT64_MAX)), EINVAL);
  EXPECT_EQ(number(file->allocate(0, UINT64_MAX)), EFBIG);
  EXPECT_EQ(number(file->advise(0, UINT64_MAX, Advice::Normal)), EINVAL);
  EXPECT_TRUE(file->advise(0, 10, Advice::NoReuse));
  EXPECT_TRUE(file->allocate(0, 10));
  EXPECT_EQ(file->stat()->size, 10u);
  EXPECT_TRUE(file->sync() && file->sync_data());
}

TEST_F(DirectoryTest, ListsInBatchesAndFromAnyPosition) {
  for (int i = 0; i < 1000; ++i) write(in_root("file" + std::to_string(i)), "");
  const auto listing = std::move(root_->list()).value();
  std::set<std::string> names;
  std::vector<Listing::Entry> last;
  int batches = 0;
  for (auto batch = listing->next().value(); !batch.empty(); batch = listing->next().value()) {
    for (const Listing::Entry& entry : batch) {
      names.insert(entry.name);
      EXPECT_EQ(entry.type, Type::RegularFile);
    }
    last = std::move(batch);
    ++batches;
  }
  EXPECT_EQ(names.size(), 1000u);
  EXPECT_GT(batches, 1);
  ASSERT_GT(last.size(), 1u);
  ASSERT_TRUE(listing->seek(last[last.size() - 2].next));
  EXPECT_EQ(listing->next()->front().name, last.back().name);
  ASSERT_TRUE(listing->seek(0));
  EXPECT_FALSE(listing->next()->empty());
}

TEST_F(DirectoryTest, CountsOpenFiles) {
  write(in_root("file"), "");
  std::vector<Opened> open;
  for (int i = 0; i < 7; ++i) open.push_back(root_->open("file", {}).value());
  auto listing = std::move(root_->list()).value();
  EXPECT_EQ(files_->taken(), 8u);
  EXPECT_EQ(open_errno("file"), EMFILE);
  EXPECT_EQ(number(root_->list()), EMFILE);
  listing.reset();
  EXPECT_EQ(open_errno("file"), 0);
  EXPECT_EQ(open_errno("missing"), ENOENT);
  open.clear();
  EXPECT_EQ(files_->taken(), 0u);
}

TEST_F(DirectoryTest, RootsMustBeDirectories) {
  EXPECT_EQ(Directory::open_root(base_ / "none", Access::ReadOnly, files_).error().code(),
            Code::NotFound);
  const auto file = Directory::open_root(base_ / "outside/secret", Access::ReadOnly, files_);
  EXPECT_EQ(file.error().code(), Code::Io);
}

/// A neighbour swaps what a name means, between a directory and a link to the outside, as fast as
/// it can. Whatever the moment, nothing outside is seen or changed.
TEST_F(DirectoryTest, SurvivesLinksSwappedMeanwhile) {
  std_fs::create_directory(in_root("real"));
  write(in_root("real/secret"), "harmless");
  std_fs::create_symlink("../outside", in_root("evil"));
  std_fs::create_symlink("real", in_root("way"));
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    const std::string real = in_root("next-real"), evil = in_root("next-evil");
    const std::string way = in_root("way");
    while (!stop) {
      (void)!symlink("real", real.c_str());
      rename(real.c_str(), way.c_str());
      (void)!symlink("../outside", evil.c_str());
      rename(evil.c_str(), way.c_str());
    }
  });
  int inside = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto opened = root_->open("way/secret", {.follow = true, .read = true});
    if (opened) {
      std::uint8_t text[8];
      ASSERT_EQ(std::get<std::shared_ptr<File>>(*opened)->read(text, 0), 8u);
      ASSERT_EQ(as_text(text), "harmless");
      ++inside;
    }
    const std::string name = "made" + std::to_string(i % 50);
    (void)root_->create_directory("way/" + name);
    (void)root_->symlink("x", "way/link");
    (void)root_->unlink("way/link");
  }
  stop = true;
  swapper.join();
  EXPECT_GT(inside, 0);
  EXPECT_EQ(std::distance(std_fs::directory_iterator(base_ / "outside"), {}), 1);
  EXPECT_TRUE(std_fs::exists(base_ / "outside/secret"));
}

}  // namespace
}  // namespace favo::fs
