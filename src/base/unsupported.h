#pragma once

#include <string_view>

#include "base/format.h"

namespace favo {

/// The error for what is valid but uses a feature that is not built. `feature` is its name as
/// validators spell it, `cm-gc`; the message says what uses it, and where.
///
/// The name travels at the end of the message, where context added further out never comes.
template <typename... Args>
Error unsupported(std::string_view feature, fmt::format_string<Args...> text, Args&&... args) {
  return Error(Code::Unsupported, fmt::format(text, std::forward<Args>(args)...) +
                                      fmt::format(" (not built: {})", feature));
}

/// The feature that an error of Code::Unsupported names; `other` when it names none.
std::string_view feature_of(const Error& error);

}  // namespace favo
