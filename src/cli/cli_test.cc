#include <gtest/gtest.h>

#include "cli/address.h"
#include "cli/capabilities.h"
#include "cli/options.h"

namespace favo::cli {
namespace {

TEST(Address, ReadsHostAndPort) {
  EXPECT_EQ(parse_address("127.0.0.1:80")->host, "127.0.0.1");
  EXPECT_EQ(parse_address("[::1]:8080")->host, "::1");
  EXPECT_EQ(parse_address("[::1]:8080")->port, 8080);
  EXPECT_EQ(parse_address("localhost:0")->host, "127.0.0.1");
  EXPECT_EQ(url_of("http", "::1", 80), "http://[::1]:80/");
}

TEST(Address, SaysWhatWasExpected) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"8080", "address \"8080\": expected ADDRESS:PORT, as in 127.0.0.1:8080"},
      {":80", "address \":80\": the address is missing; 0.0.0.0 listens on all of them"},
      {"::1:80", "address \"::1:80\": an IPv6 address needs brackets, as in [::1]:8080"},
      {"a:65536", "address \"a:65536\": the port must be a number from 0 to 65535"},
      {"a:", "address \"a:\": the port must be a number from 0 to 65535"},
      {"a:8x", "address \"a:8x\": the port must be a number from 0 to 65535"},
  };
  for (const auto& [text, message] : cases)
    EXPECT_EQ(parse_address(text).error().message(), message);
}

TEST(HumanSize, RoundsToOneDigit) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(999), "999 B");
  EXPECT_EQ(human_size(90'449), "90.4 KB");
  EXPECT_EQ(human_size(999'960), "1.0 MB");
  EXPECT_EQ(human_size(18'100'000), "18.1 MB");
}

TEST(Capabilities, AreJudgedByImportedFunctions) {
  fuse::Program program;
  auto import = [&](std::string interface, std::string name) {
    program.imports.push_back({"m", "f", {}, {}, fuse::HostCall{interface, name, "func()", {}}});
  };
  import("wasi:io/streams@0.2.9", "[method]input-stream.read");
  import("wasi:sockets/tcp@0.2.9", "[method]tcp-socket.start-bind");
  import("wasi:http/outgoing-handler@0.2.9", "handle");
  import("wasi:http/types@0.2.9", "[constructor]fields");
  import("wasi:cli/environment@0.2.9", "get-environment");
  import("wasi:cli/environment@0.2.9", "get-arguments");
  import("acme:db/query", "run");
  import("", "bare");
  program.imports.push_back({"m", "w", {}, {}, fuse::Wait{}});

  const auto found = capabilities_of(program);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].name, "http");
  EXPECT_EQ(found[0].interfaces, std::vector<std::string>{"wasi:http/outgoing-handler@0.2.9"});
  EXPECT_EQ(found[1].name, "sockets");
  EXPECT_EQ(found[1].interfaces, std::vector<std::string>{"wasi:sockets/tcp@0.2.9"});
  EXPECT_EQ(found[2].name, "env");
  EXPECT_EQ(found[2].interfaces.size(), 1u);
  EXPECT_EQ(found[3].name, "other");
  EXPECT_EQ(found[3].interfaces, (std::vector<std::string>{"acme:db/query", "bare"}));
}

TEST(LimitOptions, CommandsMayTakeTheirTime) {
  LimitOptions serve{LimitOptions::For::Serve, {}};
  LimitOptions run{LimitOptions::For::Run, {}};
  EXPECT_EQ(serve.limits()->cpu, std::chrono::seconds(1));
  EXPECT_EQ(run.limits()->cpu, std::chrono::hours(24));
  EXPECT_EQ(run.limits()->memory, serve.limits()->memory);
}

TEST(GrantOptions, CollectsOrFails) {
  const GrantOptions good{.assignments = {"A=1"}, .directories = {".:/data:ro"}};
  EXPECT_EQ(good.grants()->env.size(), 1u);
  EXPECT_EQ(good.grants()->directories.size(), 1u);
  const GrantOptions sockets{
      .tcp = {"10.0.0.0/8:5432"}, .udp = {"*:53"}, .listen_sockets = {"*:8080"}};
  EXPECT_EQ(sockets.grants()->tcp.size(), 1u);
  EXPECT_EQ(sockets.grants()->udp.size(), 1u);
  EXPECT_EQ(sockets.grants()->listen_sockets.size(), 1u);
  const GrantOptions bad_listener{.listen_sockets = {"example.com:80"}};
  EXPECT_EQ(bad_listener.grants().error().code(), Code::InvalidArgument);
  const GrantOptions bad_env{.assignments = {"A"}, .directories = {}};
  EXPECT_EQ(bad_env.grants().error().code(), Code::InvalidArgument);
  const GrantOptions bad_directory{.assignments = {}, .directories = {":"}};
  EXPECT_EQ(bad_directory.grants().error().code(), Code::InvalidArgument);
}

}  // namespace
}  // namespace favo::cli
