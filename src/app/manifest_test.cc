#include "app/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace favo::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

/// A folder with the files that the manifests below name.
class ManifestTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / "favo-manifest";
    std::filesystem::create_directories(folder_ / "files");
    for (const char* name : {"core.wasm", "data.wasm", "network.wasm"})
      std::ofstream(folder_ / name) << "not looked at";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<Manifest> parse(const std::string& text) const {
    return parse_manifest(text, (folder_ / "favo.toml").string());
  }
  /// Without the folder in front.
  std::string refusal(const std::string& text) const {
    const auto parsed = parse(text);
    if (parsed) return "";
    std::string message = parsed.error().message();
    const std::string folder = folder_.string() + "/";
    for (std::size_t at; (at = message.find(folder)) != message.npos;)
      message.erase(at, folder.size());
    return message;
  }

  std::filesystem::path folder_;
};

const std::string kHead = "favo = 1\nname = \"quotes\"\n";
const std::string kCore = kHead + "[component.core]\nsource = \"core.wasm\"\n";

TEST_F(ManifestTest, TellsAWholeApplication) {
  const auto parsed = parse(kHead + R"(snapshot = true
[component.network]
source = "network.wasm"
[component.network.grant]
http = ["https://api.example.com"]
env = { LEVEL = "info" }

[component.core]
source = "core.wasm"
link = { "demo:net/fetch" = "network", "demo:data/table@0.1.0" = "data" }
build = { command = "cargo build", watch = ["core/src/**"] }

[component.data]
source = "data.wasm"
shared = false
grant.dir = [{ host = "files", guest = "/data" }, { host = "/tmp", guest = "/tmp", write = true }]

[[trigger.http]]
route = "/api/..."
component = "core"
[[trigger.http]]
route = "/"
host = "*.example.com"
component = "network"
[[trigger.http]]
route = "/about"
component = "core"

[limit]
memory = "64MiB"
concurrent-requests = 100
)");
  ASSERT_TRUE(parsed) << parsed.error().message();
  const Manifest& manifest = *parsed;
  EXPECT_EQ(manifest.name, "quotes");
  EXPECT_TRUE(manifest.snapshot);
  ASSERT_EQ(manifest.components.size(), 3u);
  const Component& network = manifest.components[0];
  const Component& core = manifest.components[1];
  const Component& data = manifest.components[2];
  EXPECT_EQ(network.name, "network");
  EXPECT_EQ(network.source, (folder_ / "network.wasm").string());
  EXPECT_THAT(network.grants.env, ElementsAre(Pair("LEVEL", "info")));
  EXPECT_EQ(network.grants.http.size(), 1u);
  EXPECT_THAT(core.links, ElementsAre(Pair("demo:data/table@0.1.0", "data"),
                                      Pair("demo:net/fetch", "network")));
  EXPECT_EQ(core.build.command, "cargo build");
  EXPECT_THAT(core.build.watch, ElementsAre("core/src/**"));
  EXPECT_TRUE(core.shared);
  EXPECT_TRUE(core.grants.env.empty());
  EXPECT_FALSE(data.shared);
  ASSERT_EQ(data.grants.directories.size(), 2u);
  EXPECT_EQ(data.grants.directories[0].host, (folder_ / "files").string());
  EXPECT_EQ(data.grants.directories[0].guest, "/data");
  EXPECT_FALSE(data.grants.directories[0].write);
  EXPECT_EQ(data.grants.directories[1].host, "/tmp");
  EXPECT_TRUE(data.grants.directories[1].write);
  EXPECT_THAT(network.options, ElementsAre("--env LEVEL=info", "--http https://api.example.com"));
  EXPECT_THAT(data.options,
              ElementsAre("--dir " + folder_.string() + "/files:/data:ro", "--dir /tmp"));
  ASSERT_EQ(manifest.routes.size(), 3u);
  EXPECT_EQ(manifest.routes[1].host, "*.example.com");
  EXPECT_THAT(manifest.entries(), ElementsAre(1, 0));
  EXPECT_EQ(manifest.limits.memory, 64u << 20);
  EXPECT_EQ(manifest.limits.concurrent_requests, 100u);
}

TEST_F(ManifestTest, OneComponentIsEnough) { EXPECT_EQ(refusal(kCore), ""); }

TEST_F(ManifestTest, WhatIsNotTomlHasItsPlace) {
  EXPECT_THAT(refusal("favo = 1\nname = quotes\n"), StartsWith("favo.toml:2:8: this is not TOML"));
}

TEST_F(ManifestTest, UnknownKeysAreToldWithTheNearest) {
  EXPECT_EQ(refusal(kHead + "[component.core]\nsorce = \"core.wasm\"\n"),
            "favo.toml:4:1: unknown key \"sorce\" in [component.core]; did you mean source?");
  EXPECT_EQ(refusal(kHead + "[components.core]\n"),
            "favo.toml:3:2: unknown key \"components\"; did you mean component?");
  EXPECT_EQ(refusal(kCore + "[component.core.grant]\nnetwork = []\n"),
            "favo.toml:6:1: unknown key \"network\" in [component.core.grant]; known: env, dir, "
            "http, tcp, udp, listen");
  EXPECT_THAT(refusal(kCore + "[limit]\nmemroy = \"1MiB\"\n"), HasSubstr("did you mean memory?"));
  EXPECT_THAT(refusal(kCore + "[[trigger.http]]\nroutes = \"/\"\ncomponent = \"core\"\n"),
              HasSubstr("unknown key \"routes\" in [[trigger.http]]; did you mean route?"));
}

TEST_F(ManifestTest, ValuesOfAnotherTypeAreTold) {
  EXPECT_EQ(refusal(kHead + "[component.core]\nsource = 7\n"),
            "favo.toml:4:10: component.core.source is an integer; expected a string");
  EXPECT_THAT(refusal("favo = 2\nname = \"a\"\n"),
              StartsWith("favo.toml:1:8: favo: this favo knows"));
  EXPECT_THAT(refusal("favo = \"1\"\nname = \"a\"\n"),
              StartsWith("favo.toml:1:8: favo: this favo"));
  EXPECT_THAT(refusal(kHead + "component = [1]\n"), HasSubstr("component is an array; expected"));
  EXPECT_THAT(refusal(kHead + "component.core = 1\n"), HasSubstr("component.core is an integer"));
  EXPECT_THAT(refusal(kCore + "link = [\"a\"]\n"), HasSubstr("expected a table of strings"));
  EXPECT_THAT(refusal(kCore + "link.a = 1\n"), HasSubstr("component.core.link.a is an integer"));
  EXPECT_THAT(refusal(kCore + "shared = \"no\"\n"), HasSubstr("expected true or false"));
  EXPECT_THAT(refusal(kCore + "grant.http = [1]\n"), HasSubstr("expected a string"));
  EXPECT_THAT(refusal(kCore + "grant.dir = [\"a\"]\n"), HasSubstr("expected a table"));
  EXPECT_THAT(refusal(kCore + "[trigger]\nhttp = {}\n"), HasSubstr("expected an array of tables"));
  EXPECT_THAT(refusal(kCore + "[limit]\nmemory = 1.5\n"),
              HasSubstr("expected a string with a unit"));
}

TEST_F(ManifestTest, WhatIsRequiredIsMissed) {
  EXPECT_EQ(refusal(kHead + "[component.core]\n"),
            "favo.toml:3:1: [component.core] lacks the key \"source\": The component, a .wasm "
            "file, by the manifest's folder.");
  EXPECT_THAT(refusal("favo = 1\n"), HasSubstr("the file lacks the key \"name\""));
  EXPECT_THAT(refusal(kHead), HasSubstr("the file lacks the key \"component\""));
}

TEST_F(ManifestTest, HostsAreNamesAndPatterns) {
  const auto with = [](const std::string& hosts) {
    return "favo = 1\nname = \"quotes\"\nhosts = " + hosts +
           "\n[component.core]\nsource = \"core.wasm\"\n";
  };
  EXPECT_THAT(parse(kCore)->hosts, ElementsAre());
  EXPECT_THAT(parse(with(R"(["quotes.test", "*.quotes.test"])"))->hosts,
              ElementsAre("quotes.test", "*.quotes.test"));
  EXPECT_THAT(refusal(with(R"("quotes.test")")), StartsWith("favo.toml:3:"));
  EXPECT_EQ(refusal(with("[]")), "favo.toml:3:9: hosts: there are none");
  EXPECT_EQ(refusal(with(R"([""])")), "favo.toml:3:10: hosts: one is empty");
  EXPECT_EQ(refusal(with(R"(["a.test", "A.test"])")),
            "favo.toml:3:20: hosts: A.test is there twice");
  EXPECT_EQ(refusal(with(R"(["a.test:80"])")),
            "favo.toml:3:10: host \"a.test:80\": expected a name without a port, or *.name for all "
            "below it");
}

TEST_F(ManifestTest, FilesNeedNotBeThereForWhoMakesThem) {
  const std::string text =
      kHead + "[component.core]\nsource = \"new.wasm\"\n" + "build = { command = \"make\" }\n";
  EXPECT_EQ(refusal(text), "favo.toml:4:10: there is no file new.wasm; `favo build` makes it");
  const auto parsed =
      parse_manifest(text, (folder_ / "favo.toml").string(), nullptr, Sources::MayBeMade);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->components.front().build.command, "make");
}

TEST_F(ManifestTest, FilesMustBeThere) {
  EXPECT_EQ(refusal(kHead + "[component.core]\nsource = \"cor.wasm\"\n"),
            "favo.toml:4:10: there is no file cor.wasm");
  EXPECT_EQ(refusal(kHead + "[component.core]\nsource = \"files\"\n"),
            "favo.toml:4:10: files is no file");
  EXPECT_THAT(refusal(kCore + "grant.dir = [{ host = \"file\", guest = \"/\" }]\n"),
              HasSubstr("favo.toml:5:23: there is no folder file"));
  EXPECT_THAT(refusal(kCore + "grant.dir = [{ host = \"core.wasm\", guest = \"/\" }]\n"),
              HasSubstr("core.wasm is no folder"));
}

TEST_F(ManifestTest, NamesAreLettersAndDigits) {
  EXPECT_THAT(refusal("favo = 1\nname = \"a b\"\n[component.a]\nsource = \"core.wasm\"\n"),
              StartsWith("favo.toml:2:8: name: expected letters"));
  EXPECT_THAT(refusal(kHead + "[component.\"a.b\"]\nsource = \"core.wasm\"\n"),
              HasSubstr("\"a.b\" cannot name a component"));
}

const std::string kData = "[component.data]\nsource = \"data.wasm\"\n";

TEST_F(ManifestTest, LinksLeadToComponents) {
  EXPECT_EQ(refusal(kCore + "link = { \"a:b/c\" = \"dat\" }\n" + kData),
            "favo.toml:5:20: there is no component \"dat\"; did you mean \"data\"?");
  EXPECT_THAT(refusal(kCore + "link = { \"a:b/c\" = \"core\" }\n"), HasSubstr("linked to itself"));
}

TEST_F(ManifestTest, LinksInACircleAreRefused) {
  EXPECT_EQ(refusal(kCore + "link = { \"a:b/c\" = \"data\" }\n" + kData +
                    "link = { \"a:b/d\" = \"network\" }\n[component.network]\nsource = "
                    "\"network.wasm\"\nlink = { \"a:b/e\" = \"data\" }\n"),
            "favo.toml:11:20: components are linked in a circle: data → network → data");
}

TEST_F(ManifestTest, AnImportHasOneExporter) {
  const std::string two = "\"a:b/c\" = \"data\", \"a:b/c@0.1.2\" = \"network\"";
  const std::string rest = kData + "[component.network]\nsource = \"network.wasm\"\n";
  EXPECT_THAT(refusal(kCore + "link = { " + two + " }\n" + rest),
              HasSubstr("a:b/c and a:b/c@0.1.2 mean the same import, which is linked to both data "
                        "and network"));
  EXPECT_EQ(
      refusal(kCore + "link = { \"a:b/c@1.0.0\" = \"data\", \"a:b/c@2.0.0\" = \"network\" }\n" +
              rest),
      "");
}

TEST_F(ManifestTest, RoutesAreChecked) {
  const auto route = [](const std::string& path) {
    return "[[trigger.http]]\nroute = \"" + path + "\"\ncomponent = \"core\"\n";
  };
  EXPECT_THAT(refusal(kCore + route("api")),
              StartsWith("favo.toml:6:9: route \"api\": it does not"));
  EXPECT_THAT(refusal(kCore + route("/a/:x") + route("/a/:y")),
              HasSubstr("favo.toml:8: the route /a/:y takes the same requests as /a/:x of "
                        "favo.toml:5"));
  EXPECT_THAT(refusal(kCore + "[[trigger.http]]\nroute = \"/\"\ncomponent = \"cor\"\n"),
              StartsWith("favo.toml:7:13: there is no component \"cor\"; did you mean \"core\"?"));
  EXPECT_THAT(
      refusal(kCore + "[[trigger.http]]\nroute = \"/\"\ncomponent = \"core\"\nhost = \"\"\n"),
      StartsWith("favo.toml:8:8: host: it is empty"));
}

TEST_F(ManifestTest, GrantsAndLimitsAreReadAsOnTheCommandLine) {
  EXPECT_THAT(refusal(kCore + "grant.http = [\"https://a.org\", \"nonsense://\"]\n"),
              StartsWith("favo.toml:5:32: "));
  EXPECT_THAT(refusal(kCore + "grant.tcp = [\"a.org\"]\n"), StartsWith("favo.toml:5:14: "));
  EXPECT_THAT(refusal(kCore + "grant.dir = [{ host = \"files\", guest = \"\" }]\n"),
              HasSubstr("guest: expected a path"));
  EXPECT_THAT(
      refusal(kCore + "grant.dir = [{ host = \"files\", guest = \"/a\" }, { host = \"files\", "
                      "guest = \"/a\" }]\n"),
      HasSubstr("has a \"/a\" already"));
  EXPECT_THAT(refusal(kCore + "[limit]\nmemory = 128\n"), StartsWith("favo.toml:6:10: "));
  EXPECT_THAT(refusal(kCore + "[limit]\nwall = \"soon\"\n"), StartsWith("favo.toml:6:8: "));
}

TEST_F(ManifestTest, AComponentMayHaveLessMemoryThanAll) {
  const auto parsed = parse(kCore + "limit.memory = \"1MiB\"\n" + kData);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->components[0].memory, 1u << 20);
  EXPECT_EQ(parsed->components[1].memory, std::nullopt);
  EXPECT_EQ(parsed->limits.memory, policy::Limits().memory);
  EXPECT_EQ(
      refusal(kCore + "[component.core.limit]\nmemory = \"64MiB\"\n[limit]\nmemory = "
                      "\"32MiB\"\n"),
      "favo.toml:6:10: 64MiB is more than the whole application may have, 32MiB: see memory in "
      "[limit]");
  EXPECT_EQ(
      refusal(kCore + "[component.core.limit]\ncpu = \"1s\"\n"),
      "favo.toml:6:1: unknown key \"cpu\" in [component.core.limit]; cpu is a limit of the whole "
      "application: write it to [limit]");
  EXPECT_THAT(refusal(kCore + "[component.core.limit]\nmemroy = \"1MiB\"\n"),
              HasSubstr("did you mean memory?"));
  EXPECT_THAT(refusal(kCore + "[component.core.limit]\nmemory = 5\n"),
              StartsWith("favo.toml:6:10: "));
}

TEST_F(ManifestTest, IsLoadedByItsFolder) {
  EXPECT_THAT(load_manifest(folder_.string()).error().message(),
              HasSubstr("there is no favo.toml in "));
  EXPECT_THAT(load_manifest((folder_ / "no.toml").string()).error().message(),
              HasSubstr("there is no "));
  std::ofstream(folder_ / "favo.toml") << kCore;
  const auto loaded = load_manifest(folder_.string());
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->path, (folder_ / "favo.toml").string());
  EXPECT_TRUE(load_manifest((folder_ / "favo.toml").string()));
}

TEST_F(ManifestTest, GrantsAreNarrowedWhenHandedOn) {
  const auto parsed = parse(kCore + R"(
[component.core.grant]
http = ["https://*.example.com"]
env = { LEVEL = "info" }
dir = [{ host = "files", guest = "/data", write = true }]
[component.core.inner.parser]
[component.core.inner.client.grant]
http = ["https://api.example.com"]
dir = [{ host = "files", guest = "/read" }]
)");
  ASSERT_TRUE(parsed) << parsed.error().message();
  const auto& inner = parsed->components[0].inner;
  ASSERT_EQ(inner.size(), 2u);
  EXPECT_TRUE(inner.at("parser").http.empty());
  EXPECT_TRUE(inner.at("parser").env.empty());
  EXPECT_EQ(inner.at("client").http.size(), 1u);
  EXPECT_EQ(inner.at("client").directories[0].guest, "/read");
}

TEST_F(ManifestTest, GrantsAreNeverWidenedWhenHandedOn) {
  const std::string core = kCore + R"(
[component.core.grant]
http = ["https://api.example.com"]
env = { LEVEL = "info" }
dir = [{ host = "files", guest = "/data" }]
[component.core.inner.parser.grant]
)";
  EXPECT_EQ(
      refusal(core + "http = [\"https://*.example.com\"]\n"),
      "favo.toml:10:1: parser is granted http \"https://*.example.com\", which core has not to "
      "hand on: grants can be narrowed, never widened");
  EXPECT_THAT(refusal(core + "env = { LEVEL = \"debug\" }\n"), HasSubstr("env \"LEVEL\""));
  EXPECT_THAT(refusal(core + "tcp = [\"10.0.0.1:80\"]\n"), HasSubstr("tcp \"10.0.0.1:80\""));
  EXPECT_THAT(refusal(core + "dir = [{ host = \"files\", guest = \"/data\", write = true }]\n"),
              HasSubstr("files\" for writing"));
  EXPECT_THAT(refusal(core + "dir = [{ host = \"/tmp\", guest = \"/data\" }]\n"),
              HasSubstr("dir \"/tmp\""));
  EXPECT_THAT(refusal(kCore + "[component.core.inner.\"a b\"]\n"), HasSubstr("cannot name"));
}

}  // namespace
}  // namespace favo::app
