#include "http/client/response_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace favo::http::client {
namespace {

using Kind = Failure::Kind;
using Step = ResponseParser::Step;

/// A response fed `step` bytes at a time, as a connection would: what came of it.
struct Parsed {
  Step head = Step::NeedMore, body = Step::NeedMore;
  int status = 0;
  std::string fields, content, trailers;
  bool keep_alive = false;
  std::size_t left = 0;  ///< input behind the response
  Failure failure;
};

Parsed parse(const std::string& text, std::size_t step, bool answers_head = false,
             bool ends = false) {
  const Limits limits{.head_bytes = 1024, .fields = 8};
  ResponseParser parser(limits);
  parser.reset(answers_head);
  Parsed result;
  std::size_t fed = 0, begin = 0;
  auto input = [&] { return as_bytes(text).subspan(begin, fed - begin); };
  while (result.head == Step::NeedMore && fed < text.size()) {
    fed = std::min(fed + step, text.size());
    result.head = parser.parse_head(input());
  }
  if (result.head == Step::Done) {
    result.status = parser.status();
    for (const auto& [name, value] : parser.fields())
      result.fields += std::string(name) + "=" + std::string(value) + ";";
    result.keep_alive = parser.keep_alive();
    begin += parser.head_bytes();
    while (result.body == Step::NeedMore) {
      const auto found = parser.parse_body(input());
      begin += found.skip;
      if (found.size > 0) {
        result.content += as_text(input().first(found.size));
        begin += found.size;
        continue;
      }
      result.body = found.step;
      if (found.step != Step::NeedMore) break;
      if (fed == text.size()) break;
      fed = std::min(fed + step, text.size());
    }
    if (result.body == Step::NeedMore && ends) result.body = parser.parse_end();
    for (const auto& [name, value] : parser.trailers()) result.trailers += name + "=" + value + ";";
  }
  if (result.head == Step::Refused || result.body == Step::Refused)
    result.failure = parser.failure();
  result.left = text.size() - begin;
  return result;
}

TEST(ResponseParser, ReadsResponsesInPiecesOfAnySize) {
  struct Case {
    std::string_view text;
    int status;
    std::string_view fields, content, trailers;
    bool keep_alive = true;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "Content-Length=5;", "hello", ""},
      {"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, "Content-Length=0;", "", ""},
      {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", 200, "Content-Length=2;", "hi", ""},
      {"HTTP/1.1 404 No such thing\r\nContent-Length:1\r\n\r\nx", 404, "Content-Length=1;", "x",
       ""},
      {"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", 204, "A=b;", "", ""},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, "Content-Length=9;", "", ""},
      {"HTTP/1.1 999 ?\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 999,
       "Content-Length=0;Connection=close;", "", "", false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
       200, "Transfer-Encoding=chunked;", "abcde", ""},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\nz\r\n0\r\nSum: 1\r\n\r\n", 200,
       "Transfer-Encoding=Chunked;", "z", "Sum=1;"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nSum: 1\r\n\r\n", 200,
       "Transfer-Encoding=chunked;", "", "Sum=1;"},
      {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "Content-Length=1;", "x", "", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx", 200,
       "Content-Length=1;Connection=keep-alive;", "x", ""},
      {"HTTP/1.1 100 Continue\r\n\r\n", 100, "", "", ""},
  };
  for (const Case& c : cases) {
    for (const std::size_t step : {1u, 2u, 7u, 4096u}) {
      const Parsed parsed = parse(std::string(c.text), step);
      EXPECT_EQ(parsed.head, Step::Done) << c.text << parsed.failure.detail;
      EXPECT_EQ(parsed.body, Step::Done) << c.text << parsed.failure.detail;
      EXPECT_EQ(parsed.status, c.status);
      EXPECT_EQ(parsed.fields, c.fields);
      EXPECT_EQ(parsed.content, c.content);
      EXPECT_EQ(parsed.trailers, c.trailers);
      EXPECT_EQ(parsed.keep_alive, c.keep_alive) << c.text;
      EXPECT_EQ(parsed.left, 0u) << c.text;
    }
  }
}

TEST(ResponseParser, EndsWithTheConnectionWhereNothingElseSays) {
  const std::string text = "HTTP/1.1 200 OK\r\n\r\nall of it";
  Parsed parsed = parse(text, 3, false, true);
  EXPECT_EQ(parsed.body, Step::Done);
  EXPECT_EQ(parsed.content, "all of it");
  EXPECT_FALSE(parsed.keep_alive);
  EXPECT_EQ(parse(text, 3).body, Step::NeedMore);
}

TEST(ResponseParser, AnAnswerToHeadHasNoBody) {
  const Parsed parsed =
      parse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\n", 4096, true);
  EXPECT_EQ(parsed.body, Step::Done);
  EXPECT_TRUE(parsed.keep_alive);
  EXPECT_EQ(parsed.left, 17u);
}

TEST(ResponseParser, StopsAtTheResponsesEnd) {
  EXPECT_EQ(parse("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP", 4096).left, 4u);
}

TEST(ResponseParser, RefusesWhatTwoReadersMayReadDifferently) {
  const std::string ok = "HTTP/1.1 200 OK\r\n", chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  const std::pair<std::string, Kind> cases[] = {
      {"HTTP/2 200 OK\r\n\r\n", Kind::Protocol},
      {"HTTP/1.2 200 OK\r\n\r\n", Kind::Protocol},
      {"HTTP/1.1  200 OK\r\n\r\n", Kind::Protocol},
      {"HTTP/1.1 20 OK\r\n\r\n", Kind::Protocol},
      {"HTTP/1.1 2000 OK\r\n\r\n", Kind::Protocol},
      {"HTTP/1.1 099 OK\r\n\r\n", Kind::Protocol},
      {"http/1.1 200 OK\r\n\r\n", Kind::Protocol},
      {"\r\nHTTP/1.1 200 OK\r\n\r\n", Kind::Protocol},
      {"SSH-2.0-OpenSSH\r\n\r\n", Kind::Protocol},
      {std::string("HTTP/1.1 200 O\0K\r\n\r\n", 20), Kind::Protocol},
      {ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", Kind::Protocol},
      {ok + "Content-Length: 1, 1\r\n\r\nx", Kind::Protocol},
      {ok + "Content-Length: +1\r\n\r\nx", Kind::Protocol},
      {ok + "Content-Length: -1\r\n\r\nx", Kind::Protocol},
      {ok + "Content-Length: 0x1\r\n\r\nx", Kind::Protocol},
      {ok + "Content-Length: \r\n\r\n", Kind::Protocol},
      {ok + "Content-Length: 99999999999999999999\r\n\r\n", Kind::Protocol},
      {ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Kind::Protocol},
      {ok + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", Kind::Protocol},
      {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", Kind::TransferCoding},
      {ok + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", Kind::TransferCoding},
      {ok + "Transfer-Encoding: identity\r\n\r\n", Kind::TransferCoding},
      {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       Kind::Protocol},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Kind::Protocol},
      {ok + "A : b\r\n\r\n", Kind::Protocol},
      {ok + " A: b\r\n\r\n", Kind::Protocol},
      {ok + "A: b\r\n c\r\n\r\n", Kind::Protocol},
      {ok + "A: b\nC: d\r\n\r\n", Kind::Protocol},
      {ok + "A: b\rC: d\r\n\r\n", Kind::Protocol},
      {ok + "A\r\n\r\n", Kind::Protocol},
      {ok + ": b\r\n\r\n", Kind::Protocol},
      {ok + std::string("A: b\0c\r\n\r\n", 10), Kind::Protocol},
      {chunked + "x\r\n", Kind::Protocol},
      {chunked + "-1\r\n", Kind::Protocol},
      {chunked + "1 \r\n", Kind::Protocol},
      {chunked + "1\r\nxy\r\n0\r\n\r\n", Kind::Protocol},
      {chunked + "ffffffffffffffffff\r\n", Kind::Protocol},
      {chunked + "0\r\nContent-Length: 1\r\n\r\n", Kind::Protocol},
      {chunked + "0\r\nTransfer-Encoding: chunked\r\n\r\n", Kind::Protocol},
      {chunked + "0\r\nHost: a\r\n\r\n", Kind::Protocol},
      {chunked + "0\r\nA: " + std::string(2000, 'x') + "\r\n\r\n", Kind::ResponseTrailerSize},
      {ok + "A: " + std::string(2000, 'x') + "\r\n\r\n", Kind::ResponseHeadSize},
      {ok + "A: " + std::string(2000, 'x'), Kind::ResponseHeadSize},
      {ok + "A:1\r\nA:1\r\nA:1\r\nA:1\r\nA:1\r\nA:1\r\nA:1\r\nA:1\r\nA:1\r\n\r\n",
       Kind::ResponseHeadSize},
  };
  for (const auto& [text, kind] : cases) {
    for (const std::size_t step : {1u, 4096u}) {
      const Parsed parsed = parse(text, step);
      EXPECT_TRUE(parsed.head == Step::Refused || parsed.body == Step::Refused)
          << testing::PrintToString(text) << " by " << step;
      EXPECT_EQ(parsed.failure.kind, kind) << testing::PrintToString(text) << parsed.failure.detail;
    }
  }
}

TEST(ResponseParser, TellsABodyThatWasCutOff) {
  for (const std::string text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n"}) {
    const Parsed parsed = parse(text, 4096, false, true);
    EXPECT_EQ(parsed.body, Step::Refused) << text;
    EXPECT_EQ(parsed.failure.kind, Kind::ResponseIncomplete) << text;
  }
}

}  // namespace
}  // namespace favo::http::client
