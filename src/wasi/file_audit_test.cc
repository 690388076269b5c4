#include "wasi/file_audit.h"

#include <gtest/gtest.h>

#include "wasi/filesystem.h"
#include "wasi/granted_directory.h"

namespace favo::wasi {
namespace {

constexpr std::string_view kTypes = "wasi:filesystem/types@0.2.12";
constexpr std::int64_t kCreate = 1, kRead = 1, kWrite = 2;

/// A guest with `/data` to write to and `/ro` to look at.
struct FileAudit : testing::Test {
  using Value = FakeGuest::Value;

  FileAudit() {
    add_filesystem(guest.functions);
    guest.config.audit = audit;
    guest.config.names = {"app.wasm", "app.wasm.parser"};
    directory.grant("/ro", fs::Access::ReadOnly);
    directory.write("file", "text");
    Value value{};
    value.i32 = kResult;
    guest.call("wasi:filesystem/preopens@0.2.0", "get-directories", {&value, 1});
    const auto list = guest.at<std::uint32_t>(kResult);
    data = guest.at<std::int32_t>(list);
    ro = guest.at<std::int32_t>(list + 12);
  }

  static constexpr std::uint32_t kResult = 512;

  void call(std::string_view name, std::vector<std::int64_t> flat) {
    std::vector<Value> values(flat.size() + 1);
    for (std::size_t i = 0; i < flat.size(); ++i) values[i].i64 = flat[i];
    values.back().i32 = kResult;
    guest.finish(kTypes, name, values);
  }
  void open(std::int32_t self, std::string_view path, std::int64_t open_flags, std::int64_t flags) {
    call("[method]descriptor.open-at",
         {self, 1, guest.put(path), static_cast<std::int64_t>(path.size()), open_flags, flags});
  }
  void at_path(std::string_view name, std::int32_t self, std::string_view path) {
    call(name, {self, guest.put(path), static_cast<std::int64_t>(path.size())});
  }
  /// `component function target → grant`, in the order of the audit.
  std::vector<std::string> refused() const { return lines(audit->refused_uses()); }
  std::vector<std::string> granted() const { return lines(audit->granted_uses()); }
  static std::vector<std::string> lines(const std::vector<telemetry::Audit::Entry>& entries) {
    std::vector<std::string> all;
    for (const telemetry::Audit::Entry& entry : entries)
      all.push_back(entry.component + " " + entry.function + " " + entry.target + " → " +
                    entry.grant);
    return all;
  }
  std::string grant(std::string_view rest) const {
    return "--dir " + directory.path.string() + ":" + std::string(rest);
  }

  std::shared_ptr<telemetry::Audit> audit =
      std::make_shared<telemetry::Audit>(telemetry::Audit::Scope::Explanation);
  FakeGuest guest;
  GrantedDirectory directory{guest};
  std::int32_t data = 0, ro = 0;
};

TEST_F(FileAudit, ChangesThroughAGrantForReading) {
  open(ro, "new", kCreate, kWrite);
  at_path("[method]descriptor.unlink-file-at", ro, "file");
  open(ro, "file", 0, kRead);
  const auto file = guest.at<std::int32_t>(kResult + 4);
  call("[method]descriptor.write", {file, guest.put("x"), 1, 0});
  call("[method]descriptor.set-size", {file, 0});
  call("[method]descriptor.write-via-stream", {file, 0});
  const std::string grant = " → " + this->grant("/ro");
  EXPECT_EQ(refused(), (std::vector<std::string>{
                           "app.wasm descriptor.open-at /ro/new" + grant,
                           "app.wasm descriptor.set-size /ro" + grant,
                           "app.wasm descriptor.unlink-file-at /ro/file" + grant,
                           "app.wasm descriptor.write /ro" + grant,
                           "app.wasm descriptor.write-via-stream /ro" + grant,
                       }));
}

TEST_F(FileAudit, TheReadOnlySideOfTwo) {
  call("[method]descriptor.rename-at", {data, guest.put("file"), 4, ro, guest.put("gone"), 4});
  ASSERT_EQ(refused().size(), 1u);
  EXPECT_EQ(refused()[0], "app.wasm descriptor.rename-at /ro/gone → " + grant("/ro"));
}

TEST_F(FileAudit, PathsThatLeadOut) {
  std::filesystem::create_symlink("/etc", directory.path / "link");
  open(data, "../x", 0, kRead);
  open(data, "/etc/passwd", 0, kRead);
  open(data, "link/passwd", 0, kRead);
  at_path("[method]descriptor.create-directory-at", data, "./../x");
  EXPECT_EQ(audit->refusals(), 4u);
  for (const auto& entry : audit->refused_uses()) EXPECT_FALSE(entry.exact) << entry.target;
  // Not permitted for a reason of the system's: a directory has one name.
  call("[method]descriptor.link-at", {data, 0, guest.put("."), 1, data, guest.put("hard"), 4});
  EXPECT_EQ(audit->refusals(), 4u);
}

TEST_F(FileAudit, WhatTheSystemSaysIsNoRefusal) {
  open(data, "missing", 0, kRead);
  open(data, "file", kCreate, kRead);
  at_path("[method]descriptor.remove-directory-at", data, "file");
  EXPECT_EQ(audit->refusals(), 0u);
}

TEST_F(FileAudit, AnExplanationKnowsTheLeastThatIsNeeded) {
  open(data, "file", 0, kRead);
  open(ro, "file", 0, kRead);
  guest.component = 1;
  open(data, "new", kCreate, kWrite);
  EXPECT_EQ(granted(), (std::vector<std::string>{
                           "app.wasm descriptor.open-at /data → " + grant("/data:ro"),
                           "app.wasm descriptor.open-at /ro → " + grant("/ro:ro"),
                           "app.wasm.parser descriptor.open-at /data → " + grant("/data"),
                       }));
}

TEST_F(FileAudit, AGuestWithoutDirectoriesIsTold) {
  guest.config.others.directories.clear();
  Value value{};
  value.i32 = kResult;
  guest.call("wasi:filesystem/preopens@0.2.0", "get-directories", {&value, 1});
  ASSERT_EQ(refused().size(), 1u);
  EXPECT_EQ(refused()[0], "app.wasm get-directories any directory → --dir HOST:GUEST");
}

TEST_F(FileAudit, TooManyOpenFilesNameTheLimit) {
  guest.config.max_open_files = 20;
  for (int i = 0; i < 22; ++i) open(data, "file", 0, kRead);
  ASSERT_EQ(refused().size(), 1u);
  EXPECT_EQ(refused()[0],
            "app.wasm descriptor.open-at too many open files → --max-open-files, which is 20");
  EXPECT_EQ(audit->refusals(), 2u);
}

TEST_F(FileAudit, NobodyNeedsToListen) {
  guest.config.audit = nullptr;
  open(ro, "new", kCreate, kWrite);
  open(data, "../x", 0, kRead);
  EXPECT_EQ(audit->refusals(), 0u);
}

}  // namespace
}  // namespace favo::wasi
