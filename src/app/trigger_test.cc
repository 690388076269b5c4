#include "app/trigger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/manifest.h"

namespace favo::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

class TriggerTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / "favo-trigger";
    std::filesystem::create_directories(folder_ / "app");
    std::filesystem::create_directories(folder_ / "app" / "public" / "pages");
    std::ofstream(folder_ / "app" / "core.wasm") << "not looked at";
    std::ofstream(folder_ / "app" / "public" / "app.html") << "<p>";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// A trigger whose first line is the fifth of the file.
  Result<Manifest> parse(const std::string& trigger) const {
    return parse_manifest(
        "favo = 1\nname = \"a\"\ncomponent.core.source = \"core.wasm\"\n[[trigger.http]]\n" +
            trigger,
        (folder_ / "app" / "favo.toml").string());
  }
  std::string refusal(const std::string& trigger) const {
    const auto parsed = parse(trigger);
    if (parsed) return "";
    std::string message = parsed.error().message();
    const std::string folder = (folder_ / "app").string() + "/";
    for (std::size_t at; (at = message.find(folder)) != message.npos;)
      message.erase(at, folder.size());
    return message;
  }

  std::filesystem::path folder_;
};

const std::string kFiles = "route = \"/assets/...\"\nfiles = \"public\"\n";
const std::string kCore = "route = \"/assets/...\"\ncomponent = \"core\"\n";

TEST_F(TriggerTest, LeadsToFilesOrToAComponent) {
  const auto parsed =
      parse(kFiles +
            "index = \"home.html\"\nfallback = \"app.html\"\nheaders = { \"Cache-Control\" "
            "= \"max-age=60\" }\n[[trigger.http]]\nroute = \"/\"\ncomponent = \"core\"\n"
            "headers.x-frame-options = \"DENY\"\n");
  ASSERT_TRUE(parsed) << parsed.error().message();
  ASSERT_EQ(parsed->targets.size(), 2u);
  EXPECT_EQ(parsed->routes[0].target, 0u);
  EXPECT_EQ(parsed->routes[1].target, 1u);
  const HttpTarget& files = parsed->targets[0];
  EXPECT_FALSE(files.component);
  EXPECT_EQ(files.files.folder, (folder_ / "app" / "public").string());
  EXPECT_EQ(files.files.index, "home.html");
  EXPECT_EQ(files.files.fallback, "app.html");
  EXPECT_THAT(files.headers, ElementsAre(Pair("Cache-Control", "max-age=60")));
  EXPECT_EQ(parsed->targets[1].component, 0u);
  EXPECT_THAT(parsed->targets[1].headers, ElementsAre(Pair("x-frame-options", "DENY")));
  EXPECT_THAT(parsed->entries(), ElementsAre(0));
}

TEST_F(TriggerTest, FilesHaveDefaults) {
  const auto parsed = parse(kFiles);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->targets[0].files.index, "index.html");
  EXPECT_EQ(parsed->targets[0].files.fallback, "");
  EXPECT_THAT(parsed->entries(), ElementsAre());
}

TEST_F(TriggerTest, OneOfTheTwoAnswers) {
  EXPECT_EQ(refusal("route = \"/\"\n"),
            "favo.toml:4:1: [[trigger.http]] lacks the key \"component\" or \"files\": what "
            "answers");
  EXPECT_EQ(refusal(kFiles + "component = \"core\"\n"),
            "favo.toml:6:9: a route leads to a component or to files, not to both");
  EXPECT_EQ(refusal(kCore + "index = \"a.html\"\n"),
            "favo.toml:7:9: index is for files, and this route leads to a component");
  EXPECT_THAT(refusal(kCore + "fallback = \"a.html\"\n"), HasSubstr("fallback is for files"));
}

TEST_F(TriggerTest, FilesAnswerAllBelow) {
  EXPECT_EQ(
      refusal("route = \"/assets\"\nfiles = \"public\"\n"),
      "favo.toml:5:9: files answer all below a route: expected one that ends in /..., such as "
      "\"/assets/...\"");
  EXPECT_THAT(refusal("route = \"/\"\nfiles = \"public\"\n"), HasSubstr("such as \"/...\""));
}

TEST_F(TriggerTest, FilesAreInAFolderOfTheirOwn) {
  const auto with = [&](const std::string& folder) {
    return refusal("route = \"/...\"\nfiles = \"" + folder + "\"\n");
  };
  EXPECT_EQ(with("publik"), "favo.toml:6:9: there is no folder publik");
  EXPECT_THAT(with("core.wasm"), HasSubstr("core.wasm is no folder"));
  for (const char* around : {".", "..", "public/..", "/", "public/pages/../.."})
    EXPECT_THAT(with(around), HasSubstr("the manifest itself lies in")) << around;
  EXPECT_EQ(with("public/pages/.."), "");
}

TEST_F(TriggerTest, IndexAndFallbackAreFiles) {
  for (const char* index : {"", "a/b", ".hidden", "..", "/a"})
    EXPECT_THAT(refusal(kFiles + "index = \"" + index + "\"\n"),
                HasSubstr("index: expected a file's name"))
        << index;
  EXPECT_THAT(refusal(kFiles + "fallback = \"\"\n"), HasSubstr("fallback: expected a file in"));
  EXPECT_THAT(refusal(kFiles + "fallback = \"/etc/passwd\"\n"), HasSubstr("expected a file in"));
  EXPECT_THAT(refusal(kFiles + "fallback = \"no.html\"\n"),
              HasSubstr("there is no file public/no.html"));
  EXPECT_THAT(refusal(kFiles + "fallback = \"pages\"\n"), HasSubstr("public/pages is no file"));
}

TEST_F(TriggerTest, HeadersAreFieldsOfHttp) {
  EXPECT_THAT(refusal(kCore + "headers = { \"a b\" = \"c\" }\n"),
              StartsWith("favo.toml:7:21: \"a b\" cannot name a header"));
  EXPECT_THAT(refusal(kCore + "headers = { a = \"b\\r\\nc: d\" }\n"),
              HasSubstr("a: expected text without control characters"));
  EXPECT_THAT(refusal(kCore + "headers = { a = \" b\" }\n"), HasSubstr("without spaces"));
  EXPECT_THAT(refusal(kCore + "headers = { Content-Length = \"5\" }\n"),
              HasSubstr("Content-Length is said by Favo itself"));
  EXPECT_THAT(refusal(kFiles + "headers = { ETag = \"5\" }\n"),
              HasSubstr("ETag is said by Favo itself"));
  EXPECT_EQ(refusal(kCore + "headers = { ETag = \"5\" }\n"), "");
}

TEST_F(TriggerTest, RoutesMayHaveLimitsOfTheirOwn) {
  const auto parsed = parse(kCore +
                            "[trigger.http.limit]\nwall = \"5m\"\nrequest-body = \"1MiB\"\n"
                            "[[trigger.http]]\nroute = \"/\"\ncomponent = \"core\"\n"
                            "[limit]\ncpu = \"3s\"\nwall = \"7s\"\n");
  ASSERT_TRUE(parsed) << parsed.error().message();
  const policy::Limits& own = parsed->targets[0].limits;
  EXPECT_EQ(own.wall, std::chrono::minutes(5));
  EXPECT_EQ(own.request_body, 1u << 20);
  EXPECT_EQ(own.cpu, std::chrono::seconds(3));
  EXPECT_EQ(parsed->targets[1].limits, parsed->limits);
  EXPECT_EQ(refusal(kCore + "limit = { memory = \"1MiB\" }\n"),
            "favo.toml:7:11: unknown key \"memory\" in [trigger.http.limit]; memory is a limit of "
            "the whole application: write it to [limit]");
  EXPECT_THAT(refusal(kCore + "limit = { wal = \"1s\" }\n"), HasSubstr("did you mean wall?"));
  EXPECT_THAT(refusal(kCore + "limit = { wall = 5 }\n"), StartsWith("favo.toml:7:18: limit wall"));
  EXPECT_THAT(refusal(kFiles + "limit = { wall = \"5s\" }\n"),
              HasSubstr("limit is for components"));
}

TEST_F(TriggerTest, MethodsAreInCapitals) {
  const auto parsed = parse(kCore + "methods = [\"GET\", \"POST\", \"GET\"]\n");
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_THAT(parsed->targets[0].methods, ElementsAre("GET", "POST"));
  EXPECT_EQ(refusal(kCore + "methods = []\n"), "favo.toml:7:11: methods: there are none");
  for (const char* method : {"get", "", "G T", "GET,POST", "*"})
    EXPECT_THAT(refusal(kCore + "methods = [\"" + method + "\"]\n"),
                HasSubstr("is none; expected one in capitals"))
        << method;
  EXPECT_THAT(refusal(kFiles + "methods = [\"GET\"]\n"), HasSubstr("methods is for components"));
}

}  // namespace
}  // namespace favo::app
