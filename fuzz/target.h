#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What libFuzzer calls; each target defines it. The second one is libFuzzer's own, which replays
/// have no use for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace favo::fuzz {

/// A property does not hold: the process ends, and the fuzzer keeps the input.
[[noreturn]] inline void fail(std::string_view what, std::string_view detail = "") {
  std::fprintf(stderr, "property broken: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}
inline void require(bool holds, std::string_view what, std::string_view detail = "") {
  if (!holds) fail(what, detail);
}

}  // namespace favo::fuzz
