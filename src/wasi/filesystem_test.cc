#include "wasi/filesystem.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "wasi/filesystem_error.h"
#include "wasi/filesystem_hash.h"
#include "wasi/granted_directory.h"

namespace favo::wasi::filesystem {
namespace {

using Outcome = FakeGuest::Outcome;
using Value = FakeGuest::Value;

constexpr std::string_view kTypes = "wasi:filesystem/types@0.2.12";
constexpr std::string_view kStreams = "wasi:io/streams@0.2.12";
constexpr int kFollow = 1, kCreate = 1, kDirectory = 2, kExclusive = 4, kTruncate = 8;
constexpr int kRead = 1, kWrite = 2, kMutate = 32;

struct Filesystem : testing::Test {
  Filesystem() {
    add_filesystem(guest.functions);
    add_io(guest.functions);
    root = preopens().front();
  }

  /// Result areas begin here: tag, then the payload at its alignment.
  static constexpr std::uint32_t kResult = 512;

  std::vector<std::int32_t> preopens() {
    Value value{};
    value.i32 = kResult;
    EXPECT_EQ(guest.call("wasi:filesystem/preopens@0.2.0", "get-directories", {&value, 1}),
              Outcome::Done);
    std::vector<std::int32_t> handles;
    for (std::uint32_t i = 0; i < guest.at<std::uint32_t>(kResult + 4); ++i)
      handles.push_back(guest.at<std::int32_t>(guest.at<std::uint32_t>(kResult) + 12 * i));
    return handles;
  }

  /// Calls a function that returns a result in memory; -1 for `ok`, else the error's number at
  /// `error_at`.
  int call(std::string_view name, std::vector<std::int64_t> flat, std::uint32_t error_at = 4,
           std::string_view interface = kTypes) {
    std::vector<Value> values(flat.size() + 1);
    for (std::size_t i = 0; i < flat.size(); ++i) values[i].i64 = flat[i];
    values.back().i32 = kResult;
    EXPECT_EQ(guest.finish(interface, name, values), Outcome::Done) << guest.error;
    return guest.at<std::uint8_t>(kResult) == 0 ? -1 : guest.at<std::uint8_t>(kResult + error_at);
  }
  /// A method of a descriptor with a path.
  int at_path(std::string_view name, std::int32_t self, std::string_view path) {
    return call(name, {self, guest.put(path), static_cast<std::int64_t>(path.size())}, 1);
  }
  int open(std::int32_t self, std::string_view path, int open_flags, int flags,
           int path_flags = 0) {
    return call("[method]descriptor.open-at",
                {self, path_flags, guest.put(path), static_cast<std::int64_t>(path.size()),
                 open_flags, flags});
  }
  std::int32_t opened(std::string_view path, int open_flags, int flags) {
    EXPECT_EQ(open(root, path, open_flags, flags), -1) << path;
    return guest.at<std::int32_t>(kResult + 4);
  }
  static int code(ErrorCode error) { return static_cast<int>(error); }

  FakeGuest guest;
  GrantedDirectory directory{guest};
  std::int32_t root = 0;
};

TEST_F(Filesystem, GivesTheGrantedDirectoriesByName) {
  directory.grant("/ro", fs::Access::ReadOnly);
  const auto handles = preopens();
  ASSERT_EQ(handles.size(), 2u);
  const auto list = guest.at<std::uint32_t>(kResult);
  EXPECT_EQ(guest.string_at(list + 4), "/data");
  EXPECT_EQ(guest.string_at(list + 16), "/ro");
  EXPECT_EQ(call("[method]descriptor.get-flags", {handles[0]}), -1);
  EXPECT_EQ(guest.at<std::uint8_t>(kResult + 1), kRead | kMutate);
  EXPECT_EQ(call("[method]descriptor.get-flags", {handles[1]}), -1);
  EXPECT_EQ(guest.at<std::uint8_t>(kResult + 1), kRead);
}

TEST_F(Filesystem, WritesReadsAndStats) {
  const auto file = opened("a", kCreate, kRead | kWrite);
  EXPECT_EQ(call("[method]descriptor.write", {file, guest.put("hello"), 5, 0}, 8), -1);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 8), 5u);
  EXPECT_EQ(directory.read("a"), "hello");
  EXPECT_EQ(call("[method]descriptor.read", {file, 100, 1}), -1);
  EXPECT_EQ(guest.string_at(kResult + 4), "ello");
  EXPECT_EQ(guest.at<std::uint8_t>(kResult + 12), 0);
  EXPECT_EQ(call("[method]descriptor.read", {file, 100, 5}), -1);
  EXPECT_EQ(guest.at<std::uint8_t>(kResult + 12), 1);  // the end
  EXPECT_EQ(call("[method]descriptor.stat", {file}, 8), -1);
  EXPECT_EQ(guest.at<std::uint8_t>(kResult + 8), static_cast<int>(DescriptorType::RegularFile));
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 24), 5u);
}

TEST_F(Filesystem, FlagsSayHowAFileCameToBeOpen) {
  struct Case {
    int open, asked, told;
  };
  for (const Case& item :
       {Case{kCreate, 0, kRead | kWrite}, Case{kCreate, kRead, kRead | kWrite},
        Case{kCreate, kWrite, kWrite}, Case{0, 0, kRead}, Case{0, kWrite, kWrite},
        Case{kExclusive, 0, kRead}, Case{kTruncate, 0, kRead | kWrite},
        Case{0, kRead | 4, kRead | 4}, Case{0, kRead | kMutate, kRead}}) {
    const auto file = opened("a", item.open, item.asked);
    EXPECT_EQ(call("[method]descriptor.get-flags", {file}), -1);
    EXPECT_EQ(guest.at<std::uint8_t>(kResult + 1), item.told) << item.open << " " << item.asked;
  }
}

TEST_F(Filesystem, StreamsReadWhatStreamsWrote) {
  const auto file = opened("a", kCreate, kRead | kWrite);
  EXPECT_EQ(call("[method]descriptor.write-via-stream", {file, 0}), -1);
  const auto out = guest.at<std::int32_t>(kResult + 4);
  constexpr std::string_view kWriteAndFlush = "[method]output-stream.blocking-write-and-flush";
  EXPECT_EQ(call(kWriteAndFlush, {out, guest.put("hello "), 6}, 4, kStreams), -1) << guest.error;
  EXPECT_EQ(call(kWriteAndFlush, {out, guest.put("world"), 5}, 4, kStreams), -1);
  EXPECT_EQ(call("[method]descriptor.append-via-stream", {file}), -1);
  const auto append = guest.at<std::int32_t>(kResult + 4);
  EXPECT_EQ(call(kWriteAndFlush, {append, guest.put("!"), 1}, 4, kStreams), -1);
  EXPECT_EQ(directory.read("a"), "hello world!");

  EXPECT_EQ(call("[method]descriptor.read-via-stream", {file, 6}), -1);
  const auto in = guest.at<std::int32_t>(kResult + 4);
  constexpr std::string_view kBlockingRead = "[method]input-stream.blocking-read";
  EXPECT_EQ(call(kBlockingRead, {in, 3}, 4, kStreams), -1);
  EXPECT_EQ(guest.string_at(kResult + 4), "wor");
  // What is written behind its back is seen: nothing was read ahead.
  EXPECT_EQ(call("[method]descriptor.write", {file, guest.put("LD?"), 3, 9}, 8), -1);
  EXPECT_EQ(call(kBlockingRead, {in, 100}, 4, kStreams), -1);
  EXPECT_EQ(guest.string_at(kResult + 4), "LD?");
  EXPECT_EQ(call(kBlockingRead, {in, 100}, 4, kStreams), 1);  // closed
}

TEST_F(Filesystem, ZeroesAreWrittenInPieces) {
  const auto file = opened("a", kCreate, kRead | kWrite);
  EXPECT_EQ(call("[method]descriptor.write-via-stream", {file, 1}), -1);
  const auto out = guest.at<std::int32_t>(kResult + 4);
  EXPECT_EQ(call("[method]output-stream.check-write", {out}, 8, kStreams), -1);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 8), 65536u);
  EXPECT_EQ(call("[method]output-stream.write-zeroes", {out, 65536}, 4, kStreams), -1);
  EXPECT_EQ(call("[method]output-stream.blocking-flush", {out}, 4, kStreams), -1);
  EXPECT_EQ(directory.read("a"), std::string(65537, '\0'));
}

TEST_F(Filesystem, ACallAfterADroppedStreamSeesWhatItWrote) {
  const auto file = opened("a", kCreate, kRead | kWrite);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(call("[method]descriptor.write-via-stream", {file, i}), -1);
    const auto handle = guest.at<std::uint32_t>(kResult + 4);
    EXPECT_EQ(call("[method]output-stream.check-write", {handle}, 8, kStreams), -1);
    EXPECT_EQ(call("[method]output-stream.write", {handle, guest.put("x"), 1}, 4, kStreams), -1);
    const auto& type = abi::resource_type<OutputStream>();
    const auto dropped = guest.table.drop(type, handle);
    ASSERT_TRUE(dropped.ok());
    type.destroy(dropped->rep);
    EXPECT_EQ(call("[method]descriptor.read", {file, 100, 0}), -1);
    EXPECT_EQ(guest.string_at(kResult + 4), std::string(i + 1, 'x'));
  }
}

TEST_F(Filesystem, AStreamsFailureHasItsCode) {
  const auto file = opened("a", kCreate, kRead | kWrite);
  EXPECT_EQ(call("[method]descriptor.write-via-stream", {file, -1}), -1);
  const auto out = guest.at<std::int32_t>(kResult + 4);
  EXPECT_EQ(
      call("[method]output-stream.blocking-write-and-flush", {out, guest.put("x"), 1}, 4, kStreams),
      0);
  const auto error = guest.at<std::int32_t>(kResult + 8);
  Value values[2] = {};
  values[0].i32 = error;
  values[1].i32 = kResult;
  EXPECT_EQ(guest.call(kTypes, "filesystem-error-code", values), Outcome::Done);
  EXPECT_EQ(guest.at<std::uint8_t>(kResult), 1);
  EXPECT_EQ(guest.at<std::uint8_t>(kResult + 1), code(ErrorCode::Invalid));
}

TEST_F(Filesystem, PathsWork) {
  EXPECT_EQ(at_path("[method]descriptor.create-directory-at", root, "dir"), -1);
  EXPECT_EQ(at_path("[method]descriptor.create-directory-at", root, "dir"), code(ErrorCode::Exist));
  const auto dir = opened("dir", kDirectory, kRead | kMutate);
  directory.write("dir/file", "x");
  EXPECT_EQ(call("[method]descriptor.symlink-at",
                 {root, guest.put("dir/file"), 8, guest.put("link"), 4}, 1),
            -1);
  EXPECT_EQ(call("[method]descriptor.readlink-at", {root, guest.put("link"), 4}), -1);
  EXPECT_EQ(guest.string_at(kResult + 4), "dir/file");
  EXPECT_EQ(open(root, "link", 0, kRead), code(ErrorCode::Loop));
  EXPECT_EQ(open(root, "link", 0, kRead, kFollow), -1);
  EXPECT_EQ(call("[method]descriptor.stat-at", {root, 0, guest.put("link"), 4}, 8), -1);
  EXPECT_EQ(guest.at<std::uint8_t>(kResult + 8), static_cast<int>(DescriptorType::SymbolicLink));
  EXPECT_EQ(call("[method]descriptor.link-at",
                 {dir, 0, guest.put("file"), 4, root, guest.put("hard"), 4}, 1),
            -1);
  EXPECT_EQ(call("[method]descriptor.link-at",
                 {dir, kFollow, guest.put("file"), 4, root, guest.put("h"), 1}, 1),
            code(ErrorCode::Invalid));
  EXPECT_EQ(call("[method]descriptor.rename-at",
                 {root, guest.put("hard"), 4, dir, guest.put("moved"), 5}, 1),
            -1);
  EXPECT_EQ(at_path("[method]descriptor.unlink-file-at", dir, "moved"), -1);
  EXPECT_EQ(at_path("[method]descriptor.remove-directory-at", root, "dir"),
            code(ErrorCode::NotEmpty));
  EXPECT_EQ(at_path("[method]descriptor.unlink-file-at", root, "../x"),
            code(ErrorCode::NotPermitted));
  EXPECT_EQ(open(root, "/etc/passwd", 0, kRead), code(ErrorCode::NotPermitted));
}

TEST_F(Filesystem, WhatIsNoFileOrNoDirectorySaysSo) {
  const auto file = opened("a", kCreate, kRead);
  EXPECT_EQ(open(file, "x", 0, kRead), code(ErrorCode::NotDirectory));
  EXPECT_EQ(at_path("[method]descriptor.unlink-file-at", file, "x"), code(ErrorCode::NotDirectory));
  EXPECT_EQ(call("[method]descriptor.read-directory", {file}), code(ErrorCode::NotDirectory));
  EXPECT_EQ(call("[method]descriptor.read-via-stream", {root, 0}), code(ErrorCode::IsDirectory));
  EXPECT_EQ(call("[method]descriptor.write-via-stream", {root, 0}), code(ErrorCode::BadDescriptor));
  EXPECT_EQ(call("[method]descriptor.read", {root, 1, 0}), code(ErrorCode::BadDescriptor));
  EXPECT_EQ(call("[method]descriptor.advise", {root, 0, 0, 0}, 1), code(ErrorCode::BadDescriptor));
  EXPECT_EQ(open(root, ".", 0, kWrite), code(ErrorCode::IsDirectory));
  const auto write_only = opened("a", 0, kWrite);
  EXPECT_EQ(call("[method]descriptor.read", {write_only, 1, 0}), code(ErrorCode::BadDescriptor));
  EXPECT_EQ(call("[method]descriptor.read-via-stream", {write_only, 0}),
            code(ErrorCode::BadDescriptor));
}

TEST_F(Filesystem, AReadOnlyGrantRefusesChanges) {
  directory.write("a", "text");
  directory.grant("/ro", fs::Access::ReadOnly);
  const auto ro = preopens()[1];
  EXPECT_EQ(open(ro, "a", 0, kRead), -1);
  const auto file = guest.at<std::int32_t>(kResult + 4);
  const int refused = code(ErrorCode::ReadOnly);
  EXPECT_EQ(open(ro, "a", 0, kWrite), refused);
  EXPECT_EQ(open(ro, "b", kCreate, kRead), refused);
  EXPECT_EQ(open(ro, ".", 0, kMutate), refused);
  EXPECT_EQ(at_path("[method]descriptor.create-directory-at", ro, "d"), refused);
  EXPECT_EQ(call("[method]descriptor.write", {file, guest.put("x"), 1, 0}, 8), refused);
  EXPECT_EQ(call("[method]descriptor.write-via-stream", {file, 0}), refused);
  EXPECT_EQ(call("[method]descriptor.append-via-stream", {file}), refused);
  EXPECT_EQ(call("[method]descriptor.set-size", {file, 0}, 1), refused);
  EXPECT_EQ(
      call("[method]descriptor.rename-at", {root, guest.put("a"), 1, ro, guest.put("b"), 1}, 1),
      refused);
  EXPECT_EQ(directory.read("a"), "text");
}

TEST_F(Filesystem, ListsADirectory) {
  for (int i = 0; i < 300; ++i) directory.write("file" + std::to_string(i), "");
  EXPECT_EQ(call("[method]descriptor.read-directory", {root}), -1);
  const auto stream = guest.at<std::int32_t>(kResult + 4);
  constexpr std::string_view kNext = "[method]directory-entry-stream.read-directory-entry";
  int entries = 0;
  while (true) {
    ASSERT_EQ(call(kNext, {stream}), -1);
    if (guest.at<std::uint8_t>(kResult + 4) == 0) break;
    EXPECT_EQ(guest.at<std::uint8_t>(kResult + 8), static_cast<int>(DescriptorType::RegularFile));
    EXPECT_TRUE(guest.string_at(kResult + 12).starts_with("file"));
    ++entries;
  }
  EXPECT_EQ(entries, 300);
}

TEST_F(Filesystem, TimesAreSetAndChecked) {
  const auto file = opened("a", kCreate, kRead | kWrite);
  // Flat: access (tag, seconds, nanoseconds), modification (the same).
  EXPECT_EQ(call("[method]descriptor.set-times", {file, 0, 0, 0, 2, 77, 9}, 1), -1);
  EXPECT_EQ(call("[method]descriptor.stat", {file}, 8), -1);
  EXPECT_EQ(guest.at<std::uint64_t>(kResult + 64), 77u);
  EXPECT_EQ(call("[method]descriptor.set-times", {file, 1, 0, 0, 2, -1, 0}, 1),
            code(ErrorCode::Overflow));
  EXPECT_EQ(call("[method]descriptor.set-times", {file, 1, 0, 0, 2, 0, 1'000'000'000}, 1),
            code(ErrorCode::Invalid));
  EXPECT_EQ(
      call("[method]descriptor.set-times-at", {root, 0, guest.put("a"), 1, 2, 5, 0, 1, 0, 0}, 1),
      -1);
}

TEST_F(Filesystem, IdentityIsTold) {
  const auto a = opened("a", kCreate, kRead), same = opened("a", 0, kRead);
  const auto other = opened("b", kCreate, kRead);
  const auto is_same = [&](std::int32_t left, std::int32_t right) {
    Value values[2] = {};
    values[0].i32 = left;
    values[1].i32 = right;
    EXPECT_EQ(guest.finish(kTypes, "[method]descriptor.is-same-object", values), Outcome::Done);
    return values[0].i32;
  };
  EXPECT_EQ(is_same(a, same), 1);
  EXPECT_EQ(is_same(a, other), 0);
  const auto hash = [&](std::int32_t self) {
    EXPECT_EQ(call("[method]descriptor.metadata-hash", {self}, 8), -1);
    return guest.at<std::uint64_t>(kResult + 8);
  };
  EXPECT_EQ(hash(a), hash(same));
  EXPECT_NE(hash(a), hash(other));
}

TEST_F(Filesystem, OpenFilesAreLimited) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(open(root, "a", kCreate, kRead), -1);
  EXPECT_EQ(open(root, "a", 0, kRead), code(ErrorCode::Quota));
  EXPECT_EQ(call("[method]descriptor.read-directory", {root}), code(ErrorCode::Quota));
}

TEST(FilesystemHash, IsSipHash) {
  // SipHash-2-4 with 128 bits, of the bytes 00 … 0f under the key 00 … 0f.
  constexpr std::uint64_t kFirst = 0x0706050403020100, kSecond = 0x0f0e0d0c0b0a0908;
  const MetadataHashValue hash = metadata_hash_of({kFirst, kSecond}, kFirst, kSecond);
  EXPECT_EQ(hash.lower, 0xbb54b067caa4e26eu);
  EXPECT_EQ(hash.upper, 0x77052385bf1533fdu);
}

TEST(FilesystemError, EveryRefusalHasACode) {
  EXPECT_EQ(code_of({EACCES}), ErrorCode::Access);
  EXPECT_EQ(code_of({EPERM}), ErrorCode::NotPermitted);
  EXPECT_EQ(code_of({EROFS}), ErrorCode::ReadOnly);
  EXPECT_EQ(code_of({EMFILE}), ErrorCode::Quota);
  EXPECT_EQ(code_of({EXDEV}), ErrorCode::CrossDevice);
  EXPECT_EQ(code_of({EHOSTDOWN}), ErrorCode::Io);
}

}  // namespace
}  // namespace favo::wasi::filesystem
