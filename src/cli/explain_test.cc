#include "cli/explain.h"

#include <gtest/gtest.h>

namespace favo::cli {
namespace {

using telemetry::Audit;
using telemetry::CapabilityUse;

CapabilityUse use(std::string_view function, std::string_view target, std::string_view grant,
                  bool exact = true) {
  return {"app.wasm", "wasi:filesystem/types", function, target, grant, exact};
}

struct Explain : testing::Test {
  std::string text() const { return explain("app.wasm", capabilities, grants, audit); }
  void expect(std::string_view part) const {
    EXPECT_NE(text().find(part), std::string::npos) << part << "\nis not in:" << text();
  }

  std::vector<Capability> capabilities = {{"files", "", {}}, {"env", "", {}}};
  policy::Grants grants;
  Audit audit{Audit::Scope::Explanation};
};

TEST_F(Explain, NothingNeedsNothing) {
  capabilities.clear();
  EXPECT_EQ(text(),
            "\nfavo: what app.wasm asked for\n"
            "It could ask for:\n  nothing\n"
            "It used:\n  nothing\n"
            "It was refused:\n  nothing\n"
            "Enough for all of it:\n  no grant at all\n");
}

TEST_F(Explain, AddsWhatWasRefusedAndLeavesOutWhatWasNotUsed) {
  ASSERT_TRUE(grants.add_directory("data:/data:ro"));
  ASSERT_TRUE(grants.add_directory("other:/other"));
  ASSERT_TRUE(grants.add_env("KEY=secret"));
  audit.granted(use("descriptor.open-at", "/data", "--dir data:/data:ro"));
  audit.granted(use("descriptor.open-at", "/data", "--dir data:/data:ro"));
  audit.refused(use("descriptor.open-at", "/data/wax", "--dir data:/data"));
  expect("It could ask for:\n  files, env\n");
  expect("It used:\n  descriptor.open-at /data, 2 times  (--dir data:/data:ro)\n");
  expect("It was refused:\n  descriptor.open-at /data/wax, 1 time  (--dir data:/data)\n");
  expect("It was granted and did not use:\n  --dir other:/other --env KEY=…\n");
  expect("Enough for all of it:\n  --dir data:/data\n");
  EXPECT_EQ(text().find("secret"), std::string::npos);
}

TEST_F(Explain, AnotherDirectoryForReadingStays) {
  audit.granted(use("descriptor.open-at", "/a", "--dir a:/a:ro"));
  audit.granted(use("descriptor.open-at", "/b", "--dir 'b c:/b:ro'"));
  audit.granted(use("descriptor.open-at", "/b", "--dir 'b c:/b'"));
  expect("Enough for all of it:\n  --dir 'b c:/b' --dir a:/a:ro\n");
}

TEST_F(Explain, ServersAreUsedByWhatTheirGrantCovers) {
  ASSERT_TRUE(grants.add_http("https://*.example.com").ok());
  ASSERT_TRUE(grants.add_http("http://[::1]:*").ok());
  audit.granted(use("handle", "https://api.example.com", "--http https://api.example.com"));
  expect("It was granted and did not use:\n  --http 'http://[::1]:*'\n");
  expect("Enough for all of it:\n  --http https://api.example.com\n");
}

TEST_F(Explain, KnowsWhichEndpointsWereUsed) {
  for (const std::string_view text : {"10.0.0.0/8:*", "*.example:80", "[fd00::/8]:443"})
    ASSERT_TRUE(grants.add_tcp(text));
  ASSERT_TRUE(grants.add_udp("10.0.0.0/8:*"));
  ASSERT_TRUE(grants.add_listen_socket("*:8080"));
  audit.granted(use("tcp-socket.start-connect", "10.0.0.1:5432", "--tcp 10.0.0.1:5432"));
  audit.granted(use("tcp-socket.start-bind", "127.0.0.1:8080", "--listen-socket 127.0.0.1:8080"));
  expect("did not use:\n  --tcp '*.example:80' --tcp '[fd00::/8]:443' --udp '10.0.0.0/8:*'\n");
}

TEST_F(Explain, WhatNoOptionUndoesIsSaid) {
  audit.refused(use("descriptor.open-at", "/data/../x", "no path leads out", false));
  expect("Enough for all of it:\n  no grant at all\n  beside refusals above that no option");
}

TEST_F(Explain, ComponentsAreNamedWhereThereAreSeveral) {
  audit.refused(use("a", "x", "--dir x"));
  CapabilityUse other = use("b", "y", "--dir y");
  other.component = "app.wasm.parser";
  audit.refused(other);
  expect("  app.wasm: a x, 1 time");
  expect("  app.wasm.parser: b y, 1 time");
}

TEST_F(Explain, AnApplicationIsToldInTheWordsOfItsManifest) {
  app::Manifest manifest;
  manifest.folder = "shop/";
  manifest.name = "shop";
  manifest.components.resize(2);
  manifest.components[0].name = "core";
  manifest.components[1].name = "net";
  ASSERT_TRUE(manifest.components[0].grants.add_env("KEY=secret"));
  ASSERT_TRUE(manifest.components[1].grants.add_http("https://unused.example"));
  Audit worded(Audit::Scope::Explanation, words_of(manifest));
  const auto add = [&](std::string_view component, std::string_view grant, bool refused) {
    CapabilityUse entry = use("f", "t", grant);
    entry.component = component;
    refused ? worded.refused(entry) : worded.granted(entry);
  };
  add("shop.net", "--http https://a.example", true);
  add("shop.net.inner", "--http https://b.example", true);
  add("shop.core@2", "--dir shop/data:/data:ro", true);
  const std::string_view names[] = {"http", "files"};
  EXPECT_EQ(
      explain(manifest, names, worded),
      "\nfavo: what shop asked for\n"
      "It could ask for:\n  http, files\n"
      "It used:\n  nothing\n"
      "It was refused:\n"
      "  shop.core@2: f t, 1 time  ([component.core.grant] dir = [{ host = \"data\", guest = "
      "\"/data\" }])\n"
      "  shop.net: f t, 1 time  ([component.net.grant] http = [\"https://a.example\"])\n"
      "  shop.net.inner: f t, 1 time  ([component.net.grant] http = [\"https://b.example\"])\n"
      "It was granted and did not use:\n"
      "  [component.core.grant]\n"
      "  env = { KEY = \"…\" }\n"
      "  [component.net.grant]\n"
      "  http = [\"https://unused.example\"]\n"
      "Enough for all of it:\n"
      "  [component.core.grant]\n"
      "  dir = [{ host = \"data\", guest = \"/data\" }]\n"
      "  [component.net.grant]\n"
      "  http = [\"https://a.example\", \"https://b.example\"]\n");
}

TEST_F(Explain, TextOfGuestsIsMadeSafe) {
  audit.refused(use("a", "\x1b[2J", "--dir x"));
  EXPECT_EQ(text().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace favo::cli
