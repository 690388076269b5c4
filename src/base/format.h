#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/error.h"

namespace favo {

using fmt::format;

/// An `Error` with a formatted message: `return error(Code::NotFound, "no export {:?}", name);`
template <typename... Args>
Error error(Code code, fmt::format_string<Args...> text, Args&&... args) {
  return Error(code, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace favo
