#include <gtest/gtest.h>

#include <set>

#include "policy/grants.h"
#include "policy/limits.h"
#include "policy/option.h"
#include "policy/units.h"

namespace favo::policy {
namespace {

using namespace std::chrono_literals;

TEST(Units, ReadsSizes) {
  EXPECT_EQ(*parse_size("128MiB"), 128ull << 20);
  EXPECT_EQ(*parse_size("1.5KiB"), 1536u);
  EXPECT_EQ(*parse_size("0.1KB"), 100u);
  EXPECT_EQ(*parse_size("10MB"), 10'000'000u);
  EXPECT_EQ(*parse_size("0"), 0u);
  EXPECT_EQ(*parse_size("7B"), 7u);
  EXPECT_EQ(*parse_size("18446744073709551615B"), UINT64_MAX);
}

TEST(Units, ReadsDurations) {
  EXPECT_EQ(*parse_duration("30s"), 30s);
  EXPECT_EQ(*parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(*parse_duration("2m"), 2min);
  EXPECT_EQ(*parse_duration("0"), 0ms);
}

TEST(Units, SaysWhatWasExpected) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"128",
       "size \"128\": no unit; did you mean 128MiB? (units: B, KiB, MiB, GiB or TiB, as in "
       "128MiB)"},
      {"128Mib",
       "size \"128Mib\": unknown unit \"Mib\": expected B, KiB, MiB, GiB or TiB, as in "
       "128MiB"},
      {"", "size \"\": expected a number and B, KiB, MiB, GiB or TiB, as in 128MiB"},
      {"-1MiB", "size \"-1MiB\": expected a number and B, KiB, MiB, GiB or TiB, as in 128MiB"},
      {"1.MiB", "size \"1.MiB\": a digit must follow the point"},
      {"0.5B", "size \"0.5B\": finer than one B"},
      {"0.1KiB", "size \"0.1KiB\": finer than one B"},
      {"99999999TiB", "size \"99999999TiB\": too large"},
      {"99999999999999999999B", "size \"99999999999999999999B\": too large"},
  };
  for (const auto& [text, message] : cases) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size.ok()) << text;
    EXPECT_EQ(size.error().message(), message);
  }
  EXPECT_EQ(parse_duration("30").error().message(),
            "duration \"30\": no unit; did you mean 30s? (units: ms, s, m or h, as in 30s)");
  EXPECT_FALSE(parse_duration("99999999999h").ok());
  EXPECT_FALSE(parse_count("4294967296").ok());
  EXPECT_FALSE(parse_count("1x").ok());
  EXPECT_FALSE(parse_count("").ok());
}

TEST(Units, WritesWhatItReads) {
  for (std::uint64_t n : {0ull, 1ull, 1023ull, 1024ull, 1536ull, 128ull << 20, 3ull << 40})
    EXPECT_EQ(*parse_size(format_size(n)), n);
  EXPECT_EQ(format_size(128ull << 20), "128MiB");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(60s), "1m");
}

TEST(Grants, TakesDirectories) {
  Grants grants;
  ASSERT_TRUE(grants.add_directory("data").ok());
  ASSERT_TRUE(grants.add_directory("data:/a").ok());
  ASSERT_TRUE(grants.add_directory("data:/b:ro").ok());
  ASSERT_TRUE(grants.add_directory("data:/c:rw").ok());
  EXPECT_EQ(grants.directories, (std::vector<DirectoryGrant>{{"data", "data", true},
                                                             {"data", "/a", true},
                                                             {"data", "/b", false},
                                                             {"data", "/c", true}}));
}

TEST(Grants, RefusesOtherDirectories) {
  Grants grants;
  ASSERT_TRUE(grants.add_directory("data:/a").ok());
  for (const std::string_view text : {"", ":", "data:", ":/a", "data::ro", "data:/b:r",
                                      "data:/b:ro:", "a:b:c:d", "other:/a", "data:\xff"}) {
    EXPECT_FALSE(grants.add_directory(text).ok()) << text;
  }
  const std::string with_nul("data\0x:/b", 9);
  EXPECT_EQ(grants.add_directory(with_nul).error().code(), Code::InvalidArgument);
  EXPECT_EQ(grants.directories.size(), 1u);
}

TEST(Limits, EveryDefaultSurvivesPrintAndParse) {
  std::set<std::string_view> names;
  for (const LimitSpec& spec : limit_specs()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    Limits limits;
    const auto parsed = spec.parse(limits, spec.print(Limits{}));
    ASSERT_TRUE(parsed.ok()) << parsed.error().message();
    EXPECT_EQ(limits, Limits{}) << spec.name;
  }
}

TEST(Limits, EachNameSetsItsOwn) {
  for (const LimitSpec& spec : limit_specs()) {
    Limits limits;
    const std::string_view text =
        std::holds_alternative<LimitSpec::Duration>(spec.member)                     ? "7ms"
        : std::holds_alternative<LimitSpec::Count>(spec.member) || spec.plain_number ? "7"
                                                                                     : "7B";
    ASSERT_TRUE(spec.parse(limits, text).ok());
    EXPECT_EQ(spec.print(limits), text);
  }
}

TEST(Limits, ErrorsNameTheLimit) {
  Limits limits;
  EXPECT_EQ(limit_specs()[0].parse(limits, "lots").error().message(),
            "limit memory: size \"lots\": expected a number and B, KiB, MiB, GiB or TiB, as in "
            "128MiB");
}

TEST(Grants, TellWhatGoesBeyondOthers) {
  Grants wider;
  ASSERT_TRUE(wider.add_env("LEVEL=info"));
  ASSERT_TRUE(wider.add_directory("data:/data"));
  ASSERT_TRUE(wider.add_directory("conf:/conf:ro"));
  ASSERT_TRUE(wider.add_http("https://*.example.com"));
  ASSERT_TRUE(wider.add_tcp("10.0.0.0/8:5000-6000"));
  ASSERT_TRUE(wider.add_udp("*:53"));
  ASSERT_TRUE(wider.add_listen_socket("127.0.0.1:*"));
  EXPECT_EQ(Grants().beyond(wider), std::nullopt);
  EXPECT_EQ(wider.beyond(wider), std::nullopt);

  const auto told = [&](auto add, std::string_view text) {
    Grants narrower;
    EXPECT_TRUE((narrower.*add)(text)) << text;
    return narrower.beyond(wider).value_or("nothing");
  };
  EXPECT_EQ(told(&Grants::add_env, "LEVEL=info"), "nothing");
  EXPECT_EQ(told(&Grants::add_env, "LEVEL=debug"), "env \"LEVEL\"");
  EXPECT_EQ(told(&Grants::add_env, "OTHER=info"), "env \"OTHER\"");
  EXPECT_EQ(told(&Grants::add_directory, "data:/elsewhere:ro"), "nothing");
  EXPECT_EQ(told(&Grants::add_directory, "conf:/conf:ro"), "nothing");
  EXPECT_EQ(told(&Grants::add_directory, "conf:/conf"), "dir \"conf\" for writing");
  EXPECT_EQ(told(&Grants::add_directory, "/:/data:ro"), "dir \"/\"");
  EXPECT_EQ(told(&Grants::add_http, "https://a.example.com"), "nothing");
  EXPECT_EQ(told(&Grants::add_http, "http://a.example.com"), "http \"http://a.example.com\"");
  EXPECT_EQ(told(&Grants::add_http, "https://example.com"), "http \"https://example.com\"");
  EXPECT_EQ(told(&Grants::add_tcp, "10.1.0.0/16:5432"), "nothing");
  EXPECT_EQ(told(&Grants::add_tcp, "10.1.0.0/16:22"), "tcp \"10.1.0.0/16:22\"");
  EXPECT_EQ(told(&Grants::add_tcp, "10.0.0.0/7:5432"), "tcp \"10.0.0.0/7:5432\"");
  EXPECT_EQ(told(&Grants::add_udp, "ns.example.com:53"), "nothing");
  // `*` is any public address, and no other.
  EXPECT_EQ(told(&Grants::add_udp, "10.0.0.1:53"), "udp \"10.0.0.1:53\"");
  EXPECT_EQ(told(&Grants::add_listen_socket, "127.0.0.1:80"), "nothing");
  EXPECT_EQ(told(&Grants::add_listen_socket, "0.0.0.0:80"), "listen \"0.0.0.0:80\"");
}

TEST(Grants, AddsEnvironment) {
  Grants grants;
  EXPECT_TRUE(grants.add_env("A=1").ok());
  EXPECT_TRUE(grants.add_env("B=x=y").ok());
  EXPECT_TRUE(grants.add_env("A=2").ok());
  EXPECT_TRUE(grants.add_env("C=").ok());
  const decltype(grants.env) expected = {{"A", "2"}, {"B", "x=y"}, {"C", ""}};
  EXPECT_EQ(grants.env, expected);
}

TEST(Grants, RefusesWhatIsNoAssignment) {
  Grants grants;
  EXPECT_EQ(grants.add_env("HOME").error().message(),
            "environment \"HOME\": expected KEY=VALUE (the guest does not inherit ours)");
  EXPECT_FALSE(grants.add_env("=x").ok());
  EXPECT_FALSE(grants.add_env(std::string_view("A=\0", 3)).ok());
}

TEST(Option, CanBePastedIntoAShell) {
  EXPECT_EQ(directory_option("data", "/data", true), "--dir data:/data");
  EXPECT_EQ(directory_option("data", "/data", false), "--dir data:/data:ro");
  EXPECT_EQ(directory_option("/srv", "/srv", true), "--dir /srv");
  EXPECT_EQ(directory_option("/srv", "/srv", false), "--dir /srv:/srv:ro");
  EXPECT_EQ(directory_option("my data", "/d", true), "--dir 'my data:/d'");
  EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(Option, WhatIsPrintedIsRead) {
  Grants grants;
  ASSERT_TRUE(grants.add_directory(directory_option("a", "/b", false).substr(6)));
  EXPECT_EQ(grants.directories[0], (DirectoryGrant{"a", "/b", false}));
}

}  // namespace
}  // namespace favo::policy
