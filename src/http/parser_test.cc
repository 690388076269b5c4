#include "http/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"

namespace favo::http {
namespace {

using namespace std::string_literals;
using Step = RequestParser::Step;

/// A parser whose input arrives as the tests say.
struct Feed {
  explicit Feed(const Limits& limits = {}) : limits(limits), parser(this->limits) {}

  Step head(std::string_view text) {
    input = text;
    return parser.parse_head(as_bytes(input));
  }
  /// All of a body that follows the head in `input`, and how it ended.
  Step body(std::string& content) {
    auto rest = as_bytes(input).subspan(parser.head_bytes());
    for (;;) {
      auto step = parser.parse_body(rest);
      if (step.step == Step::Refused) return step.step;
      rest = rest.subspan(step.skip);
      if (step.step == Step::Done) {
        left = as_text(rest);
        return Step::Done;
      }
      if (step.size == 0) return Step::NeedMore;
      content += as_text(rest.first(step.size));
      rest = rest.subspan(step.size);
    }
  }

  Limits limits;
  RequestParser parser;
  std::string input;
  std::string left;
};

constexpr std::string_view kGet =
    "GET /a?b=c HTTP/1.1\r\nHost: example.com:80\r\nX-One:  1 \r\n\r\n";

TEST(RequestParser, FindsTheHeadsParts) {
  Feed feed;
  ASSERT_EQ(feed.head(kGet), Step::Done);
  const auto& head = feed.parser.head();
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/a?b=c");
  EXPECT_EQ(head.authority, "example.com:80");
  EXPECT_EQ(head.scheme, "http");
  EXPECT_EQ(head.content_length, 0u);
  ASSERT_EQ(head.fields.size(), 2u);
  EXPECT_EQ(head.fields[1].first, "X-One");
  EXPECT_EQ(head.fields[1].second, "1");
  EXPECT_TRUE(feed.parser.keep_alive());
  EXPECT_TRUE(feed.parser.body_done());
  EXPECT_EQ(feed.parser.head_bytes(), kGet.size());
}

TEST(RequestParser, TakesAHeadByteByByte) {
  for (std::string_view text : {kGet, std::string_view("\r\nGET / HTTP/1.0\r\n\r\n")}) {
    Feed feed;
    for (std::size_t size = 0; size < text.size(); ++size) {
      ASSERT_EQ(feed.head(text.substr(0, size)), Step::NeedMore) << size;
    }
    EXPECT_EQ(feed.head(text), Step::Done);
  }
}

TEST(RequestParser, StopsBehindTheHead) {
  Feed feed;
  ASSERT_EQ(feed.head(std::string(kGet) + "GET /next"), Step::Done);
  EXPECT_EQ(feed.parser.head_bytes(), kGet.size());
}

TEST(RequestParser, StartsOverAfterReset) {
  Feed feed;
  ASSERT_EQ(
      feed.head("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"),
      Step::Done);
  EXPECT_TRUE(feed.parser.expects_continue());
  feed.parser.reset();
  ASSERT_EQ(feed.head(kGet), Step::Done);
  EXPECT_FALSE(feed.parser.expects_continue());
  EXPECT_EQ(feed.parser.head().content_length, 0u);
  EXPECT_EQ(feed.parser.head().fields.size(), 2u);
}

TEST(RequestParser, TakesAbsoluteTargetsApart) {
  struct {
    std::string_view method, target, path, authority, scheme;
  } cases[] = {
      {"GET", "http://a.example/x?y", "/x?y", "a.example", "http"},
      {"GET", "HTTPS://a.example:8443", "/", "a.example:8443", "https"},
      {"GET", "http://[::1]:80?q", "/?q", "[::1]:80", "http"},
      {"OPTIONS", "http://a.example", "*", "a.example", "http"},
      {"OPTIONS", "*", "*", "other", "http"},
  };
  for (const auto& c : cases) {
    Feed feed;
    ASSERT_EQ(feed.head(format("{} {} HTTP/1.1\r\nHost: other\r\n\r\n", c.method, c.target)),
              Step::Done)
        << c.target;
    EXPECT_EQ(feed.parser.head().target, c.path);
    EXPECT_EQ(feed.parser.head().authority, c.authority);
    EXPECT_EQ(feed.parser.head().scheme, c.scheme);
  }
}

TEST(RequestParser, KnowsWhenAConnectionMayGoOn) {
  struct {
    std::string_view text;
    bool keep_alive;
  } cases[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const auto& c : cases) {
    Feed feed;
    ASSERT_EQ(feed.head(c.text), Step::Done) << c.text;
    EXPECT_EQ(feed.parser.keep_alive(), c.keep_alive) << c.text;
  }
}

struct Malformed {
  int status;
  std::string text;
};

const Malformed kMalformed[] = {
    // request line
    {400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
    {400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / http/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /\r\n\r\n"},
    {400, "GET / FTP/1.1\r\nHost: a\r\n\r\n"},
    {400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\nHost: a\n\r\n\r\n"},
    {400, "GET / HTTP/1.1\nHost: a\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"},
    {400, "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "\x16\x03\x01\x02\x01"},  // a TLS client: refused without waiting for a line's end
    {505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"},
    {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    // target
    {400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"s},
    {400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {501, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"},
    // Host
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [x]\r\n\r\n"},
    // fields
    {400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX Y: x\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\t\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n \r\nY: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\nb\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"s},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n"s},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nConnection: @\r\n\r\n"},
    {417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n"},
    // framing
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5,6\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\ncontent-length: 0\r\n\r\n"},
    {400,
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
     "chunked\r\n\r\n"},
    {400,
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=1\r\n\r\n"},
    {400,
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0b"
     "chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n"},
    {400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
};

TEST(RequestParser, RefusesMalformedHeads) {
  for (const auto& [status, text] : kMalformed) {
    Feed feed;
    ASSERT_EQ(feed.head(text), Step::Refused) << text;
    EXPECT_EQ(feed.parser.refusal_status(), status) << text << feed.parser.refusal();
    EXPECT_NE(feed.parser.refusal(), "");
  }
}

TEST(RequestParser, RefusesThemWhenTheyTrickleInToo) {
  for (const auto& [status, text] : kMalformed) {
    Feed feed;
    Step step = Step::NeedMore;
    for (std::size_t size = 1; size <= text.size() && step == Step::NeedMore; ++size) {
      step = feed.head(text.substr(0, size));
    }
    ASSERT_EQ(step, Step::Refused) << text;
    EXPECT_EQ(feed.parser.refusal_status(), status) << text;
  }
}

TEST(RequestParser, SurvivesEveryOneByteChange) {
  const std::string whole =
      "POST /a?b HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n0\r\nT: v\r\n\r\n";
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      Feed feed;
      std::string text = whole, content;
      text[at] = static_cast<char>(byte);
      if (feed.head(text) == Step::Done) (void)feed.body(content);
      EXPECT_LE(content.size(), text.size());
    }
  }
}

TEST(RequestParser, AcceptsAnEmptyHostAndOldRequestsWithoutOne) {
  for (const char* text : {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    Feed feed;
    ASSERT_EQ(feed.head(text), Step::Done);
    EXPECT_EQ(feed.parser.head().authority, "");
  }
}

TEST(RequestParser, LimitsTheHead) {
  Limits limits;
  limits.head_bytes = 1000;
  limits.fields = 3;
  limits.target_bytes = 100;
  limits.body_bytes = 10;
  auto refused = [&](std::string_view text) {
    Feed feed(limits);
    return feed.head(text) == Step::Refused ? feed.parser.refusal_status() : 0;
  };
  std::string host = " HTTP/1.1\r\nHost: a\r\n", end = "\r\n";
  EXPECT_EQ(refused("GET /" + std::string(99, 'a') + host + end), 0);
  EXPECT_EQ(refused("GET /" + std::string(100, 'a') + host + end), 414);
  EXPECT_EQ(refused("GET /" + std::string(200, 'a')), 414);
  // As long as it may be before the target is looked at, wherever the packet ends.
  EXPECT_EQ(refused("GET /" + std::string(127, 'a')), 0);
  EXPECT_EQ(refused("GET /" + std::string(127, 'a') + "\r"), 0);
  EXPECT_EQ(refused("GET /" + std::string(127, 'a') + "\r\n"), 0);
  // A method counts as well, also in a head that comes whole.
  EXPECT_EQ(refused(std::string(200, 'a')), 414);
  EXPECT_EQ(refused(std::string(200, 'a') + " /" + host + end), 414);
  EXPECT_EQ(refused("GET /" + host + "X: 1\r\nX: 2\r\n" + end), 0);
  EXPECT_EQ(refused("GET /" + host + "X: 1\r\nX: 2\r\nX: 3\r\n" + end), 431);
  EXPECT_EQ(refused("GET /" + host + "X: " + std::string(1000, 'a')), 431);
  EXPECT_EQ(refused("GET /" + host + "X: " + std::string(1000, 'a') + end + end), 431);
  EXPECT_EQ(refused("POST /" + host + "Content-Length: 10\r\n" + end), 0);
  EXPECT_EQ(refused("POST /" + host + "Content-Length: 11\r\n" + end), 413);
}

std::string chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n" + std::string(body);
}

TEST(RequestParser, UnwrapsChunksAndTrailers) {
  Feed feed;
  ASSERT_EQ(feed.head(chunked(
                "3\r\nabc\r\n00A;n=v; q=\"\\\"\"\r\n0123456789\r\n0\r\nX-T: 1\r\nY: \r\n\r\nGET")),
            Step::Done);
  EXPECT_EQ(feed.parser.head().content_length, std::nullopt);
  std::string content;
  ASSERT_EQ(feed.body(content), Step::Done);
  EXPECT_EQ(content, "abc0123456789");
  ASSERT_EQ(feed.parser.trailers().size(), 2u);
  EXPECT_EQ(*feed.parser.trailers().find("x-t"), "1");
  EXPECT_EQ(feed.left, "GET");
}

TEST(RequestParser, TakesChunksByteByByte) {
  const std::pair<std::string_view, std::string_view> bodies[] = {
      {"3\r\nabc\r\n1;x\r\nd\r\n0\r\nT: v\r\n\r\n", "abcd"}, {"0\r\nT: v\r\n\r\n", ""}};
  for (const auto& [body, whole] : bodies) {
    Feed feed;
    ASSERT_EQ(feed.head(chunked("")), Step::Done);
    std::string pending, content;
    Step last = Step::NeedMore;
    for (char c : body) {
      pending += c;
      auto step = feed.parser.parse_body(as_bytes(pending));
      ASSERT_NE(step.step, Step::Refused) << feed.parser.refusal();
      content += pending.substr(step.skip, step.size);
      pending.erase(0, step.skip + step.size);
      last = step.step;
    }
    EXPECT_EQ(last, Step::Done);
    EXPECT_EQ(content, whole);
    EXPECT_EQ(*feed.parser.trailers().find("T"), "v");
  }
}

TEST(RequestParser, RefusesALastChunkThatEndsOtherwiseByteByByte) {
  for (const auto& [body, expected] : {std::pair{std::string_view("0\r\x01"), Step::Refused},
                                       {"0\r0", Step::Refused},
                                       {"0\n\r\x01", Step::Refused},
                                       {"0\n", Step::NeedMore},
                                       {"0\r\n\r", Step::NeedMore},
                                       {"00\r\n", Step::NeedMore}}) {
    Feed feed;
    ASSERT_EQ(feed.head(chunked("")), Step::Done);
    Step last = Step::NeedMore;
    for (std::size_t size = 1; size <= body.size() && last == Step::NeedMore; ++size)
      last = feed.parser.parse_body(as_bytes(body.substr(0, size))).step;
    EXPECT_EQ(last, expected) << body;
  }
}

TEST(RequestParser, RefusesAnExtensionThatDoesNotEndWithItsLine) {
  for (const std::string_view body :
       {"a0;x=\"\r\nabc", "a0;x=\"y\r\nabc", "3\r\nabc\r\n2;x=\"\r\nde", "0;x=\"\r\nT: v\r\n\r\n",
        "0;x=\"\r\n\r\n"}) {
    Feed feed;
    ASSERT_EQ(feed.head(chunked(body)), Step::Done);
    std::string content;
    EXPECT_EQ(feed.body(content), Step::Refused) << body;
  }
}

TEST(RequestParser, StopsAtContentLength) {
  Feed feed;
  ASSERT_EQ(feed.head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcdef"), Step::Done);
  EXPECT_EQ(feed.parser.head().content_length, 3u);
  std::string content;
  ASSERT_EQ(feed.body(content), Step::Done);
  EXPECT_EQ(content, "abc");
  EXPECT_EQ(feed.left, "def");
}

TEST(RequestParser, RefusesMalformedChunks) {
  const std::string bodies[] = {
      "x\r\nabc",
      "\r\n",
      " 3\r\nabc\r\n",
      "+3\r\nabc\r\n",
      "0x3\r\nabc\r\n",
      "-1\r\n",
      "3 3\r\nabc\r\n",
      "3\nabc\n0\n\n\r\n",
      "3\r\nabcd\r\n",
      "3\r\nabc0\r\n\r\n",
      "3\r\nabc\n0\r\n\r\n",
      "3\r\nabc\r0\r\n\r\n",
      "fffffffffffffffff\r\nabc",
      "10000000000000000\r\nabc",
      "3;\r\nabc\r\n",
      "3;a=\r\nabc\r\n",
      "3;a=\"b\r\nabc\"\r\n",
      "3;a=\"\n\"\r\nabc\r\n",
      "3;a\rb\r\nabc\r\n",
      "3;a=\"\0\"\r\nabc\r\n"s,
      "0\r\nContent-Length: 3\r\n\r\n",
      "0\r\nTransfer-Encoding: chunked\r\n\r\n",
      "0\r\nHost: b\r\n\r\n",
      "0\r\nX : y\r\n\r\n",
      "0\r\nX: a\r\n b\r\n\r\n",
      "0\r\nX: a\nb\r\n\r\n",
      "0\r\nX\r\n\r\n",
      "3;" + std::string(100'000, 'a'),
      "0\r\nX: " + std::string(100'000, 'a'),
      "0\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n",
  };
  for (const auto& body : bodies) {
    Feed feed;
    ASSERT_EQ(feed.head(chunked(body + "\r\n\r\n")), Step::Done);
    std::string content;
    EXPECT_EQ(feed.body(content), Step::Refused) << testing::PrintToString(body.substr(0, 100));
    EXPECT_GE(feed.parser.refusal_status(), 400);
  }
}

TEST(RequestParser, LimitsBodiesAndExtensions) {
  Limits limits;
  limits.body_bytes = 10;
  Feed feed(limits);
  ASSERT_EQ(feed.head(chunked("6\r\nabcdef\r\n6\r\n")), Step::Done);
  std::string content;
  EXPECT_EQ(feed.body(content), Step::Refused);
  EXPECT_EQ(feed.parser.refusal_status(), 413);

  std::string many;
  for (int i = 0; i < 3000; ++i) many += "1;abcdefgh\r\nx\r\n";
  Feed extended;
  ASSERT_EQ(extended.head(chunked(many)), Step::Done);
  content.clear();
  EXPECT_EQ(extended.body(content), Step::Refused);
}

}  // namespace
}  // namespace favo::http
