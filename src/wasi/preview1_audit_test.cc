#include "wasi/preview1_audit.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wasi/granted_directory.h"
#include "wasi/preview1.h"

namespace favo::wasi::preview1 {
namespace {

/// A guest with `/data` to write to as 3, and `/ro` to look at as 4.
struct Preview1Audit : testing::Test {
  using Value = FakeGuest::Value;

  Preview1Audit() {
    add_preview1(guest.functions);
    guest.config.audit = audit;
    guest.config.names = {"app.wasm"};
    directory.grant("/ro", fs::Access::ReadOnly);
    directory.write("file", "text");
  }

  static constexpr std::uint32_t kResult = 512, kData = 3, kRo = 4;

  std::uint32_t call(std::string_view name, std::vector<std::int64_t> flat) {
    std::vector<Value> values(flat.size());
    for (std::size_t i = 0; i < flat.size(); ++i) values[i].i64 = flat[i];
    guest.finish(kPreview1, name, values);
    return static_cast<std::uint32_t>(values[0].i32);
  }
  std::uint32_t open(std::uint32_t dir, std::string_view path, int oflags, std::int64_t rights) {
    return call("path_open", {dir, 1, guest.put(path), static_cast<std::int64_t>(path.size()),
                              oflags, rights, 0, 0, kResult});
  }
  std::uint32_t at_path(std::string_view name, std::uint32_t dir, std::string_view path) {
    return call(name, {dir, guest.put(path), static_cast<std::int64_t>(path.size())});
  }
  /// `function target → grant`, in the order of the audit.
  static std::vector<std::string> lines(const std::vector<telemetry::Audit::Entry>& entries) {
    std::vector<std::string> all;
    for (const telemetry::Audit::Entry& entry : entries) {
      EXPECT_EQ(entry.interface, kPreview1);
      all.push_back(entry.function + " " + entry.target + " → " + entry.grant);
    }
    return all;
  }
  std::string grant(std::string_view rest) const {
    return " → --dir " + directory.path.string() + ":" + std::string(rest);
  }

  std::shared_ptr<telemetry::Audit> audit =
      std::make_shared<telemetry::Audit>(telemetry::Audit::Scope::Explanation);
  FakeGuest guest;
  GrantedDirectory directory{guest};
};

TEST_F(Preview1Audit, ChangesThroughAGrantForReading) {
  EXPECT_EQ(open(kRo, "new", kCreat, kFdRead), kRofs);
  EXPECT_EQ(at_path("path_unlink_file", kRo, "file"), kRofs);
  EXPECT_EQ(call("path_rename", {kData, guest.put("file"), 4, kRo, guest.put("gone"), 4}), kRofs);
  EXPECT_EQ(open(kRo, "file", 0, kFdRead), kSuccess);
  const auto fd = guest.at<std::uint32_t>(kResult);
  EXPECT_EQ(call("fd_filestat_set_size", {fd, 0}), kRofs);
  EXPECT_EQ(call("fd_filestat_set_times", {fd, 0, 0, 5}), kRofs);
  EXPECT_EQ(call("fd_allocate", {fd, 0, 1}), kRofs);
  const std::string grant = this->grant("/ro");
  EXPECT_EQ(lines(audit->refused_uses()), (std::vector<std::string>{
                                              "fd_allocate /ro" + grant,
                                              "fd_filestat_set_size /ro" + grant,
                                              "fd_filestat_set_times /ro" + grant,
                                              "path_open /ro/new" + grant,
                                              "path_rename /ro/gone" + grant,
                                              "path_unlink_file /ro/file" + grant,
                                          }));
}

TEST_F(Preview1Audit, PathsThatLeadOut) {
  std::filesystem::create_symlink("/etc", directory.path / "link");
  EXPECT_EQ(open(kData, "../x", 0, kFdRead), kPerm);
  EXPECT_EQ(open(kData, "link/passwd", 0, kFdRead), kPerm);
  EXPECT_EQ(at_path("path_create_directory", kData, "/x"), kPerm);
  EXPECT_EQ(call("path_filestat_get", {kData, 1, guest.put("link"), 4, kResult}), kPerm);
  EXPECT_EQ(call("path_symlink", {guest.put("/etc"), 4, kData, guest.put("s"), 1}), kPerm);
  EXPECT_EQ(audit->refusals(), 5u);
  for (const auto& entry : audit->refused_uses()) EXPECT_FALSE(entry.exact) << entry.target;
  // What the system says, and what the guest gave up itself, is no refusal.
  EXPECT_EQ(open(kData, "none", 0, kFdRead), kNoent);
  EXPECT_EQ(call("path_link", {kData, 0, guest.put("."), 1, kData, guest.put("l"), 1}), kPerm);
  EXPECT_EQ(call("fd_fdstat_set_rights", {kData, 0, 0}), kSuccess);
  EXPECT_EQ(open(kData, "file", 0, kFdRead), kNotcapable);
  EXPECT_EQ(audit->refusals(), 5u);
}

TEST_F(Preview1Audit, AnExplanationKnowsTheLeastThatIsNeeded) {
  guest.config.others.environment = {{"KEY", "secret"}};
  EXPECT_EQ(open(kData, "file", 0, kFdRead), kSuccess);
  EXPECT_EQ(open(kRo, "file", 0, kFdRead), kSuccess);
  EXPECT_EQ(call("fd_readdir", {kRo, 8192, 100, 0, kResult}), kSuccess);
  EXPECT_EQ(at_path("path_create_directory", kData, "new"), kSuccess);
  EXPECT_EQ(call("environ_sizes_get", {kResult, kResult + 4}), kSuccess);
  EXPECT_EQ(lines(audit->granted_uses()), (std::vector<std::string>{
                                              "environ_sizes_get KEY → --env \"KEY=$KEY\"",
                                              "fd_readdir /ro" + grant("/ro:ro"),
                                              "path_create_directory /data" + grant("/data"),
                                              "path_open /data" + grant("/data:ro"),
                                              "path_open /ro" + grant("/ro:ro"),
                                          }));
  EXPECT_EQ(audit->refusals(), 0u);
}

TEST_F(Preview1Audit, AGuestWithoutDirectoriesIsTold) {
  guest.config.others.directories.clear();
  EXPECT_EQ(call("fd_prestat_get", {3, kResult}), kBadf);
  EXPECT_EQ(call("fd_prestat_get", {4, kResult}), kBadf);
  EXPECT_EQ(lines(audit->refused_uses()),
            (std::vector<std::string>{"fd_prestat_get any directory → --dir HOST:GUEST"}));
}

}  // namespace
}  // namespace favo::wasi::preview1
