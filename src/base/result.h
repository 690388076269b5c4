#pragma once

#include <expected>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace favo {

/// A value or an `Error`. A class of its own because g++ 12 lets a bare `std::expected` be dropped
/// silently and lacks its monadic members.
///
/// Example:
///   Result<Module> decode(Bytes bytes);
///   auto module = FAVO_TRY(decode(bytes));   // returns the error upwards
template <typename T = void>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(const T& value) : value_(value) {}
  Result(T&& value) : value_(std::move(value)) {}
  template <typename U>
    requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> &&
             !std::is_same_v<std::remove_cvref_t<U>, T>)
  Result(U&& value) : value_(std::forward<U>(value)) {}
  Result(Error error) : value_(std::unexpect, std::move(error)) {}

  bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }

  /// REQUIRES: ok()
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

  /// REQUIRES: !ok()
  const Error& error() const& { return value_.error(); }
  Error&& error() && { return std::move(value_).error(); }

 private:
  std::expected<T, Error> value_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : value_(std::unexpect, std::move(error)) {}

  bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const {}

  /// REQUIRES: !ok()
  const Error& error() const& { return value_.error(); }
  Error&& error() && { return std::move(value_).error(); }

 private:
  std::expected<void, Error> value_;
};

}  // namespace favo

/// The value of a `Result`, or a return of its error from the enclosing function. One per
/// expression: a statement expression's temporaries do not outlive it.
#define FAVO_TRY(...)                                                \
  ({                                                                 \
    auto favo_try_result = (__VA_ARGS__);                            \
    if (!favo_try_result) return std::move(favo_try_result).error(); \
    std::move(favo_try_result).value();                              \
  })
