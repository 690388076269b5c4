#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "component/abi/host.h"
#include "loop/loop.h"
#include "wasi/clocks.h"
#include "wasi/context.h"
#include "wasi/random.h"

/// For tests of host functions: a guest that is a memory with a bump allocator, and a context whose
/// clocks and random numbers are set by hand.
namespace favo::wasi {

class FakeClock final : public Clock {
 public:
  std::uint64_t monotonic_now() override { return monotonic; }
  Datetime wall_now() override { return wall; }

  std::uint64_t monotonic = 1'000;
  Datetime wall;
};

/// Bytes 0, 1, 2, …
class CountingRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes) byte = next++;
  }

  std::uint8_t next = 0;
};

class FakeGuest final : public abi::Guest {
 public:
  using Outcome = abi::HostFunction::Outcome;
  using Value = abi::Value;

  FakeGuest() { host = &context; }

  std::span<std::uint8_t> memory(std::uint32_t) override { return bytes; }
  Result<std::uint32_t> allocate(const Options&, std::uint32_t align, std::uint32_t size) override {
    next = abi::align_up(next, align);
    const std::uint32_t at = next;
    next += size;
    return at;
  }
  handles::HandleTable& handles(std::uint32_t) override { return table; }
  void park(std::span<Signal* const> signals) override {
    parked.assign(signals.begin(), signals.end());
  }

  /// Calls a host function by its WIT name; `error` says why it failed. `values` holds the flat
  /// parameters, and a flat result afterwards.
  Outcome call(std::string_view interface, std::string_view name, std::span<Value> values,
               bool resumed = false) {
    const abi::HostFunction* function = functions.find(interface, name);
    if (!function) {
      error = "no such function";
      return Outcome::Failed;
    }
    if (!resumed) scratch = 0;
    parked.clear();
    Options options{.component = component, .memory = 0, .realloc = 1};
    abi::Context crossing(*this, options);
    abi::Call call(*this, options, resumed);
    const Outcome outcome = function->invoke(*function, crossing, call, values.data());
    error = crossing.error() ? crossing.error()->message() : "";
    return outcome;
  }

  /// Calls until it is done or fails, turning the loop while it waits.
  Outcome finish(std::string_view interface, std::string_view name, std::span<Value> values) {
    Outcome outcome = call(interface, name, values);
    while (outcome == Outcome::Pending) {
      loop.run_for(std::chrono::seconds(10));
      outcome = call(interface, name, values, true);
    }
    return outcome;
  }

  template <typename R>
  std::uint32_t give(std::unique_ptr<R> resource) {
    return *table.add(abi::resource_type<R>(), reinterpret_cast<handles::Rep>(resource.release()));
  }

  /// Puts text into the memory; where.
  std::uint32_t put(std::string_view text) {
    const std::uint32_t at = next;
    std::ranges::copy(text, bytes.begin() + at);
    next += static_cast<std::uint32_t>(text.size());
    return at;
  }
  template <typename T>
  T at(std::uint32_t pointer) const {
    return abi::read_scalar<T>(bytes.data() + pointer);
  }
  /// The string whose pointer and length are at `pointer`.
  std::string_view string_at(std::uint32_t pointer) const {
    return as_text(
        Bytes(bytes).subspan(at<std::uint32_t>(pointer), at<std::uint32_t>(pointer + 4)));
  }

  abi::Host functions;
  Loop loop;
  Config config;
  FakeClock clock;
  CountingRandom random;
  Context context{loop, config, clock, random};

  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(65536);
  std::uint32_t next = 1024;
  std::uint32_t component = 0;
  handles::HandleTable table;
  std::vector<Signal*> parked;
  std::string error;
};

}  // namespace favo::wasi
