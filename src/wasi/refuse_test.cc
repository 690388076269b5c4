#include <gtest/gtest.h>

#include "wasi/fake_guest.h"
#include "wasi/filesystem.h"
#include "wasi/io.h"
#include "wasi/sockets.h"

namespace favo::wasi {
namespace {

using Outcome = FakeGuest::Outcome;
using Value = FakeGuest::Value;

struct Refusals : testing::Test {
  Refusals() {
    add_filesystem(guest.functions);
    add_sockets(guest.functions);
  }
  /// The error case of the `result` at address 512, whose payload follows at `offset`.
  int error_at(std::uint32_t offset) {
    EXPECT_EQ(guest.at<std::uint8_t>(512), 1);
    return guest.at<std::uint8_t>(512 + offset);
  }

  FakeGuest guest;
};

TEST_F(Refusals, ThereAreNoPreopenedDirectories) {
  Value value{};
  value.i32 = 512;
  EXPECT_EQ(guest.call("wasi:filesystem/preopens@0.2.0", "get-directories", {&value, 1}),
            Outcome::Done);
  EXPECT_EQ(guest.at<std::uint32_t>(516), 0u);
}

TEST_F(Refusals, NoStreamErrorIsAFilesError) {
  Value values[2] = {};
  values[0].i32 = static_cast<std::int32_t>(guest.give(std::make_unique<IoError>("x")));
  values[1].i32 = 512;
  EXPECT_EQ(guest.call("wasi:filesystem/types@0.2.0", "filesystem-error-code", values),
            Outcome::Done);
  EXPECT_EQ(guest.at<std::uint8_t>(512), 0);
}

TEST_F(Refusals, SocketsAreDenied) {
  for (const std::string protocol : {"tcp", "udp"}) {
    Value values[2] = {};
    values[1].i32 = 512;
    EXPECT_EQ(guest.call("wasi:sockets/" + protocol + "-create-socket@0.2.0",
                         "create-" + protocol + "-socket", values),
              Outcome::Done);
    EXPECT_EQ(error_at(4), static_cast<int>(sockets::ErrorCode::AccessDenied)) << protocol;
  }
}

TEST_F(Refusals, NamesAreNotResolved) {
  Value values[4] = {};
  EXPECT_EQ(guest.call("wasi:sockets/instance-network@0.2.0", "instance-network", values),
            Outcome::Done);
  values[1].i32 = static_cast<std::int32_t>(guest.put("example.com"));
  values[2].i32 = 11;
  values[3].i32 = 512;
  EXPECT_EQ(guest.call("wasi:sockets/ip-name-lookup@0.2.0", "resolve-addresses", values),
            Outcome::Done);
  EXPECT_EQ(error_at(4), static_cast<int>(sockets::ErrorCode::AccessDenied));
}

}  // namespace
}  // namespace favo::wasi
