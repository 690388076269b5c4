#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "component/handles/handle_table.h"
#include "loop/signal.h"

namespace favo::abi {

/// What lifting and lowering need of a running instance; `runtime::Instance` is one.
///
/// Threads: the instance's shard, inside a host call.
class Guest {
 public:
  /// Slots are indices into `fuse::Program::slots`.
  struct Options {
    std::uint32_t component = 0;
    enum class Encoding : std::uint8_t { Utf8, Utf16, Latin1Utf16 } encoding = Encoding::Utf8;
    std::optional<std::uint32_t> memory, realloc;
  };

  /// The bytes of a memory; valid until the next call into the guest.
  virtual std::span<std::uint8_t> memory(std::uint32_t slot) = 0;
  /// Memory for a result, from the guest's own `realloc`: `size` bytes, aligned and in bounds.
  /// Errors: Trap, which the host function must hand on at once.
  virtual Result<std::uint32_t> allocate(const Options& options, std::uint32_t align,
                                         std::uint32_t size) = 0;
  virtual handles::HandleTable& handles(std::uint32_t component) = 0;
  /// The guest is to be parked until one of the signals is notified.
  virtual void park(std::span<Signal* const> signals) = 0;

  /// The embedder's object for this instance.
  void* host = nullptr;
  /// Of the call under way: 0 when it is first asked.
  std::uint64_t scratch = 0;

 protected:
  ~Guest() = default;
};

}  // namespace favo::abi
