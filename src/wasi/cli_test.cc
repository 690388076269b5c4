#include "wasi/cli.h"

#include <gtest/gtest.h>

#include "wasi/fake_guest.h"
#include "wasi/stdio.h"

namespace favo::wasi {
namespace {

using Outcome = FakeGuest::Outcome;
using Value = FakeGuest::Value;

struct CliFunctions : testing::Test {
  CliFunctions() {
    add_cli(guest.functions);
    add_io(guest.functions);
    value.i32 = 512;
  }
  Outcome call(std::string_view interface, std::string_view name) {
    return guest.call(interface, name, {&value, 1});
  }

  FakeGuest guest;
  Value value{};
};

TEST_F(CliFunctions, GrantsArePerComponent) {
  guest.config.components = {Grant{.environment = {{"A", "1"}, {"B", ""}}, .arguments = {"x"}}};
  EXPECT_EQ(call("wasi:cli/environment@0.2.0", "get-environment"), Outcome::Done);
  ASSERT_EQ(guest.at<std::uint32_t>(516), 2u);
  const auto list = guest.at<std::uint32_t>(512);
  EXPECT_EQ(guest.string_at(list), "A");
  EXPECT_EQ(guest.string_at(list + 8), "1");
  EXPECT_EQ(guest.string_at(list + 16), "B");
  EXPECT_EQ(guest.string_at(list + 24), "");
  value.i32 = 512;
  EXPECT_EQ(call("wasi:cli/environment@0.2.0", "get-arguments"), Outcome::Done);
  EXPECT_EQ(guest.string_at(guest.at<std::uint32_t>(512)), "x");

  guest.component = 1;
  value.i32 = 512;
  EXPECT_EQ(call("wasi:cli/environment@0.2.0", "get-environment"), Outcome::Done);
  EXPECT_EQ(guest.at<std::uint32_t>(516), 0u);
}

TEST_F(CliFunctions, OtherComponentsShareOneGrant) {
  guest.config.others.arguments = {"a", "bc"};
  guest.component = 7;
  EXPECT_EQ(call("wasi:cli/environment@0.2.0", "get-arguments"), Outcome::Done);
  ASSERT_EQ(guest.at<std::uint32_t>(516), 2u);
  EXPECT_EQ(guest.string_at(guest.at<std::uint32_t>(512) + 8), "bc");
}

TEST_F(CliFunctions, ExitEndsTheGuestAndKeepsTheCode) {
  EXPECT_FALSE(guest.context.exit_code());
  value.i32 = 0;
  EXPECT_EQ(call("wasi:cli/exit@0.2.0", "exit"), Outcome::Failed);
  EXPECT_EQ(guest.context.exit_code(), 0);
  value.i32 = 1;
  EXPECT_EQ(call("wasi:cli/exit@0.2.0", "exit"), Outcome::Failed);
  EXPECT_EQ(guest.context.exit_code(), 1);
  value.i32 = 42;
  EXPECT_EQ(call("wasi:cli/exit@0.2.12", "exit-with-code"), Outcome::Failed);
  EXPECT_EQ(guest.context.exit_code(), 42);
}

TEST_F(CliFunctions, TerminalsAreThoseOfTheEmbedder) {
  constexpr std::pair<std::string_view, std::string_view> kAll[] = {
      {"wasi:cli/terminal-stdin@0.2.0", "get-terminal-stdin"},
      {"wasi:cli/terminal-stdout@0.2.0", "get-terminal-stdout"},
      {"wasi:cli/terminal-stderr@0.2.0", "get-terminal-stderr"}};
  struct OutIsTerminal final : LineStdio {
    bool is_terminal(StandardStream stream) const override { return stream == StandardStream::Out; }
    void line(Channel, std::string_view) override {}
  } stdio;
  for (Stdio* embedders : {static_cast<Stdio*>(nullptr), static_cast<Stdio*>(&stdio)}) {
    guest.context.set_stdio(embedders);
    for (const auto& [interface, name] : kAll) {
      value.i32 = 512;
      EXPECT_EQ(call(interface, name), Outcome::Done);
      const bool expected = embedders && name == "get-terminal-stdout";
      EXPECT_EQ(guest.at<std::uint8_t>(512), expected) << name;
    }
  }
}

TEST_F(CliFunctions, ThereIsNoWorkingDirectory) {
  EXPECT_EQ(call("wasi:cli/environment@0.2.0", "initial-cwd"), Outcome::Done);
  EXPECT_EQ(guest.at<std::uint8_t>(512), 0);
}

TEST_F(CliFunctions, WithoutStdioInputEndsAndOutputVanishes) {
  EXPECT_EQ(call("wasi:cli/stdin@0.2.0", "get-stdin"), Outcome::Done);
  Value read[3] = {};
  read[0] = value;
  read[1].i64 = 1;
  read[2].i32 = 512;
  EXPECT_EQ(guest.call("wasi:io/streams@0.2.0", "[method]input-stream.read", read), Outcome::Done);
  EXPECT_EQ(guest.at<std::uint8_t>(512), 1);  // error
  EXPECT_EQ(guest.at<std::uint8_t>(516), 1);  // closed

  EXPECT_EQ(call("wasi:cli/stdout@0.2.0", "get-stdout"), Outcome::Done);
  Value write[4] = {};
  write[0] = value;
  write[2].i32 = 10;
  write[3].i32 = 512;
  EXPECT_EQ(
      guest.call("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush", write),
      Outcome::Done);
  EXPECT_EQ(guest.at<std::uint8_t>(512), 0);
}

}  // namespace
}  // namespace favo::wasi
