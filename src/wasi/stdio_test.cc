#include "wasi/stdio.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace favo::wasi {
namespace {

using testing::ElementsAre;

struct Lines final : LineStdio {
  using LineStdio::LineStdio;
  void line(Channel channel, std::string_view text) override {
    seen.push_back((channel == Channel::Stderr ? "err: " : "out: ") + std::string(text));
  }
  std::vector<std::string> seen;
};

TEST(LineStdio, SplitsIntoLinesByChannel) {
  Lines lines;
  const auto out = lines.open_stdout(), err = lines.open_stderr();
  out->put(as_bytes("one\ntw"));
  err->put(as_bytes("oh\n\n"));
  out->put(as_bytes("o\nthree"));
  EXPECT_THAT(lines.seen, ElementsAre("out: one", "err: oh", "err: ", "out: two"));
  lines.finish();
  lines.finish();
  EXPECT_EQ(lines.seen.back(), "out: three");
  EXPECT_EQ(lines.seen.size(), 5u);
}

TEST(LineStdio, StreamsOfOneChannelShareItsLine) {
  Lines lines;
  lines.open_stdout()->put(as_bytes("a"));
  lines.open_stdout()->put(as_bytes("b\n"));
  EXPECT_THAT(lines.seen, ElementsAre("out: ab"));
}

TEST(LineStdio, CutsLongLines) {
  Lines lines;
  const std::string full(LineStdio::kMaxLine, 'x');
  lines.open_stdout()->put(as_bytes(full + "\n" + full + "y\n"));
  EXPECT_THAT(lines.seen, ElementsAre("out: " + full, "out: " + full, "out: y"));
}

TEST(LineStdio, DropsWhatExceedsTheBudget) {
  Lines lines(8);
  const auto out = lines.open_stdout();
  out->put(as_bytes("one\ntwo three\n"));
  out->put(as_bytes("four\n"));
  lines.finish();
  EXPECT_THAT(lines.seen, ElementsAre("out: one", "out: two ",
                                      "err: (more output was dropped: its limit is --max-output)"));
}

TEST(LineStdio, HasNoInput) {
  Lines lines;
  EXPECT_EQ(lines.open_stdin()->state(), StreamState::Closed);
}

}  // namespace
}  // namespace favo::wasi
