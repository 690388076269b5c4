// Calls of preview 1 with any numbers over any memory: each ends with an errno or a trap, and
// touches nothing but the guest's memory and its directory.

#include "wasi/preview1.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "fuzz/target.h"
#include "wasi/granted_directory.h"
#include "wasi/preview1_abi.h"

namespace favo::fuzz {
namespace {

using wasi::FakeGuest;

constexpr std::size_t kMaxCalls = 24;
constexpr std::size_t kMaxParameters = 9;

/// In an order that stays: inputs name functions by their place.
std::vector<std::string_view> function_names(const abi::Host& host) {
  std::vector<std::string_view> names;
  for (const abi::Host::Entry& entry : host.entries()) names.push_back(entry.name);
  std::ranges::sort(names);
  return names;
}

/// The input, taken from its front; zeros after its end.
class Input {
 public:
  explicit Input(Bytes bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t byte = bytes_[0];
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  Bytes take(std::size_t size) {
    const Bytes taken = bytes_.first(std::min(size, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  /// Small, an address, or anything.
  std::int64_t number() {
    const std::uint8_t kind = byte();
    if (kind < 0xA0) return kind % 0x20;
    if (kind < 0xF0) return (kind & 0x0F) * 64;
    std::uint64_t number = 0;
    const Bytes raw = take(8);
    if (!raw.empty()) std::memcpy(&number, raw.data(), raw.size());
    return static_cast<std::int64_t>(number);
  }

 private:
  Bytes bytes_;
};

void call(FakeGuest& guest, std::string_view name, Input& input) {
  std::vector<FakeGuest::Value> values(kMaxParameters + 1);
  for (auto& value : values) value.i64 = input.number();
  const auto given = values;
  auto outcome = guest.call(wasi::kPreview1, name, values);
  // What waits for a clock may wait for ever; what waits for a helper does not.
  for (int turns = 0; outcome == FakeGuest::Outcome::Pending && turns < 4; ++turns) {
    guest.loop.run_for(std::chrono::milliseconds(1));
    values = given;
    outcome = guest.call(wasi::kPreview1, name, values, true);
  }
  if (outcome == FakeGuest::Outcome::Failed) require(!guest.error.empty(), "a trap without a word");
}

}  // namespace
}  // namespace favo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favo::fuzz;
  static const bool limited = [] {
    // A file of many GiB is quickly asked for.
    const rlimit small{4 << 20, 4 << 20};
    setrlimit(RLIMIT_FSIZE, &small);
    return std::signal(SIGXFSZ, SIG_IGN) != SIG_ERR;
  }();
  require(limited, "signals");
  Input input({data, size});
  favo::wasi::FakeGuest guest;
  favo::wasi::add_preview1(guest.functions);
  const favo::wasi::GrantedDirectory directory(guest);
  directory.write("file", "text");
  // The first KiB of memory, where addresses point, then the calls.
  const favo::Bytes memory = input.take(input.byte() * 4);
  std::ranges::copy(memory, guest.bytes.begin());
  const auto names = function_names(guest.functions);
  for (std::size_t i = 0; i < kMaxCalls && !input.empty(); ++i)
    call(guest, names[input.byte() % names.size()], input);
  return 0;
}
