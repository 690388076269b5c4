#include "telemetry/audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace favo::telemetry {
namespace {

struct Captured : LogOutput {
  std::string text;
  void submit(std::string lines) override { text += lines; }
  std::size_t lines() const { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }
};

CapabilityUse opening(std::string_view target) {
  return {"app.wasm", "wasi:filesystem/types", "descriptor.open-at", target, "--dir data:/data"};
}

struct AuditTest : testing::Test {
  Captured out;
  Audit audit;
};

TEST_F(AuditTest, TheFirstRefusalOfAKindIsALine) {
  audit.log_to(out, LogFormat::Logfmt);
  audit.refused(opening("/data/a"));
  audit.refused(opening("/data/a"));
  EXPECT_NE(out.text.find("level=warning msg=refused component=app.wasm "
                          "interface=wasi:filesystem/types function=descriptor.open-at "
                          "target=/data/a grant=\"--dir data:/data\"\n"),
            out.text.npos)
      << out.text;
  EXPECT_EQ(out.lines(), 1u);
  audit.refused(opening("/data/b"));
  CapabilityUse other = opening("/data/a");
  other.component = "app.wasm.parser";
  audit.refused(other);
  EXPECT_EQ(out.lines(), 3u);
  EXPECT_EQ(audit.refusals(), 4u);
}

TEST_F(AuditTest, WhatWouldAllowItIsToldInTheWordsOfItsReaders) {
  Audit worded(Audit::Scope::Refusals, [](std::string_view component, std::string_view grant) {
    return std::string(component) + " needs " + std::string(grant);
  });
  worded.log_to(out, LogFormat::Logfmt);
  worded.refused(opening("/data/a"));
  EXPECT_NE(out.text.find("grant=\"app.wasm needs --dir data:/data\"\n"), out.text.npos)
      << out.text;
  EXPECT_EQ(worded.refused_uses()[0].grant, "--dir data:/data");
  EXPECT_EQ(audit.told("a", "--dir b"), "--dir b");
}

TEST_F(AuditTest, RepetitionsAreCounted) {
  audit.refused(opening("b"));
  audit.refused(opening("a"));
  audit.refused(opening("a"));
  const auto entries = audit.refused_uses();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].target, "a");
  EXPECT_EQ(entries[0].count, 2u);
  EXPECT_LE(entries[0].first, entries[0].last);
  EXPECT_EQ(entries[1].grant, "--dir data:/data");
}

TEST_F(AuditTest, AFloodNeitherGrowsNorLogsForEver) {
  audit.log_to(out, LogFormat::Logfmt);
  for (std::size_t i = 0; i < 2 * Audit::kMaxEntries; ++i)
    audit.refused(opening(std::to_string(i)));
  EXPECT_EQ(audit.refused_uses().size(), Audit::kMaxEntries);
  EXPECT_EQ(audit.refusals(), 2 * Audit::kMaxEntries);
  EXPECT_EQ(out.lines(), Audit::kMaxEntries + 1);
  EXPECT_NE(out.text.find("refusals are only counted from here"), out.text.npos);
  // What was told apart before still is.
  audit.refused(opening("0"));
  EXPECT_EQ(audit.refused_uses()[0].count, 2u);
}

TEST_F(AuditTest, LongTextIsCutBetweenCharacters) {
  const std::string long_target = std::string(Audit::kMaxText - 1, 'x') + "\u00e9" + "more";
  audit.refused(opening(long_target));
  audit.refused(opening(long_target + "and more"));
  const auto entries = audit.refused_uses();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].target, std::string(Audit::kMaxText - 1, 'x'));
}

TEST_F(AuditTest, TheLatestCanBeToldAgainWithRepetitions) {
  audit.log_recent();
  audit.log_to(out, LogFormat::Logfmt);
  audit.refused(opening("/data/a"));
  audit.refused(opening("/data/b"));
  audit.refused(opening("/data/a"));
  out.text.clear();
  audit.log_recent();
  EXPECT_EQ(out.lines(), 4u);
  const std::string before =
      "level=info msg=\"recent refusal\" component=app.wasm "
      "interface=wasi:filesystem/types function=descriptor.open-at target=";
  std::size_t at = 0;
  for (const std::string target : {"/data/a", "/data/b", "/data/a"}) {
    at = out.text.find(before + target, at);
    ASSERT_NE(at, out.text.npos) << out.text;
    ++at;
  }
  EXPECT_NE(out.text.find("msg=refusals total=3 distinct=2", at), out.text.npos) << out.text;
}

TEST_F(AuditTest, TheLatestAreKeptInOrder) {
  for (std::size_t i = 0; i < Audit::kRecent + 3; ++i) audit.refused(opening(std::to_string(i)));
  const auto recent = audit.recent();
  ASSERT_EQ(recent.size(), Audit::kRecent);
  EXPECT_EQ(recent.front().target, "3");
  EXPECT_EQ(recent.back().target, std::to_string(Audit::kRecent + 2));
  EXPECT_LE(recent.front().last, recent.back().last);
}

TEST_F(AuditTest, UsesAreNotedForAnExplanationOnly) {
  audit.granted(opening("a"));
  EXPECT_FALSE(audit.explains());
  EXPECT_TRUE(audit.granted_uses().empty());
  Audit explaining(Audit::Scope::Explanation);
  explaining.granted(opening("a"));
  explaining.granted(opening("a"));
  ASSERT_EQ(explaining.granted_uses().size(), 1u);
  EXPECT_EQ(explaining.granted_uses()[0].count, 2u);
  EXPECT_EQ(explaining.refusals(), 0u);
}

TEST_F(AuditTest, TheLogIsLetGoWithATotal) {
  audit.log_to(out, LogFormat::Logfmt);
  audit.refused(opening("a"), Level::Info);
  audit.refused(opening("a"), Level::Info);
  audit.stop_logging();
  EXPECT_TRUE(out.text.ends_with("level=info msg=refusals total=2 distinct=1\n")) << out.text;
  const std::size_t lines = out.lines();
  audit.refused(opening("b"));
  EXPECT_EQ(out.lines(), lines);
}

TEST_F(AuditTest, OnlyWhatIsSevereEnoughIsLogged) {
  audit.log_to(out, LogFormat::Logfmt, Level::Warning);
  audit.refused(opening("a"), Level::Info);
  audit.stop_logging();
  EXPECT_EQ(out.text, "");
  EXPECT_EQ(audit.refusals(), 1u);
}

TEST_F(AuditTest, ShardsShareIt) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([this] {
      for (int i = 0; i < 1000; ++i) audit.refused(opening(std::to_string(i % 7)));
    });
  for (std::thread& thread : threads) thread.join();
  std::uint64_t sum = 0;
  for (const Audit::Entry& entry : audit.refused_uses()) sum += entry.count;
  EXPECT_EQ(sum, 4000u);
  EXPECT_EQ(audit.refusals(), 4000u);
}

}  // namespace
}  // namespace favo::telemetry
