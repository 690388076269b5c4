#include "server/static_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <utility>
#include <vector>

namespace favo::server {
namespace {

using testing::ElementsAre;
using testing::StartsWith;
using Kind = StaticFiles::Found::Kind;

class StaticFilesTest : public testing::Test {
 protected:
  using Field = std::pair<std::string_view, std::string_view>;

  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / "favo-static-files";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "site" / "docs");
    std::filesystem::create_directories(folder_ / "site" / "empty");
    std::filesystem::create_directories(folder_ / "site" / ".git");
    write("outside.txt", "outside");
    write("site/index.html", "home");
    write("site/app.js", std::string(5000, 'x'));
    write("site/photo.png", std::string(5000, 'x'));
    write("site/small.txt", "small");
    write("site/a b%.txt", "odd");
    write("site/docs/index.html", "docs");
    write("site/.env", "secret");
    write("site/.git/config", "secret");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    age(name, 3600);
  }
  void age(const std::string& name, int seconds) {
    std::filesystem::last_write_time(folder_ / name, std::filesystem::file_time_type::clock::now() -
                                                         std::chrono::seconds(seconds));
  }

  std::shared_ptr<const StaticFiles> open(StaticFiles::Options options = {}) {
    options.folder = (folder_ / "site").string();
    auto opened = StaticFiles::open(options, std::make_shared<fs::Helpers>(), permits_);
    EXPECT_TRUE(opened) << opened.error().message();
    return *opened;
  }
  static std::optional<StaticFiles::Wanted> wanted(const StaticFiles& files,
                                                   std::string_view target,
                                                   std::vector<Field> fields = {}) {
    http::RequestHead head;
    head.method = "GET";
    head.target = target;
    head.fields = fields;
    return files.wanted(head);
  }
  StaticFiles::Found find(std::string_view target, std::vector<Field> fields = {},
                          StaticFiles::Options options = {}) {
    const auto files = open(std::move(options));
    const auto asked = wanted(*files, target, std::move(fields));
    if (!asked) return {};
    return files->find(*asked);
  }
  static std::string read(const StaticFiles::Found& found) {
    std::string text(found.size, '\0');
    const std::span<std::uint8_t> to(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
    text.resize(found.file->read(to, 0).value_or(0));
    return text;
  }

  std::filesystem::path folder_;
  std::shared_ptr<fs::OpenFiles> permits_ = std::make_shared<fs::OpenFiles>(100);
};

TEST_F(StaticFilesTest, PathsBelowTheRouteArePathsInTheFolder) {
  const auto top = open(), below = open({.route_segments = 1}), deep = open({.route_segments = 2});
  EXPECT_EQ(wanted(*top, "/a/b.txt")->path, "a/b.txt");
  EXPECT_EQ(wanted(*below, "/assets/a/b.txt?x=/y")->path, "a/b.txt");
  EXPECT_EQ(wanted(*deep, "/a/b/c")->path, "c");
  EXPECT_EQ(wanted(*top, "/a%20b%25.txt")->path, "a b%.txt");
  EXPECT_EQ(wanted(*top, "/100%")->path, "100%");
  EXPECT_EQ(wanted(*top, "/%zz")->path, "%zz");
  EXPECT_EQ(wanted(*top, "/\xff\xfe")->path, "\xff\xfe");
  EXPECT_TRUE(wanted(*top, "/")->is_folder);
  EXPECT_EQ(wanted(*top, "/")->path, "");
  EXPECT_TRUE(wanted(*below, "/assets/docs/")->is_folder);
  EXPECT_EQ(wanted(*below, "/assets/docs/")->path, "docs");
  EXPECT_FALSE(wanted(*below, "/assets")->is_folder);
  EXPECT_EQ(wanted(*below, "/assets")->path, "");
}

TEST_F(StaticFilesTest, HostilePathsAreNone) {
  const auto files = open();
  for (const char* target : {"*",
                             "",
                             "a",
                             "/..",
                             "/../outside.txt",
                             "/%2e%2e/outside.txt",
                             "/docs/../app.js",
                             "/.",
                             "/./app.js",
                             "/.env",
                             "/%2Eenv",
                             "/.git/config",
                             "/docs/.hidden",
                             "//app.js",
                             "/docs//x",
                             "/docs%2findex.html",
                             "/app.js%00.png",
                             "/%00",
                             "/..%2foutside.txt",
                             "/...",
                             "/.well-known/x",
                             "/docs/%2e"}) {
    EXPECT_FALSE(wanted(*files, target)) << target;
  }
}

TEST_F(StaticFilesTest, FilesAreFound) {
  const auto found = find("/app.js");
  ASSERT_EQ(found.kind, Kind::File);
  EXPECT_EQ(found.size, 5000u);
  EXPECT_EQ(found.type->name, "text/javascript; charset=utf-8");
  EXPECT_EQ(found.coding, Coding::Identity);
  EXPECT_FALSE(found.compress);
  EXPECT_THAT(found.validators.tag, StartsWith("\""));
  EXPECT_EQ(read(find("/a%20b%25.txt")), "odd");
}

TEST_F(StaticFilesTest, FoldersHaveAnIndex) {
  EXPECT_EQ(read(find("/")), "home");
  EXPECT_EQ(read(find("/docs/")), "docs");
  EXPECT_EQ(find("/docs").kind, Kind::Folder);
  EXPECT_EQ(find("/empty").kind, Kind::Missing);
  EXPECT_EQ(find("/empty/").kind, Kind::Missing);
  EXPECT_EQ(find("/app.js/").kind, Kind::Missing);
  EXPECT_EQ(find("/app.js/x").kind, Kind::Missing);
  EXPECT_EQ(read(find("/", {}, {.index = "small.txt"})), "small");
  EXPECT_EQ(find("/assets", {}, {.route_segments = 1}).kind, Kind::Folder);
}

TEST_F(StaticFilesTest, WhatIsMissingFallsBack) {
  EXPECT_EQ(find("/nothing").kind, Kind::Missing);
  const StaticFiles::Options options{.fallback = "index.html"};
  EXPECT_EQ(read(find("/users/7", {}, options)), "home");
  EXPECT_EQ(read(find("/users/", {}, options)), "home");
  EXPECT_EQ(read(find("/v1.2/users", {}, options)), "home");
  EXPECT_EQ(find("/missing.js", {}, options).kind, Kind::Missing);
  EXPECT_EQ(find("/.env", {}, options).kind, Kind::Missing);
  std::filesystem::remove(folder_ / "site" / "index.html");
  EXPECT_EQ(find("/users/7", {}, options).kind, Kind::Missing);
}

TEST_F(StaticFilesTest, LinksStayBeneath) {
  const auto site = folder_ / "site";
  std::filesystem::create_symlink("small.txt", site / "inside.txt");
  std::filesystem::create_symlink("../outside.txt", site / "outside.txt");
  std::filesystem::create_symlink(folder_ / "outside.txt", site / "absolute.txt");
  std::filesystem::create_symlink("..", site / "up");
  std::filesystem::create_symlink("loop", site / "loop");
  EXPECT_EQ(read(find("/inside.txt")), "small");
  for (const char* target :
       {"/outside.txt", "/absolute.txt", "/up/outside.txt", "/loop", "/up/", "/up/site/small.txt"})
    EXPECT_EQ(find(target).kind, Kind::Missing) << target;
}

TEST_F(StaticFilesTest, OnlyRegularFilesAreServed) {
  ASSERT_EQ(mkfifo((folder_ / "site" / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(find("/pipe").kind, Kind::Missing);
  EXPECT_EQ(find("/" + std::string(300, 'x')).kind, Kind::Missing);
}

TEST_F(StaticFilesTest, WhatMayNotBeReadIsForbidden) {
  std::filesystem::permissions(folder_ / "site" / "small.txt", std::filesystem::perms::none);
  const auto files = open();
  const auto asked = wanted(*files, "/small.txt");
  ASSERT_TRUE(asked);
  // Root may read everything, but not while this thread looks at files as somebody else.
  constexpr uid_t kNobody = 65534;
  const bool is_root = geteuid() == 0;
  if (is_root) setfsuid(kNobody);
  const auto kind = files->find(*asked).kind;
  if (is_root) setfsuid(0);
  EXPECT_EQ(kind, Kind::Forbidden);
}

TEST_F(StaticFilesTest, OpenFilesAreLimited) {
  permits_ = std::make_shared<fs::OpenFiles>(1);
  const auto first = find("/small.txt");
  EXPECT_EQ(first.kind, Kind::File);
  EXPECT_EQ(find("/small.txt").kind, Kind::Busy);
}

TEST_F(StaticFilesTest, TagsTellVersionsApart) {
  const std::string before = find("/small.txt").validators.tag;
  EXPECT_EQ(find("/small.txt").validators.tag, before);
  write("site/small.txt", "other");
  age("site/small.txt", 1800);
  EXPECT_NE(find("/small.txt").validators.tag, before);
  age("site/small.txt", 0);
  EXPECT_THAT(find("/small.txt").validators.tag, StartsWith("W/\""));
}

std::vector<std::pair<std::string_view, std::string_view>> accepting(std::string_view codings) {
  return {{"Accept-Encoding", codings}};
}

TEST_F(StaticFilesTest, CodingsComeInTheClientsOrder) {
  const auto files = open();
  EXPECT_THAT(wanted(*files, "/", accepting("gzip, br, zstd"))->codings,
              ElementsAre(Coding::Brotli, Coding::Zstd, Coding::Gzip));
  EXPECT_THAT(wanted(*files, "/", accepting("gzip, br;q=0.5, zstd;q=0"))->codings,
              ElementsAre(Coding::Gzip, Coding::Brotli));
  EXPECT_THAT(wanted(*files, "/")->codings, ElementsAre());
}

TEST_F(StaticFilesTest, WhatIsPackedBesideIsSentAsItIs) {
  write("site/app.js.br", "brotli");
  write("site/app.js.gz", "gzip");
  write("site/photo.png.gz", "gzip");
  const auto found = find("/app.js", accepting("gzip, br"));
  EXPECT_EQ(found.coding, Coding::Brotli);
  EXPECT_FALSE(found.compress);
  EXPECT_EQ(read(found), "brotli");
  EXPECT_EQ(found.type->name, "text/javascript; charset=utf-8");
  EXPECT_NE(found.validators.tag, find("/app.js").validators.tag);
  EXPECT_EQ(read(find("/app.js", accepting("gzip"))), "gzip");
  EXPECT_EQ(read(find("/app.js", accepting("zstd"))), std::string(5000, 'x'));
  EXPECT_EQ(find("/photo.png", accepting("gzip")).coding, Coding::Identity);
}

TEST_F(StaticFilesTest, WhatWasPackedFromAnEarlierVersionIsNot) {
  write("site/app.js.br", "old");
  age("site/app.js", 1800);
  const auto found = find("/app.js", accepting("br"));
  EXPECT_EQ(found.coding, Coding::Identity);
  EXPECT_EQ(found.size, 5000u);
}

TEST_F(StaticFilesTest, TextIsCompressedOnTheWay) {
  const auto found = find("/app.js", accepting("gzip, br"));
  EXPECT_EQ(found.coding, Coding::Gzip);
  EXPECT_TRUE(found.compress);
  EXPECT_THAT(found.validators.tag, StartsWith("W/\""));
  EXPECT_FALSE(find("/small.txt", accepting("gzip")).compress);
  EXPECT_FALSE(find("/photo.png", accepting("gzip")).compress);
  EXPECT_FALSE(find("/app.js", accepting("br")).compress);
  EXPECT_FALSE(find("/app.js", {{"Accept-Encoding", "gzip"}, {"Range", "bytes=0-1"}}).compress);
}

TEST_F(StaticFilesTest, AFolderMustBeThere) {
  const auto opened = StaticFiles::open({.folder = (folder_ / "none").string()},
                                        std::make_shared<fs::Helpers>(), permits_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::NotFound);
}

}  // namespace
}  // namespace favo::server
