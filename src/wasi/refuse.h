#pragma once

#include <expected>

#include "base/check.h"
#include "component/abi/call.h"

namespace favo::wasi {

/// A host function `func(Args…) -> result<Ok, E>` that always fails with `kError`, for capabilities
/// that are not granted: `.func("open", refuse<ErrorCode::Access, Unit, std::string_view>)`.
template <auto kError, typename Ok, typename... Args>
std::expected<Ok, decltype(kError)> refuse(abi::Call&, Args...) {
  return std::unexpected(kError);
}

/// A method without an error case, of a resource that no guest can come to hold.
template <typename T, typename... Args>
Result<T> unreachable(abi::Call&, Args...) {
  return FAVO_BUG("a method of a resource that is never made");
}

}  // namespace favo::wasi
