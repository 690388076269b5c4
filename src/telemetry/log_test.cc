#include "telemetry/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "telemetry/line.h"

namespace favo::telemetry {
namespace {

struct Captured : LogOutput {
  std::string text;
  int submits = 0;
  void submit(std::string lines) override {
    text += lines;
    ++submits;
  }
};

constexpr Log::Time kTime{std::chrono::microseconds(1'795'593'600'000'042)};  // 2026-11-25

AccessRecord a_record() {
  return {.time = kTime,
          .request_id = "01-7",
          .app = "shop.core",
          .peer = "127.0.0.1:51234",
          .method = "GET",
          .path = "/a?b=c",
          .status = 200,
          .bytes_in = 0,
          .bytes_out = 12,
          .duration = std::chrono::microseconds(57),
          .error = {}};
}

TEST(Log, WritesOneLogfmtLinePerEvent) {
  Captured out;
  Log log(out);
  log.event(Level::Info, "listening", {{"address", "127.0.0.1:8080"}, {"shards", 2}}, kTime);
  log.flush();
  EXPECT_EQ(out.text,
            "time=2026-11-25T08:00:00.000042Z level=info msg=listening address=127.0.0.1:8080 "
            "shards=2\n");
}

TEST(Log, WritesAnAccessLine) {
  Captured out;
  Log log(out);
  log.access(a_record());
  log.flush();
  EXPECT_EQ(out.text,
            "time=2026-11-25T08:00:00.000042Z level=info msg=request id=01-7 app=shop.core "
            "peer=127.0.0.1:51234 method=GET path=\"/a?b=c\" status=200 bytes_in=0 bytes_out=12 "
            "duration_us=57\n");
}

TEST(Log, JsonLinesParse) {
  Captured out;
  Log log(out, LogFormat::Json);
  AccessRecord record = a_record();
  record.path = "/\"\\\n\x1b[31m\xff\xc2\x9b";
  record.error = "trap: unreachable";
  log.access(record);
  log.event(Level::Info, "x", {{"yes", true}, {"least", INT64_MIN}, {"most", UINT64_MAX}}, kTime);
  log.flush();
  const std::size_t end = out.text.find('\n');
  const auto access = nlohmann::json::parse(out.text.substr(0, end));
  EXPECT_EQ(access["path"], "/\"\\\n\x1b[31m\xEF\xBF\xBD\xc2\x9b");
  EXPECT_EQ(access["status"], 200);
  EXPECT_EQ(access["error"], "trap: unreachable");
  const auto event = nlohmann::json::parse(out.text.substr(end + 1));
  EXPECT_EQ(event["yes"], true);
  EXPECT_EQ(event["least"], INT64_MIN);
  EXPECT_EQ(event["most"], UINT64_MAX);
}

TEST(Log, ValuesCannotForgeLinesOrSteerTerminals) {
  Captured out;
  Log log(out);
  log.event(Level::Info, "a\nlevel=error msg=forged", {{"v", "\x1b[2J\x7f\xc2\x9b"}}, kTime);
  log.flush();
  EXPECT_EQ(std::count(out.text.begin(), out.text.end(), '\n'), 1);
  EXPECT_NE(out.text.find(R"(msg="a\nlevel=error msg=forged" v="\u001b[2J\u007f\u009b")"),
            std::string::npos);
}

TEST(Log, CutsLongFieldsBetweenCharacters) {
  Captured out;
  Log log(out);
  std::string text(Log::kMaxFieldBytes - 1, 'a');
  text += "\xC3\xA9tail";
  log.event(Level::Info, text, {}, kTime);
  log.flush();
  EXPECT_NE(out.text.find("aaa\xE2\x80\xA6\"\n"), std::string::npos);
  EXPECT_EQ(out.text.find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(Log, BuffersUntilFlushedButWarnsAtOnce) {
  Captured out;
  Log log(out);
  log.event(Level::Info, "one");
  EXPECT_TRUE(log.pending());
  EXPECT_EQ(out.submits, 0);
  log.event(Level::Warning, "two");
  EXPECT_FALSE(log.pending());
  EXPECT_EQ(out.submits, 1);
}

TEST(Log, FlushesAFullBufferByItself) {
  Captured out;
  Log log(out);
  while (out.submits == 0) log.access(a_record());
  EXPECT_GE(out.text.size(), Log::kFlushBytes);
  EXPECT_LT(out.text.size(), Log::kFlushBytes + 1024);
}

TEST(Log, LeavesOutWhatIsBelowTheLevel) {
  Captured out;
  Log log(out, LogFormat::Logfmt, Level::Warning);
  log.event(Level::Info, "no");
  log.access(a_record());
  EXPECT_FALSE(log.pending());
}

TEST(Log, TheClockMayGoBack) {
  Captured out;
  Log log(out);
  log.event(Level::Info, "a", {}, kTime);
  log.event(Level::Info, "b", {}, kTime - std::chrono::seconds(1));
  log.flush();
  EXPECT_NE(out.text.find("time=2026-11-25T07:59:59.000042Z level=info msg=b"), std::string::npos);
}

TEST(Line, ReplacesWhatIsNotUtf8) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},                  // overlong
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // surrogate
      {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
      {"\xF0\x9F\x98", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xE2\x82\xAC", "\xE2\x82\xAC"},
  };
  for (const auto& [in, expected] : cases) {
    std::string out;
    append_quoted(out, in);
    EXPECT_EQ(out, "\"" + std::string(expected) + "\"");
  }
}

TEST(Line, PrintableKeepsLineEndsOnly) {
  EXPECT_EQ(printable("a\n\x1b[2J\"\\\xff"), "a\n\\u001b[2J\"\\\xEF\xBF\xBD");
}

TEST(LogFormat, NamesWhatItExpects) {
  EXPECT_EQ(*parse_log_format("json"), LogFormat::Json);
  EXPECT_EQ(parse_log_format("xml").error().message(),
            "unknown log format \"xml\": expected logfmt or json");
}

}  // namespace
}  // namespace favo::telemetry
