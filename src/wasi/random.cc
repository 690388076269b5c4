#include "wasi/random.h"

#include <openssl/rand.h>
#include <string.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "base/check.h"
#include "base/format.h"
#include "component/abi/host.h"
#include "wasi/context.h"

namespace favo::wasi {
namespace {

using abi::Call;

void fill_from_kernel(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0) {
      FAVO_CHECK(errno == EINTR);  // the only failure of a valid call on a booted machine
      continue;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

/// They are made where they will lie, so the guest's own memory limit bounds them; and in steps, so
/// that neighbours do not wait for all of them. The word kept between steps: the pointer, and below
/// it how many there are.
abi::Poll<abi::Placed> get_random_bytes(Call& call, std::uint64_t length) {
  if (length > UINT32_MAX)
    return error(Code::Trap, "wasi:random: {} bytes do not fit into a memory", length);
  const auto size = static_cast<std::uint32_t>(length);
  if (!call.resumed()) {
    const std::uint32_t pointer = FAVO_TRY(call.allocate(size, 1));
    call.scratch() = std::uint64_t{pointer} << 32;
  }
  std::uint64_t& kept = call.scratch();
  const auto pointer = static_cast<std::uint32_t>(kept >> 32);
  const auto done = static_cast<std::uint32_t>(kept);
  const std::span<std::uint8_t> memory = call.memory();
  if (std::uint64_t{pointer} + size > memory.size())
    return abi::trap("pointer out of bounds of memory");
  const std::size_t step = std::min<std::size_t>(kRandomStep, size - done);
  Context& context = call.host<Context>();
  context.random().fill(memory.subspan(pointer + done, step));
  if (done + step == size) return abi::Placed{pointer, size};
  kept += step;
  return call.wait({&context.next_turn()});
}

std::uint64_t get_random_u64(Call& call) { return call.host<Context>().random().u64(); }

std::tuple<std::uint64_t, std::uint64_t> insecure_seed(Call& call) {
  const auto& [first, second] = call.host<Context>().insecure_seed();
  return {first, second};
}

}  // namespace

std::uint64_t RandomSource::u64() {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes;
  fill(bytes);
  std::uint64_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

SystemRandom::~SystemRandom() { explicit_bzero(buffer_.data(), buffer_.size()); }

void SystemRandom::generate(std::span<std::uint8_t> bytes) {
  if (from_kernel_ > 0) {
    --from_kernel_;
    return fill_from_kernel(bytes);
  }
  // Fails only where the kernel has no seed to give.
  FAVO_CHECK(RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  if (bytes.size() > buffer_.size()) return generate(bytes);
  while (!bytes.empty()) {
    if (left_ == 0) {
      generate(buffer_);
      left_ = buffer_.size();
    }
    std::uint8_t* const from = buffer_.data() + (buffer_.size() - left_);
    const std::size_t size = std::min(left_, bytes.size());
    std::memcpy(bytes.data(), from, size);
    explicit_bzero(from, size);
    left_ -= size;
    bytes = bytes.subspan(size);
  }
}

void add_random(abi::Host& host) {
  host.interface("wasi:random/random@0.2.12")
      .func("get-random-bytes", get_random_bytes)
      .func("get-random-u64", get_random_u64);
  host.interface("wasi:random/insecure@0.2.12")
      .func("get-insecure-random-bytes", get_random_bytes)
      .func("get-insecure-random-u64", get_random_u64);
  host.interface("wasi:random/insecure-seed@0.2.12").func("insecure-seed", insecure_seed);
}

}  // namespace favo::wasi
