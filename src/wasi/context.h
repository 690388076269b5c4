#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace favo {
class Loop;
}
namespace favo::http {
class Exchange;
}

namespace favo::wasi {

class Clock;
class RandomSource;
class Stdio;

/// What one component may see. Empty: nothing.
struct Grant {
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> arguments;
};

/// The part of a `Context` that all instances of an application share. Immutable once in use, so
/// shards may read it together.
struct Config {
  /// By component instance (`abi::Call::component`). Components beyond the end get `others`.
  std::vector<Grant> components;
  Grant others;

  const Grant& grant(std::uint32_t component) const {
    return component < components.size() ? components[component] : others;
  }
};

/// What the host functions of WASI know of the application instance that calls them: they reach it
/// by `call.host<Context>()`. Authority is here or nowhere.
///
/// Ownership: borrows everything; the embedder keeps it all alive until the instance is gone, its
///            handle table included.
/// Threads:   one shard.
/// Cost:      made once per request; no allocation.
///
/// Example:
///   Context context(shard.loop(), deployment.config(), shard.clock(), shard.random());
///   context.set_exchange(&exchange);
///   // instantiate with Instance::Options::host = &context, call the export, drop the instance
class Context {
 public:
  Context(Loop& loop, const Config& config, Clock& clock, RandomSource& random)
      : loop_(loop), config_(config), clock_(clock), random_(random) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Loop& loop() const { return loop_; }
  Clock& clock() const { return clock_; }
  RandomSource& random() const { return random_; }
  const Grant& grant(std::uint32_t component) const { return config_.grant(component); }

  /// Null: standard input is at its end, and output is thrown away.
  Stdio* stdio() const { return stdio_; }
  void set_stdio(Stdio* stdio) { stdio_ = stdio; }

  /// The request that is being answered; null when none is.
  http::Exchange* exchange() const { return exchange_; }
  void set_exchange(http::Exchange* exchange) { exchange_ = exchange; }

  /// `wasi:cli/exit`: notes the code and gives the error that unwinds the guest.
  Error exit(std::uint8_t code);
  /// Set when the guest asked to exit: the error its call failed with is then no trap.
  std::optional<std::uint8_t> exit_code() const { return exit_code_; }

 private:
  Loop& loop_;
  const Config& config_;
  Clock& clock_;
  RandomSource& random_;
  Stdio* stdio_ = nullptr;
  http::Exchange* exchange_ = nullptr;
  std::optional<std::uint8_t> exit_code_;
};

}  // namespace favo::wasi
