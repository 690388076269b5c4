#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "component/abi/guest.h"

namespace favo::abi {

template <typename T>
class Poll;

/// "Not yet: ask again." Only `Call::wait` makes one, and a `Poll` hands it on.
class Pending {
  friend class Call;
  template <typename T>
  friend class Poll;
  Pending() = default;
};

/// What a host function that may wait returns: a value, a trap, or "not yet".
template <typename T>
class [[nodiscard]] Poll {
 public:
  Poll(Pending) {}
  Poll(Error error) : error_(std::move(error)) {}
  template <typename U>
    requires std::is_convertible_v<U&&, T>
  Poll(U&& value) : value_(std::forward<U>(value)) {}

  bool pending() const { return !value_ && !error_; }
  bool failed() const { return error_.has_value(); }
  /// To return it from a function of another type. REQUIRES: pending()
  Pending still() const { return {}; }
  T& value() { return *value_; }
  Error& error() { return *error_; }

 private:
  std::optional<T> value_;
  std::optional<Error> error_;
};

/// Done by default.
template <>
class [[nodiscard]] Poll<void> {
 public:
  Poll() = default;
  Poll(Pending) : pending_(true) {}
  Poll(Error error) : error_(std::move(error)) {}

  bool pending() const { return pending_; }
  bool failed() const { return error_.has_value(); }
  Error& error() { return *error_; }

 private:
  bool pending_ = false;
  std::optional<Error> error_;
};

/// One call of a host function: the first parameter of each.
///
/// A host function returns T, `Result<T>` (an error traps the guest) or `Poll<T>`. One that cannot
/// finish says on which signals it waits and returns: the guest's fiber is parked, and after a
/// signal the *same function is called again with the same parameters*; nothing else of this guest
/// ran meanwhile. So write such a function as "if it is not ready, wait; else do it", and keep what
/// must survive in the resource or in `scratch`.
///
/// Example:
///   Poll<std::expected<std::vector<std::uint8_t>, StreamError>>
///   blocking_read(Call& call, InputStream& self, std::uint64_t length) {
///     if (!self.ready()) return call.wait({&self.signal()});
///     return self.read(length);
///   }
class Call {
 public:
  Call(Guest& guest, const Guest::Options& options, bool resumed)
      : guest_(guest), options_(options), resumed_(resumed) {}

  /// Which component instance of the application asks; grants are per component.
  std::uint32_t component() const { return options_.component; }
  /// The caller's memory, for functions that take pointers as plain numbers; empty when it was
  /// lowered without one. Dies at the next call into the guest.
  std::span<std::uint8_t> memory() const {
    return options_.memory ? guest_.memory(*options_.memory) : std::span<std::uint8_t>();
  }
  /// Room for a result there, from the caller's own `realloc`, not checked to be within the memory.
  /// Do it when first asked. Errors: Trap, to be handed on at once.
  Result<std::uint32_t> allocate(std::uint32_t size, std::uint32_t align) const {
    return guest_.allocate(options_, align, size);
  }
  /// The embedder's object for this instance.
  template <typename Host>
  Host& host() const {
    return *static_cast<Host*>(guest_.host);
  }

  /// Parks the guest until one of the signals is notified.
  Pending wait(std::span<Signal* const> signals) {
    guest_.park(signals);
    return {};
  }
  Pending wait(std::initializer_list<Signal*> signals) {
    return wait(std::span<Signal* const>(signals.begin(), signals.size()));
  }
  /// This is not the first time that this call is asked.
  bool resumed() const { return resumed_; }
  /// A word that is 0 when a call is first asked, and kept while it is asked again.
  std::uint64_t& scratch() { return guest_.scratch; }

 private:
  Guest& guest_;
  const Guest::Options& options_;
  bool resumed_;
};

/// The error that traps the guest with `message`.
inline Error trap(std::string_view message) { return Error(Code::Trap, std::string(message)); }

}  // namespace favo::abi
