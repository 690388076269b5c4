#include "component/compile/cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "component/compile/program_codec.h"
#include "component/compile/test_program.h"

namespace favo::compile {
namespace {

const Digest kKey = sha256(as_bytes("key"));
const Digest kSettings = sha256(as_bytes("settings"));
constexpr std::string_view kCode = "native code";

class CacheTest : public testing::Test {
 protected:
  CacheTest() {
    std::string pattern = testing::TempDir() + "favo-cache-XXXXXX";
    root_ = mkdtemp(pattern.data());
    path_ = root_ + "/deep/artifacts";
    cache_.emplace(Cache::open(path_).value());
  }
  ~CacheTest() override { std::filesystem::remove_all(root_); }

  void store() { ASSERT_TRUE(cache_->store(kKey, as_bytes(kCode), test_program()).ok()); }
  std::string code_path() const { return cache_->path_of(kKey); }
  std::string program_path() const {
    return std::filesystem::path(code_path()).replace_extension(".program");
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const std::string& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
  }

  std::string root_, path_;
  std::optional<Cache> cache_;
};

TEST_F(CacheTest, LoadsWhatItStored) {
  store();
  const auto entry = cache_->load(kKey);
  ASSERT_TRUE(entry.ok()) << entry.error().message();
  EXPECT_EQ(entry->code_bytes, kCode.size());
  EXPECT_EQ(read(entry->code_path()), kCode);
  EXPECT_EQ(encode_program(entry->program), encode_program(test_program()));
}

TEST_F(CacheTest, AMissIsNotFound) {
  EXPECT_EQ(cache_->load(kKey).error().code(), Code::NotFound);
  store();
  std::filesystem::remove(code_path());
  EXPECT_EQ(cache_->load(kKey).error().code(), Code::NotFound);
}

TEST_F(CacheTest, CreatesAPrivateDirectory) {
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(CacheTest, RefusesADirectoryOthersMayWriteTo) {
  ASSERT_EQ(chmod(path_.c_str(), 0770), 0);
  const auto cache = Cache::open(path_);
  ASSERT_FALSE(cache.ok());
  EXPECT_EQ(cache.error().code(), Code::Denied);
  EXPECT_NE(cache.error().message().find("others may write to it (mode 770)"), std::string::npos);
}

TEST_F(CacheTest, RefusesADirectoryOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  ASSERT_EQ(chown(path_.c_str(), 12345, 12345), 0);
  EXPECT_EQ(Cache::open(path_).error().code(), Code::Denied);
}

TEST_F(CacheTest, RefusesCodeOthersMayWriteTo) {
  store();
  ASSERT_EQ(chmod(code_path().c_str(), 0666), 0);
  EXPECT_EQ(cache_->load(kKey).error().code(), Code::Denied);
}

TEST_F(CacheTest, RefusesDamagedCode) {
  store();
  std::string code = read(code_path());
  code[3] ^= 1;
  write(code_path(), code);
  EXPECT_EQ(cache_->load(kKey).error().message(), "the code's digest does not match");
  write(code_path(), kCode.substr(1));
  EXPECT_EQ(cache_->load(kKey).error().message(), "the code has 10 bytes instead of 11");
}

TEST_F(CacheTest, RefusesDamagedCodeWithItsOldTimes) {
  store();
  struct stat before;
  ASSERT_EQ(stat(code_path().c_str(), &before), 0);
  write(code_path(), "Native code");
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, code_path().c_str(), times, 0), 0);
  EXPECT_FALSE(cache_->load(kKey).ok());
}

TEST_F(CacheTest, RefusesEveryDamageToTheProgramFile) {
  store();
  const std::string good = read(program_path());
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] ^= 0x10;
    write(program_path(), bad);
    EXPECT_FALSE(cache_->load(kKey).ok()) << at;
    write(program_path(), good.substr(0, at));
    EXPECT_FALSE(cache_->load(kKey).ok()) << at;
  }
}

TEST_F(CacheTest, RefusesTheArtifactOfAnotherKey) {
  store();
  const Digest other = sha256(as_bytes("other"));
  std::filesystem::copy(code_path(), cache_->path_of(other));
  std::filesystem::copy(
      program_path(), std::filesystem::path(cache_->path_of(other)).replace_extension(".program"));
  EXPECT_EQ(cache_->load(other).error().message(), "it belongs to another component");
}

TEST_F(CacheTest, AcceptsAWholeCopyAndVouchesForIt) {
  store();
  const std::string program = read(program_path());
  std::filesystem::remove(code_path());
  write(code_path(), kCode);
  EXPECT_TRUE(cache_->load(kKey).ok());
  EXPECT_NE(read(program_path()), program);  // the new identity
  EXPECT_TRUE(cache_->load(kKey).ok());
}

TEST_F(CacheTest, AFailedStoreIsAnErrorAndLeavesNothing) {
  std::filesystem::create_directories(code_path() + "/x");  // cannot be renamed over
  EXPECT_EQ(cache_->store(kKey, as_bytes(kCode), test_program()).error().code(), Code::Io);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path_), {}), 1);
}

TEST_F(CacheTest, ManyWritersAndReadersAgree) {
  store();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this] {
      for (int round = 0; round < 20; ++round) {
        EXPECT_TRUE(cache_->store(kKey, as_bytes(kCode), test_program()).ok());
        const auto entry = cache_->load(kKey);
        EXPECT_TRUE(entry.ok() && read(entry->code_path()) == kCode);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(CacheTest, RemembersASettledSourceOnly) {
  fs::Identity source{.device = 1, .inode = 2, .size = 3, .modified_ns = 4, .changed_ns = 5};
  EXPECT_FALSE(cache_->recall(source, kSettings));
  cache_->remember(source, kSettings, kKey);
  EXPECT_EQ(cache_->recall(source, kSettings), kKey);
  EXPECT_FALSE(cache_->recall(source, kKey));  // other settings

  fs::Identity changed = source;
  changed.changed_ns = 6;
  EXPECT_FALSE(cache_->recall(changed, kSettings));

  fs::Identity fresh{.device = 1, .inode = 9};
  fresh.changed_ns = std::chrono::system_clock::now().time_since_epoch().count();
  cache_->remember(fresh, kSettings, kKey);
  EXPECT_FALSE(cache_->recall(fresh, kSettings));
}

TEST_F(CacheTest, RemembersWhatInputsLedTo) {
  const Digest inputs = sha256(as_bytes("inputs"));
  EXPECT_FALSE(cache_->recall(inputs, kSettings));
  cache_->remember(inputs, kSettings, kKey);
  EXPECT_EQ(cache_->recall(inputs, kSettings), kKey);
  EXPECT_FALSE(cache_->recall(inputs, kKey));  // other settings
  EXPECT_FALSE(cache_->recall(kKey, kSettings));

  const std::string file = std::filesystem::directory_iterator(path_)->path();
  const std::string good = read(file);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] ^= 0x10;
    write(file, bad);
    EXPECT_FALSE(cache_->recall(inputs, kSettings)) << at;
  }
}

TEST(Digest, IsSha256) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace favo::compile
