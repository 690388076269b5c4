#include "http/conditional.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "http/date.h"
#include "http/media_type.h"

namespace favo::http {
namespace {

constexpr std::time_t kThen = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
const Validators kCurrent{"\"abc\"", kThen};
const Validators kWeak{"W/\"abc\"", kThen};

class Head {
 public:
  using Field = std::pair<std::string_view, std::string_view>;
  Head(std::initializer_list<Field> fields, std::string_view method = "GET") : fields_(fields) {
    head_.method = method;
    head_.target = "/";
    head_.fields = fields_;
  }
  operator const RequestHead&() const { return head_; }

 private:
  std::vector<Field> fields_;
  RequestHead head_;
};

Condition judge(std::initializer_list<Head::Field> fields, const Validators& current = kCurrent) {
  return judge_conditions(Head(fields), current);
}

TEST(Conditions, WithoutAnyAllIsSent) { EXPECT_EQ(judge({}), Condition::Holds); }

TEST(Conditions, ATagThatTheClientHasIsNotSentAgain) {
  EXPECT_EQ(judge({{"If-None-Match", "\"abc\""}}), Condition::NotModified);
  EXPECT_EQ(judge({{"if-none-match", "W/\"abc\""}}), Condition::NotModified);
  EXPECT_EQ(judge({{"If-None-Match", "\"abc\""}}, kWeak), Condition::NotModified);
  EXPECT_EQ(judge({{"If-None-Match", "\"x\", \"a,b\" ,W/\"abc\""}}), Condition::NotModified);
  EXPECT_EQ(judge({{"If-None-Match", "\"x\""}, {"If-None-Match", "\"abc\""}}),
            Condition::NotModified);
  EXPECT_EQ(judge({{"If-None-Match", "*"}}), Condition::NotModified);
  EXPECT_EQ(judge({{"If-None-Match", "\"abcd\""}}), Condition::Holds);
}

TEST(Conditions, MalformedTagsMatchNothing) {
  for (const char* list : {"", "abc", "\"abc", "abc\"", "w/\"abc\"", "\"x\" \"abc\"", "\"\"", ",",
                           "\"x\";\"abc\"", "W/", "W/abc", "'abc'", "\"abc\"\""}) {
    if (std::string_view(list) == "\"abc\"\"") {
      EXPECT_EQ(judge({{"If-None-Match", list}}), Condition::NotModified);
      continue;  // what comes first is well-formed
    }
    EXPECT_EQ(judge({{"If-None-Match", list}}), Condition::Holds) << list;
  }
}

TEST(Conditions, DatesCountWhereThereIsNoTag) {
  EXPECT_EQ(judge({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
            Condition::NotModified);
  EXPECT_EQ(judge({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}}), Condition::Holds);
  EXPECT_EQ(judge({{"If-Modified-Since", "yesterday"}}), Condition::Holds);
  EXPECT_EQ(judge({{"If-None-Match", "\"other\""},
                   {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
            Condition::Holds);
}

TEST(Conditions, AnotherVersionThanTheWantedIsRefused) {
  EXPECT_EQ(judge({{"If-Match", "\"abc\""}}), Condition::Holds);
  EXPECT_EQ(judge({{"If-Match", "*"}}), Condition::Holds);
  EXPECT_EQ(judge({{"If-Match", "\"x\""}}), Condition::Failed);
  EXPECT_EQ(judge({{"If-Match", "W/\"abc\""}}), Condition::Failed);
  EXPECT_EQ(judge({{"If-Match", "W/\"abc\""}}, kWeak), Condition::Failed);
  EXPECT_EQ(judge({{"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}}), Condition::Failed);
  EXPECT_EQ(judge({{"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}), Condition::Holds);
  EXPECT_EQ(judge({{"If-Match", "\"abc\""}, {"If-None-Match", "\"abc\""}}), Condition::NotModified);
}

Range range(std::string_view text, std::uint64_t size = 100) {
  return range_of(Head({{"Range", text}}), kCurrent, size);
}
Range part(std::uint64_t first, std::uint64_t size) { return {Range::Kind::Part, first, size}; }
const Range kWhole{Range::Kind::Whole, 0, 100};
const Range kNone{Range::Kind::Unsatisfiable, 0, 0};

TEST(Ranges, NameBytes) {
  EXPECT_EQ(range("bytes=0-0"), part(0, 1));
  EXPECT_EQ(range("bytes=10-19"), part(10, 10));
  EXPECT_EQ(range("Bytes = 10-19 "), part(10, 10));
  EXPECT_EQ(range("bytes=90-"), part(90, 10));
  EXPECT_EQ(range("bytes=0-"), part(0, 100));
  EXPECT_EQ(range("bytes=99-1000"), part(99, 1));
  EXPECT_EQ(range("bytes=-1"), part(99, 1));
  EXPECT_EQ(range("bytes=-1000"), part(0, 100));
  EXPECT_EQ(range("bytes=5-99999999999999999999999999"), part(5, 95));
  EXPECT_EQ(range("bytes=0-18446744073709551615"), part(0, 100));
}

TEST(Ranges, BeyondTheEndThereIsNothing) {
  EXPECT_EQ(range("bytes=100-"), kNone);
  EXPECT_EQ(range("bytes=100-200"), kNone);
  EXPECT_EQ(range("bytes=-0"), kNone);
  EXPECT_EQ(range("bytes=99999999999999999999999999-"), kNone);
  EXPECT_EQ(range("bytes=0-", 0), kNone);
  EXPECT_EQ(range("bytes=-5", 0), kNone);
}

TEST(Ranges, WhatIsMalformedOrSeveralIsAnsweredWhole) {
  for (const char* text :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=2-1", "bytes=0-1,2-3",
        "bytes=0-1,", "lines=0-1", "bytes=0x1-2", "bytes=--1", "bytes=1--2", "bytes=+1-2",
        "bytes=1 -2", "bytes=1-2-3", "=0-1", "bytes:0-1"}) {
    EXPECT_EQ(range(text), kWhole) << text;
  }
  EXPECT_EQ(range_of(Head({{"Range", "bytes=0-1"}, {"Range", "bytes=0-1"}}), kCurrent, 100),
            kWhole);
  EXPECT_EQ(range_of(Head({{"Range", "bytes=0-1"}}, "HEAD"), kCurrent, 100), kWhole);
  EXPECT_EQ(range_of(Head({}), kCurrent, 100), kWhole);
}

TEST(Ranges, CountForTheVersionThatTheClientHas) {
  const auto with = [](std::string_view condition, const Validators& current = kCurrent) {
    return range_of(Head({{"Range", "bytes=0-1"}, {"If-Range", condition}}), current, 100);
  };
  EXPECT_EQ(with("\"abc\""), part(0, 2));
  EXPECT_EQ(with("Sun, 06 Nov 1994 08:49:37 GMT"), part(0, 2));
  EXPECT_EQ(with("\"x\""), kWhole);
  EXPECT_EQ(with("W/\"abc\""), kWhole);
  EXPECT_EQ(with("W/\"abc\"", kWeak), kWhole);
  EXPECT_EQ(with("Sun, 06 Nov 1994 08:49:38 GMT"), kWhole);
  EXPECT_EQ(with("nonsense"), kWhole);
  EXPECT_EQ(with(""), kWhole);
}

unsigned weight(std::string_view accepted, std::string_view coding = "gzip") {
  return coding_weight(Head({{"Accept-Encoding", accepted}}), coding);
}

TEST(Codings, AreWeighed) {
  EXPECT_EQ(weight("gzip"), 1000u);
  EXPECT_EQ(weight("br, GZIP;q=0.5"), 500u);
  EXPECT_EQ(weight("gzip ; q=0.123"), 123u);
  EXPECT_EQ(weight("gzip;q=0"), 0u);
  EXPECT_EQ(weight("gzip;q=0.000"), 0u);
  EXPECT_EQ(weight("*"), 1000u);
  EXPECT_EQ(weight("*;q=0.1, gzip;q=0"), 0u);
  EXPECT_EQ(weight("br"), 0u);
  EXPECT_EQ(weight(""), 0u);
  EXPECT_EQ(coding_weight(Head({}), "gzip"), 0u);
  EXPECT_EQ(coding_weight(Head({{"accept-encoding", "br"}, {"accept-encoding", "gzip"}}), "gzip"),
            1000u);
}

TEST(Codings, MalformedWeightsAreNoWish) {
  for (const char* text : {"gzip;q=", "gzip;q=2", "gzip;q=1.1", "gzip;q=0.1234", "gzip;q=-1",
                           "gzip;level=9", "gzip;", "gzip;q=1x", "gzip;q=0.a", ",,;,", "gzipp"}) {
    EXPECT_EQ(weight(text), 0u) << text;
  }
}

TEST(Dates, AreReadInThreeForms) {
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), kThen);
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), kThen);
  EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994"), kThen);
  EXPECT_EQ(parse_date("Thu, 29 Feb 2024 00:00:00 GMT"), 1709164800);
  EXPECT_EQ(parse_date("Fri, 31 Dec 9999 23:59:59 GMT"), 253402300799);
}

TEST(Dates, NothingElseIsOne) {
  for (const char* text :
       {"", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT", "Thu, 29 Feb 2023 00:00:00 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov -994 08:49:37 GMT", "784111777"}) {
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
  }
}

TEST(Dates, AreWrittenAsTheyAreRead) {
  EXPECT_EQ(format_date(kThen), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_date(std::time_t{1} << 60), "");
  DateLine line;
  line.update(kThen);
  EXPECT_EQ(line.text(), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(line.value(), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(MediaTypes, FollowTheEnding) {
  EXPECT_EQ(media_type_of("a/index.html").name, "text/html; charset=utf-8");
  EXPECT_TRUE(media_type_of("a/APP.JS").compressible);
  EXPECT_EQ(media_type_of("photo.JPEG").name, "image/jpeg");
  EXPECT_FALSE(media_type_of("photo.JPEG").compressible);
  for (const char* path : {"", "noend", "a.b/c", "x.", "x.unknown", "html"})
    EXPECT_EQ(media_type_of(path).name, "application/octet-stream") << path;
}

}  // namespace
}  // namespace favo::http
