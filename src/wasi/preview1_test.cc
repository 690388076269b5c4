#include "wasi/preview1.h"

#include <gtest/gtest.h>

#include "wasi/granted_directory.h"
#include "wasi/preview1_abi.h"
#include "wasi/stdio.h"

namespace favo::wasi::preview1 {
namespace {

using Outcome = FakeGuest::Outcome;
using Value = FakeGuest::Value;

/// Standard input with a text, then its end, unless nothing comes at all; output is kept.
struct TextStdio final : LineStdio {
  std::unique_ptr<InputStream> open_stdin() override { return std::make_unique<Text>(*this); }
  void line(Channel, std::string_view text) override { lines.emplace_back(text); }
  bool is_terminal(StandardStream stream) const override { return terminal == stream; }
  std::vector<std::string> lines;
  std::optional<StandardStream> terminal;
  bool waiting = false;

  struct Text final : InputStream {
    explicit Text(const TextStdio& stdio) : stdio(stdio) {}
    Bytes data() override { return stdio.waiting ? Bytes() : left; }
    void consume(std::size_t size) override { left = left.subspan(size); }
    StreamState state() override {
      return stdio.waiting || !left.empty() ? StreamState::Open : StreamState::Closed;
    }
    Signal& signal() override { return signal_; }
    std::unique_ptr<IoError> failure() override { return nullptr; }
    const TextStdio& stdio;
    Bytes left = as_bytes("input");
    Signal signal_;
  };
};

struct Preview1 : testing::Test {
  Preview1() {
    add_preview1(guest.functions);
    guest.context.set_stdio(&stdio);
  }

  static constexpr std::uint32_t kResult = 512;
  static constexpr std::uint32_t kDir = 3;  ///< the granted directory

  /// Calls a function; its errno.
  std::uint32_t call(std::string_view name, std::vector<std::int64_t> flat) {
    std::vector<Value> values(std::max<std::size_t>(flat.size(), 1));
    for (std::size_t i = 0; i < flat.size(); ++i) values[i].i64 = flat[i];
    EXPECT_EQ(guest.finish(kPreview1, name, values), Outcome::Done) << name << ": " << guest.error;
    return static_cast<std::uint32_t>(values[0].i32);
  }
  bool traps(std::string_view name, std::vector<std::int64_t> flat) {
    std::vector<Value> values(flat.size());
    for (std::size_t i = 0; i < flat.size(); ++i) values[i].i64 = flat[i];
    return guest.finish(kPreview1, name, values) == Outcome::Failed;
  }
  std::uint32_t word() const { return guest.at<std::uint32_t>(kResult); }

  std::uint32_t open(std::string_view path, int oflags, std::int64_t rights, int fdflags = 0,
                     std::uint32_t dir = kDir, int lookup = 0) {
    return call("path_open", {dir, lookup, guest.put(path), static_cast<std::int64_t>(path.size()),
                              oflags, rights, 0, fdflags, kResult});
  }
  std::uint32_t opened(std::string_view path, int oflags, std::int64_t rights, int fdflags = 0) {
    EXPECT_EQ(open(path, oflags, rights, fdflags), kSuccess) << path;
    return word();
  }
  std::uint32_t on_path(std::string_view name, std::string_view path) {
    return call(name, {kDir, guest.put(path), static_cast<std::int64_t>(path.size())});
  }
  /// One vector at 256.
  std::int64_t vector(std::uint32_t at, std::uint32_t size) {
    abi::write_scalar(guest.bytes.data() + 256, at);
    abi::write_scalar(guest.bytes.data() + 260, size);
    return 256;
  }
  std::uint32_t write(std::uint32_t fd, std::string_view text) {
    const auto at = guest.put(text);
    return call("fd_write", {fd, vector(at, static_cast<std::uint32_t>(text.size())), 1, kResult});
  }
  std::string read(std::uint32_t fd, std::uint32_t size) {
    EXPECT_EQ(call("fd_read", {fd, vector(8192, size), 1, kResult}), kSuccess);
    return std::string(as_text(Bytes(guest.bytes).subspan(8192, word())));
  }

  TextStdio stdio;
  FakeGuest guest;
  GrantedDirectory directory{guest};
};

TEST_F(Preview1, ArgumentsAndEnvironmentAreLines) {
  guest.config.others.arguments = {"prog", "a b"};
  guest.config.others.environment = {{"K", "V"}};
  EXPECT_EQ(call("args_sizes_get", {kResult, kResult + 4}), kSuccess);
  EXPECT_EQ(word(), 2u);
  EXPECT_EQ(guest.at<std::uint32_t>(kResult + 4), 9u);
  EXPECT_EQ(call("args_get", {kResult, 600}), kSuccess);
  EXPECT_EQ(guest.at<std::uint32_t>(kResult + 4), 605u);
  EXPECT_EQ(std::string(as_text(Bytes(guest.bytes).subspan(600, 9))),
            std::string("prog\0a b\0", 9));
  EXPECT_EQ(call("environ_get", {kResult, 600}), kSuccess);
  EXPECT_EQ(std::string(as_text(Bytes(guest.bytes).subspan(600, 4))), std::string("K=V\0", 4));
  EXPECT_TRUE(traps("args_get", {kResult, 65530}));
  EXPECT_TRUE(traps("args_get", {kResult + 1, 600}));
}

TEST_F(Preview1, ClocksTellTime) {
  guest.clock.wall = {2, 5};
  EXPECT_EQ(call("clock_time_get", {0, 0, kResult}), kSuccess);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult), 2'000'000'005u);
  EXPECT_EQ(call("clock_time_get", {1, 0, kResult}), kSuccess);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult), 1'000u);
  EXPECT_EQ(call("clock_res_get", {1, kResult}), kSuccess);
  EXPECT_EQ(call("clock_res_get", {2, kResult}), kInval);
  EXPECT_EQ(call("clock_time_get", {9, 0, kResult}), kInval);
}

TEST_F(Preview1, RandomFillsTheGuestsMemory) {
  EXPECT_EQ(call("random_get", {kResult, 4}), kSuccess);
  EXPECT_EQ(word(), 0x03020100u);
  EXPECT_TRUE(traps("random_get", {65535, 2}));
  EXPECT_TRUE(traps("random_get", {0, 1 << 30}));
  EXPECT_EQ(call("random_get", {kResult, 0}), kSuccess);
}

TEST_F(Preview1, MuchThatIsRandomComesInSteps) {
  guest.bytes.resize(2 << 20);
  guest.random.next = 0;
  EXPECT_EQ(call("random_get", {1024, 1'000'000}), kSuccess);
  for (std::size_t i = 0; i < 1'000'000; ++i)
    ASSERT_EQ(guest.bytes[1024 + i], static_cast<std::uint8_t>(i)) << i;
  EXPECT_EQ(guest.bytes[1024 + 1'000'000], 0);
  // Others have their turn.
  Value values[2] = {};
  values[0].i32 = 1024;
  values[1].i32 = 1'000'000;
  EXPECT_EQ(guest.call(kPreview1, "random_get", values), Outcome::Pending);
  EXPECT_EQ(guest.parked.size(), 1u);
}

TEST_F(Preview1, ExitKeepsTheCode) {
  EXPECT_TRUE(traps("proc_exit", {33}));
  EXPECT_EQ(guest.context.exit_code(), 33);
}

TEST_F(Preview1, ExitCodesHaveEightBits) {
  EXPECT_TRUE(traps("proc_exit", {-1}));
  EXPECT_EQ(guest.context.exit_code(), 255);
}

TEST_F(Preview1, StandardStreamsReadAndWrite) {
  EXPECT_EQ(write(1, "out\n"), kSuccess);
  EXPECT_EQ(word(), 4u);
  EXPECT_EQ(write(2, std::string(10'000, 'x') + "\n"), kSuccess);
  EXPECT_EQ(word(), 10'001u);
  EXPECT_EQ(stdio.lines.front(), "out");
  EXPECT_EQ(read(0, 3), "inp");
  EXPECT_EQ(read(0, 100), "ut");
  EXPECT_EQ(read(0, 100), "");
  EXPECT_EQ(write(0, "x"), kBadf);
  EXPECT_EQ(call("fd_read", {1, vector(8192, 1), 1, kResult}), kBadf);
  EXPECT_EQ(call("fd_seek", {1, 0, 0, kResult}), kSpipe);
  EXPECT_EQ(call("fd_pread", {0, vector(8192, 1), 1, 0, kResult}), kSpipe);
  EXPECT_EQ(call("fd_pwrite", {1, vector(8192, 1), 1, 0, kResult}), kSpipe);
  EXPECT_EQ(call("fd_close", {1}), kSuccess);
  EXPECT_EQ(write(1, "x"), kBadf);
}

TEST_F(Preview1, TerminalsAreCharacterDevices) {
  stdio.terminal = StandardStream::Out;
  for (const std::uint32_t fd : {0u, 1u, 2u}) {
    EXPECT_EQ(call("fd_fdstat_get", {fd, kResult}), kSuccess);
    EXPECT_EQ(guest.at<std::uint8_t>(kResult), fd == 1 ? kCharacterDevice : kUnknown);
    EXPECT_EQ(call("fd_filestat_get", {fd, kResult}), kSuccess);
    EXPECT_EQ(guest.at<std::uint8_t>(kResult + 16), fd == 1 ? kCharacterDevice : kUnknown);
  }
}

TEST_F(Preview1, StreamsThatMustNotWaitSayAgain) {
  stdio.waiting = true;
  EXPECT_EQ(call("fd_fdstat_set_flags", {0, kNonblock}), kSuccess);
  EXPECT_EQ(call("fd_fdstat_get", {0, kResult}), kSuccess);
  EXPECT_EQ(guest.at<std::uint16_t>(kResult + 2), kNonblock);
  EXPECT_EQ(call("fd_read", {0, vector(8192, 1), 1, kResult}), kAgain);
  EXPECT_EQ(call("fd_fdstat_set_flags", {1, kNonblock}), kSuccess);
  EXPECT_EQ(write(1, "out\n"), kSuccess);
  EXPECT_EQ(call("fd_fdstat_set_flags", {kDir, kNonblock}), kBadf);
}

TEST_F(Preview1, PreopensAreNamed) {
  EXPECT_EQ(call("fd_prestat_get", {kDir, kResult}), kSuccess);
  EXPECT_EQ(word(), 0u);
  EXPECT_EQ(guest.at<std::uint32_t>(kResult + 4), 5u);
  EXPECT_EQ(call("fd_prestat_dir_name", {kDir, kResult, 4}), kNametoolong);
  EXPECT_EQ(call("fd_prestat_dir_name", {kDir, kResult, 100}), kSuccess);
  EXPECT_EQ(as_text(Bytes(guest.bytes).subspan(kResult, 5)), "/data");
  EXPECT_EQ(call("fd_prestat_get", {kDir + 1, kResult}), kBadf);
  EXPECT_EQ(call("fd_prestat_get", {1, kResult}), kBadf);
  EXPECT_EQ(call("fd_prestat_dir_name", {1, kResult, 100}), kNotdir);
}

TEST_F(Preview1, FilesHaveAPosition) {
  const auto fd = opened("a", kCreat, kFdRead | kFdWrite);
  EXPECT_EQ(write(fd, "hello world"), kSuccess);
  EXPECT_EQ(call("fd_tell", {fd, kResult}), kSuccess);
  EXPECT_EQ(word(), 11u);
  EXPECT_EQ(call("fd_seek", {fd, -5, 2, kResult}), kSuccess);
  EXPECT_EQ(word(), 6u);
  EXPECT_EQ(read(fd, 100), "world");
  EXPECT_EQ(call("fd_seek", {fd, -100, 1, kResult}), kInval);
  EXPECT_EQ(call("fd_seek", {fd, 0, 3, kResult}), kInval);
  EXPECT_EQ(call("fd_seek", {fd, INT64_MAX, 1, kResult}), kInval);
  EXPECT_EQ(call("fd_pread", {fd, vector(8192, 5), 1, 6, kResult}), kSuccess);
  EXPECT_EQ(as_text(Bytes(guest.bytes).subspan(8192, 5)), "world");
  EXPECT_EQ(call("fd_seek", {kDir, 0, 0, kResult}), kBadf);
  EXPECT_EQ(call("fd_tell", {kDir, kResult}), kBadf);
}

TEST_F(Preview1, AppendWritesAtTheEndUntilItIsSwitchedOff) {
  const auto fd = opened("a", kCreat, kFdRead | kFdWrite, kAppend);
  EXPECT_EQ(write(fd, "one"), kSuccess);
  EXPECT_EQ(call("fd_seek", {fd, 0, 0, kResult}), kSuccess);
  EXPECT_EQ(write(fd, "two"), kSuccess);
  EXPECT_EQ(directory.read("a"), "onetwo");
  EXPECT_EQ(call("fd_tell", {fd, kResult}), kSuccess);
  EXPECT_EQ(word(), 6u);
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, 0}), kSuccess);
  EXPECT_EQ(call("fd_seek", {fd, 0, 0, kResult}), kSuccess);
  EXPECT_EQ(write(fd, "1"), kSuccess);
  EXPECT_EQ(directory.read("a"), "1netwo");
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, kSync}), kInval);
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, 1 << 10}), kInval);
}

TEST_F(Preview1, HowAFileIsSynchronisedStaysAsItWasOpened) {
  const auto fd = opened("a", kCreat, kFdWrite, kSync | kAppend);
  const auto flags = [&] {
    EXPECT_EQ(call("fd_fdstat_get", {fd, kResult}), kSuccess);
    return guest.at<std::uint16_t>(kResult + 2);
  };
  EXPECT_EQ(flags(), kSync | kAppend);
  // As a program does that adds one to those it finds.
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, kSync | kAppend | kNonblock}), kSuccess);
  EXPECT_EQ(flags(), kSync | kAppend | kNonblock);
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, kSync | kDsync}), kInval);
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, 0}), kSuccess);
  EXPECT_EQ(flags(), kSync);
  EXPECT_EQ(call("fd_fdstat_set_flags", {1, kSync}), kInval);
}

TEST_F(Preview1, LongTransfersGoInSteps) {
  guest.bytes.resize(3 << 20);
  for (std::size_t i = 0; i < 1 << 20; ++i)
    guest.bytes[(1 << 20) + i] = static_cast<std::uint8_t>(i * 7 + (i >> 11));
  const auto fd = opened("a", kCreat, kFdRead | kFdWrite);
  EXPECT_EQ(call("fd_write", {fd, vector(1 << 20, 1 << 20), 1, kResult}), kSuccess);
  EXPECT_EQ(word(), 1u << 20);
  EXPECT_EQ(call("fd_seek", {fd, 0, 0, kResult}), kSuccess);
  EXPECT_EQ(call("fd_read", {fd, vector(2 << 20, 1 << 20), 1, kResult}), kSuccess);
  EXPECT_EQ(word(), 1u << 20);
  EXPECT_TRUE(std::ranges::equal(Bytes(guest.bytes).subspan(1 << 20, 1 << 20),
                                 Bytes(guest.bytes).subspan(2 << 20, 1 << 20)));
}

TEST_F(Preview1, AllVectorsAreFilled) {
  directory.write("a", "abcdef");
  const auto fd = opened("a", 0, kFdRead);
  const std::uint32_t vectors[] = {700, 2, 800, 0, 900, 3};
  std::memcpy(guest.bytes.data() + 256, vectors, sizeof vectors);
  EXPECT_EQ(call("fd_read", {fd, 256, 3, kResult}), kSuccess);
  EXPECT_EQ(word(), 5u);
  EXPECT_EQ(as_text(Bytes(guest.bytes).subspan(700, 2)), "ab");
  EXPECT_EQ(as_text(Bytes(guest.bytes).subspan(900, 3)), "cde");
  EXPECT_EQ(call("fd_read", {fd, 256, 1025, kResult}), kInval);
  EXPECT_TRUE(traps("fd_read", {fd, vector(65530, 100), 1, kResult}));
  EXPECT_TRUE(traps("fd_read", {fd, 257, 1, kResult}));
}

TEST_F(Preview1, RightsSayHowAFileIsOpen) {
  directory.write("a", "text");
  const auto reader = opened("a", 0, kFdRead), writer = opened("a", 0, kFdWrite);
  const auto rights = [&](std::uint32_t fd) {
    EXPECT_EQ(call("fd_fdstat_get", {fd, kResult}), kSuccess);
    return guest.at<std::uint64_t>(kResult + 8);
  };
  EXPECT_EQ(rights(reader) & (kFdRead | kFdWrite), kFdRead);
  EXPECT_EQ(rights(writer) & (kFdRead | kFdWrite), kFdWrite);
  EXPECT_EQ(rights(kDir) & (kPathOpen | kFdSeek), kPathOpen);
  EXPECT_EQ(guest.at<std::uint8_t>(kResult), kDirectory);
  EXPECT_EQ(rights(1) & (kFdRead | kFdWrite | kFdSeek | kFdTell), kFdWrite);
  EXPECT_EQ(write(reader, "x"), kBadf);
  EXPECT_EQ(call("fd_read", {writer, vector(8192, 1), 1, kResult}), kBadf);
  // To create is not to write.
  const auto created = opened("b", kCreat, kFdRead);
  EXPECT_EQ(rights(created) & (kFdRead | kFdWrite), kFdRead);
  EXPECT_EQ(write(created, "x"), kBadf);
}

TEST_F(Preview1, ADirectoryHandsOnWhatItsGrantDoes) {
  std::filesystem::create_directory(directory.path / "sub");
  const auto rights = [&](std::uint32_t fd) {
    EXPECT_EQ(call("fd_fdstat_get", {fd, kResult}), kSuccess);
    return std::pair(guest.at<std::uint64_t>(kResult + 8), guest.at<std::uint64_t>(kResult + 16));
  };
  const auto sub = opened("sub", kOpenDirectory, 0);
  EXPECT_EQ(rights(sub), rights(kDir));
  EXPECT_EQ(rights(sub).second & (kFdRead | kFdWrite), kFdRead | kFdWrite);
}

TEST_F(Preview1, RightsCanBeGivenUpButNotTakenBack) {
  directory.write("a", "text");
  const auto rights = [&](std::uint32_t fd) {
    EXPECT_EQ(call("fd_fdstat_get", {fd, kResult}), kSuccess);
    return std::pair(static_cast<std::int64_t>(guest.at<std::uint64_t>(kResult + 8)),
                     static_cast<std::int64_t>(guest.at<std::uint64_t>(kResult + 16)));
  };
  const auto set = [&](std::uint32_t fd, std::int64_t base, std::int64_t inheriting) {
    return call("fd_fdstat_set_rights", {fd, base, inheriting});
  };
  const auto fd = opened("a", 0, kFdRead | kFdWrite), other = opened("a", 0, kFdRead | kFdWrite);
  const auto [base, inheriting] = rights(fd);
  EXPECT_EQ(set(fd, base, inheriting), kSuccess);
  EXPECT_EQ(set(fd, base | kPathOpen, inheriting), kNotcapable);
  EXPECT_EQ(set(fd, base & ~std::int64_t{kFdWrite | kFdSeek | kFdFilestatGet}, 0), kSuccess);
  EXPECT_EQ(set(fd, base, 0), kNotcapable);
  EXPECT_EQ(write(fd, "x"), kBadf);
  EXPECT_EQ(read(fd, 2), "te");
  EXPECT_EQ(call("fd_seek", {fd, 0, 0, kResult}), kNotcapable);
  EXPECT_EQ(call("fd_seek", {fd, 0, 1, kResult}), kSuccess);  // tells
  EXPECT_EQ(call("fd_pread", {fd, vector(8192, 1), 1, 0, kResult}), kNotcapable);
  EXPECT_EQ(call("fd_filestat_get", {fd, kResult}), kNotcapable);
  EXPECT_EQ(write(other, "x"), kSuccess);
  // They move with the descriptor, and not to one that gets its number.
  EXPECT_EQ(call("fd_renumber", {fd, other}), kSuccess);
  EXPECT_EQ(write(other, "x"), kBadf);
  EXPECT_EQ(opened("a", 0, kFdWrite), fd);
  EXPECT_EQ(write(fd, "x"), kSuccess);
  EXPECT_EQ(set(99, 0, 0), kBadf);

  const auto dir = opened(".", kOpenDirectory, 0);
  const auto [dir_base, dir_inheriting] = rights(dir);
  EXPECT_EQ(set(dir, dir_base & ~std::int64_t{kPathUnlinkFile | kPathCreateFile},
                dir_inheriting & ~std::int64_t{kFdRead}),
            kSuccess);
  EXPECT_EQ(call("path_unlink_file", {dir, guest.put("a"), 1}), kNotcapable);
  EXPECT_EQ(open("c", kCreat, 0, 0, dir), kNotcapable);
  EXPECT_EQ(open("a", 0, kFdRead, 0, dir), kNotcapable);
  EXPECT_EQ(open("a", 0, 0, 0, dir), kSuccess);
  const auto opened_through = word();
  EXPECT_EQ(rights(opened_through).first & kFdRead, 0u);
  EXPECT_EQ(call("fd_read", {opened_through, vector(8192, 1), 1, kResult}), kBadf);
  EXPECT_EQ(open(".", kOpenDirectory, 0, 0, dir), kSuccess);
  EXPECT_EQ(open("a", 0, kFdRead, 0, word()), kNotcapable);
}

TEST_F(Preview1, ToOpenSynchronisedTakesTheRightToSynchronise) {
  directory.write("a", "text");
  const auto dir = opened(".", kOpenDirectory, 0);
  EXPECT_EQ(call("fd_fdstat_get", {dir, kResult}), kSuccess);
  auto base = static_cast<std::int64_t>(guest.at<std::uint64_t>(kResult + 8));
  const auto inheriting = static_cast<std::int64_t>(guest.at<std::uint64_t>(kResult + 16));
  const auto give_up = [&](std::int64_t rights) {
    base &= ~rights;
    EXPECT_EQ(call("fd_fdstat_set_rights", {dir, base, inheriting}), kSuccess);
  };
  EXPECT_EQ(open("a", 0, kFdWrite, kDsync, dir), kSuccess);
  give_up(kFdDatasync);
  EXPECT_EQ(open("a", 0, kFdWrite, kDsync, dir), kSuccess);  // by the wider right
  EXPECT_EQ(open("a", 0, kFdWrite, kSync, dir), kSuccess);
  give_up(kFdSync);
  for (const int flag : {kDsync, kRsync, kSync})
    EXPECT_EQ(open("a", 0, kFdWrite, flag, dir), kNotcapable) << flag;
  EXPECT_EQ(open("a", 0, kFdWrite, kAppend, dir), kSuccess);
}

TEST_F(Preview1, RenumberMovesAndCloses) {
  const auto a = opened("a", kCreat, kFdWrite), b = opened("b", kCreat, kFdWrite);
  EXPECT_EQ(call("fd_renumber", {a, b}), kSuccess);
  EXPECT_EQ(write(b, "x"), kSuccess);
  EXPECT_EQ(directory.read("a"), "x");
  EXPECT_EQ(call("fd_close", {a}), kBadf);
  EXPECT_EQ(call("fd_renumber", {b, a}), kBadf);
  EXPECT_EQ(call("fd_renumber", {b, b}), kSuccess);
  EXPECT_EQ(opened("c", kCreat, 0), a);  // used again
}

TEST_F(Preview1, PathsStayBeneathAndErrorsAreTold) {
  directory.write("file", "text");
  EXPECT_EQ(open("../x", 0, kFdRead), kPerm);
  EXPECT_EQ(open("/etc/passwd", 0, kFdRead), kPerm);
  EXPECT_EQ(open("none", 0, kFdRead), kNoent);
  EXPECT_EQ(open("file/", 0, kFdRead), kNotdir);
  EXPECT_EQ(open("file", kOpenDirectory, kFdRead), kNotdir);
  EXPECT_EQ(open("file", kCreat | kExcl, kFdRead), kExist);
  EXPECT_EQ(open("d", kCreat | kOpenDirectory, kFdRead), kInval);
  EXPECT_EQ(open(".", kOpenDirectory, kFdRead | kFdWrite), kIsdir);
  EXPECT_EQ(open("\xff", 0, kFdRead), kIlseq);
  EXPECT_EQ(open("file", 1 << 8, kFdRead), kInval);
  EXPECT_EQ(open("file", 0, kFdRead, 1 << 8), kInval);
  EXPECT_EQ(open("file", 0, kFdRead, 0, 1), kBadf);
  const auto file = opened("file", 0, kFdRead);
  EXPECT_EQ(open("x", 0, kFdRead, 0, file), kNotdir);
  EXPECT_EQ(call("path_unlink_file", {file, guest.put("x"), 1}), kNotdir);
  EXPECT_EQ(call("path_filestat_get", {file, 0, guest.put("x"), 1, kResult}), kNotdir);
  EXPECT_EQ(call("path_unlink_file", {1, guest.put("x"), 1}), kBadf);
  EXPECT_EQ(on_path("path_remove_directory", "file"), kNotdir);
  EXPECT_EQ(on_path("path_create_directory", "dir"), kSuccess);
  EXPECT_EQ(on_path("path_create_directory", "dir"), kExist);
  EXPECT_EQ(on_path("path_unlink_file", "dir"), kIsdir);
  EXPECT_EQ(on_path("path_remove_directory", "dir/"), kSuccess);
  EXPECT_EQ(call("path_link", {kDir, 1, guest.put("file"), 4, kDir, guest.put("l"), 1}), kInval);
  EXPECT_EQ(call("path_link", {kDir, 0, guest.put("file"), 4, kDir, guest.put("l"), 1}), kSuccess);
  EXPECT_EQ(call("path_rename", {kDir, guest.put("l"), 1, kDir, guest.put("m"), 1}), kSuccess);
  EXPECT_EQ(call("path_symlink", {guest.put("file"), 4, kDir, guest.put("s"), 1}), kSuccess);
  EXPECT_EQ(call("path_symlink", {guest.put("/etc"), 4, kDir, guest.put("t"), 1}), kPerm);
  EXPECT_EQ(open("s", 0, kFdRead), kLoop);
  EXPECT_EQ(open("s", 0, kFdRead, 0, kDir, 1), kSuccess);
  EXPECT_EQ(call("path_readlink", {kDir, guest.put("s"), 1, 700, 2, kResult}), kSuccess);
  EXPECT_EQ(word(), 2u);
  EXPECT_EQ(as_text(Bytes(guest.bytes).subspan(700, 2)), "fi");
  EXPECT_EQ(on_path("path_unlink_file", "m"), kSuccess);
}

TEST_F(Preview1, AttributesAreToldAndSet) {
  directory.write("a", "text");
  EXPECT_EQ(call("path_filestat_set_times", {kDir, 0, guest.put("a"), 1, 5, 7'000'000'001, 5}),
            kSuccess);
  EXPECT_EQ(call("path_filestat_get", {kDir, 0, guest.put("a"), 1, kResult}), kSuccess);
  EXPECT_EQ(guest.at<std::uint8_t>(kResult + 16), kRegularFile);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 24), 1u);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 32), 4u);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 40), 5u);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 48), 7'000'000'001u);
  const auto inode = guest.at<std::uint64_t>(kResult + 8);
  const auto fd = opened("a", 0, kFdRead | kFdWrite);
  EXPECT_EQ(call("fd_filestat_set_size", {fd, 2}), kSuccess);
  EXPECT_EQ(call("fd_filestat_get", {fd, kResult}), kSuccess);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 8), inode);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 32), 2u);
  EXPECT_EQ(call("fd_filestat_set_times", {fd, 0, 0, 3}), kInval);
  EXPECT_EQ(call("fd_filestat_set_times", {fd, 0, 0, 12}), kInval);
  EXPECT_EQ(call("fd_filestat_set_times", {fd, 0, 0, 16}), kInval);
  EXPECT_EQ(call("fd_allocate", {fd, 90, 20}), kSuccess);
  EXPECT_EQ(call("fd_filestat_get", {fd, kResult}), kSuccess);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 32), 110u);
  EXPECT_EQ(call("fd_advise", {fd, 0, 0, 5}), kSuccess);
  EXPECT_EQ(call("fd_advise", {fd, 0, 0, 6}), kInval);
  EXPECT_EQ(call("fd_sync", {fd}), kSuccess);
  EXPECT_EQ(call("fd_datasync", {fd}), kSuccess);
  EXPECT_EQ(call("fd_filestat_set_size", {kDir, 0}), kBadf);
  EXPECT_EQ(call("fd_advise", {kDir, 0, 0, 0}), kBadf);
  EXPECT_EQ(call("fd_filestat_get", {1, kResult}), kSuccess);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 32), 0u);
  EXPECT_EQ(call("fd_filestat_get", {99, kResult}), kBadf);
}

struct Listed {
  std::uint64_t next, inode;
  std::uint8_t type;
  std::string name;
};

struct Readdir : Preview1 {
  /// One `fd_readdir`; what was cut is left out. Whether the end was reached through `ended`.
  std::vector<Listed> list(std::uint64_t cookie, std::uint32_t size, bool& ended) {
    EXPECT_EQ(call("fd_readdir", {kDir, 8192, size, static_cast<std::int64_t>(cookie), kResult}),
              kSuccess);
    EXPECT_LE(word(), size);
    ended = word() < size;
    std::vector<Listed> entries;
    for (std::uint32_t at = 8192, end = 8192 + word(); at + 24 <= end;) {
      const auto length = guest.at<std::uint32_t>(at + 16);
      if (at + 24 + length > end) break;
      entries.push_back({guest.at<std::uint64_t>(at), guest.at<std::uint64_t>(at + 8),
                         guest.at<std::uint8_t>(at + 20),
                         std::string(as_text(Bytes(guest.bytes).subspan(at + 24, length)))});
      at += 24 + length;
    }
    return entries;
  }
};

TEST_F(Readdir, BeginsWithDotsAndSeesNewEntries) {
  bool ended = false;
  auto entries = list(0, 256, ended);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_TRUE(ended);
  EXPECT_EQ(entries[0].name, ".");
  EXPECT_EQ(entries[1].name, "..");
  EXPECT_EQ(entries[0].type, kDirectory);
  EXPECT_EQ(call("fd_filestat_get", {kDir, kResult}), kSuccess);
  EXPECT_EQ(entries[0].inode, guest.at<std::uint64_t>(kResult + 8));

  directory.write("file", "");
  entries = list(0, 256, ended);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[2].name, "file");
  EXPECT_EQ(entries[2].type, kRegularFile);
  EXPECT_EQ(call("path_filestat_get", {kDir, 0, guest.put("file"), 4, kResult}), kSuccess);
  EXPECT_EQ(entries[2].inode, guest.at<std::uint64_t>(kResult + 8));
  const auto rest = list(entries[1].next, 256, ended);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].name, "file");
  EXPECT_TRUE(list(entries[2].next, 256, ended).empty());
  EXPECT_TRUE(ended);
}

TEST_F(Readdir, GoesOnFromAnyCookieThroughSmallBuffers) {
  for (int i = 0; i < 1000; ++i) directory.write("file." + std::to_string(i), "");
  for (const std::uint32_t size : {64u, 256u, 4096u}) {
    std::uint64_t cookie = 0;
    std::size_t total = 0;
    for (bool ended = false; !ended;) {
      const auto entries = list(cookie, size, ended);
      total += entries.size();
      if (!entries.empty()) cookie = entries.back().next;
      ASSERT_TRUE(ended || !entries.empty());
    }
    EXPECT_EQ(total, 1002u) << size;
  }
}

TEST_F(Readdir, CutsTheLastEntry) {
  directory.write("name", "");
  bool ended = true;
  EXPECT_EQ(list(2, 26, ended).size(), 0u);
  EXPECT_FALSE(ended);
  EXPECT_EQ(as_text(Bytes(guest.bytes).subspan(8192 + 24, 2)), "na");
  EXPECT_EQ(list(2, 10, ended).size(), 0u);
  EXPECT_FALSE(ended);
  EXPECT_EQ(list(2, 100, ended).size(), 1u);
  EXPECT_EQ(call("fd_readdir", {kDir, 8192, 100, 77, kResult}), kInval);
  EXPECT_EQ(call("fd_readdir", {1, 8192, 100, 0, kResult}), kBadf);
}

struct PollOneoff : Preview1 {
  static constexpr std::uint32_t kIn = 2048, kOut = 3072;
  void subscription(int index, std::uint64_t userdata, std::uint8_t type, std::uint32_t id,
                    std::uint64_t timeout = 0, std::uint16_t flags = 0) {
    std::uint8_t* at = guest.bytes.data() + kIn + index * 48;
    abi::write_scalar(at, userdata);
    abi::write_scalar(at + 8, type);
    abi::write_scalar(at + 16, id);
    abi::write_scalar(at + 24, timeout);
    abi::write_scalar(at + 40, flags);
  }
  std::uint32_t poll(int count) { return call("poll_oneoff", {kIn, kOut, count, kResult}); }
};

TEST_F(PollOneoff, ReadyDescriptorsComeBeforeTheClock) {
  directory.write("a", "text");
  const auto file = opened("a", 0, kFdRead | kFdWrite);
  subscription(0, 10, 0, 1, 1'000'000'000'000);
  subscription(1, 11, 1, 0);
  subscription(2, 12, 2, 1);
  subscription(3, 13, 1, file);
  subscription(4, 14, 2, file);
  EXPECT_EQ(poll(5), kSuccess);
  ASSERT_EQ(word(), 4u);
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(guest.at<std::uint64_t>(kOut + i * 32), 11 + i);
  EXPECT_EQ(guest.at<std::uint64_t>(kOut + 2 * 32 + 16), 4u);  // left of the file
}

TEST_F(PollOneoff, WaitsForTheClock) {
  subscription(0, 10, 0, 1, 500);
  Value values[4] = {};
  values[0].i32 = kIn;
  values[1].i32 = kOut;
  values[2].i32 = 1;
  values[3].i32 = kResult;
  EXPECT_EQ(guest.call(kPreview1, "poll_oneoff", values), Outcome::Pending);
  ASSERT_EQ(guest.parked.size(), 1u);
  guest.clock.monotonic += 500;
  EXPECT_EQ(guest.call(kPreview1, "poll_oneoff", values, true), Outcome::Done);
  EXPECT_EQ(word(), 1u);
  EXPECT_EQ(guest.at<std::uint64_t>(kOut), 10u);
  // A moment that has passed, on either clock.
  guest.clock.wall = {100, 0};
  subscription(0, 10, 0, 0, 99'000'000'000, 1);
  EXPECT_EQ(poll(1), kSuccess);
  subscription(0, 10, 0, 1, 1, 1);
  EXPECT_EQ(poll(1), kSuccess);
}

TEST_F(PollOneoff, RefusesWhatCannotBeWaitedFor) {
  EXPECT_EQ(poll(0), kInval);
  EXPECT_EQ(poll(4097), kInval);
  subscription(0, 10, 3, 1);
  EXPECT_EQ(poll(1), kInval);
  EXPECT_TRUE(traps("poll_oneoff", {65530, kOut, 1, kResult}));
}

TEST_F(PollOneoff, WhatFailsIsAnEventThatSaysWhy) {
  stdio.waiting = true;
  subscription(0, 10, 0, 1, 1'000'000'000'000);
  subscription(1, 11, 1, 0);  // nothing comes
  subscription(2, 12, 1, 99);
  subscription(3, 13, 2, kDir);
  subscription(4, 14, 0, 2);             // no such clock
  subscription(5, 15, 0, 1, 1, 1 << 5);  // no such flag
  EXPECT_EQ(poll(6), kSuccess);
  ASSERT_EQ(word(), 4u);
  const std::pair<std::uint8_t, Errno> expected[] = {
      {1, kBadf}, {2, kBadf}, {0, kInval}, {0, kInval}};
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::uint32_t at = kOut + i * 32;
    EXPECT_EQ(guest.at<std::uint64_t>(at), 12 + i);
    EXPECT_EQ(guest.at<std::uint8_t>(at + 10), expected[i].first) << i;
    EXPECT_EQ(guest.at<std::uint16_t>(at + 8), expected[i].second) << i;
    EXPECT_EQ(guest.at<std::uint64_t>(at + 16), 0u) << i;
    EXPECT_EQ(guest.at<std::uint16_t>(at + 24), 0u) << i;
  }
}

TEST_F(PollOneoff, TakesTheRightToReadOrWrite) {
  directory.write("a", "text");
  const auto fd = opened("a", 0, kFdRead | kFdWrite);
  EXPECT_EQ(call("fd_fdstat_get", {fd, kResult}), kSuccess);
  const auto rights = static_cast<std::int64_t>(guest.at<std::uint64_t>(kResult + 8));
  EXPECT_EQ(call("fd_fdstat_set_rights", {fd, rights & ~std::int64_t{kFdWrite}, 0}), kSuccess);
  subscription(0, 10, 1, fd);
  subscription(1, 11, 2, fd);
  EXPECT_EQ(poll(2), kSuccess);
  ASSERT_EQ(word(), 2u);
  EXPECT_EQ(guest.at<std::uint16_t>(kOut + 8), kSuccess);
  EXPECT_EQ(guest.at<std::uint16_t>(kOut + 32 + 8), kNotcapable);
}

TEST_F(PollOneoff, StreamsEndAndFilesDoNot) {
  directory.write("a", "");
  const auto file = opened("a", 0, kFdRead);
  EXPECT_EQ(read(0, 100), "input");
  subscription(0, 10, 1, file);
  subscription(1, 11, 1, 0);
  EXPECT_EQ(poll(2), kSuccess);
  ASSERT_EQ(word(), 2u);
  for (std::uint32_t i = 0; i < 2; ++i) {
    EXPECT_EQ(guest.at<std::uint64_t>(kOut + i * 32 + 16), 0u);
    EXPECT_EQ(guest.at<std::uint16_t>(kOut + i * 32 + 24), i);  // hung up
  }
}

TEST_F(Preview1, NoDescriptorIsASocket) {
  EXPECT_EQ(call("sock_shutdown", {1, 3}), kNotsock);
  EXPECT_EQ(call("sock_shutdown", {99, 3}), kBadf);
  EXPECT_EQ(call("sock_accept", {kDir, 0, kResult}), kNotsock);
  EXPECT_EQ(call("sock_recv", {0, 0, 0, 0, kResult, kResult}), kNotsock);
  EXPECT_EQ(call("sock_send", {0, 0, 0, 0, kResult}), kNotsock);
  EXPECT_EQ(call("proc_raise", {1}), kNotsup);
  EXPECT_EQ(call("sched_yield", {}), kSuccess);
}

TEST_F(Preview1, ReadOnlyGrantsAndTheLimitOfOpenFilesAreTold) {
  directory.grant("/ro", fs::Access::ReadOnly);
  EXPECT_EQ(open("x", kCreat, kFdWrite, 0, kDir + 1), kRofs);
  for (int i = 0; i < 20; ++i) opened("a", kCreat, kFdRead);
  EXPECT_EQ(open("a", 0, kFdRead), kMfile);
}

}  // namespace
}  // namespace favo::wasi::preview1
