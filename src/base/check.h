#pragma once

#include <source_location>
#include <string_view>

#include "base/error.h"

namespace favo {

/// Prints the place and aborts. Only for what no input can reach.
[[noreturn]] void check_failed(std::string_view condition,
                               std::source_location where = std::source_location::current());

/// Logs a bug of ours that an input did reach, and makes it an error: one tenant must not stop a
/// server. The caller drops the instance.
Error bug(std::string_view what, std::source_location where = std::source_location::current());

}  // namespace favo

#define FAVO_CHECK(condition)           \
  do {                                  \
    if (!(condition)) [[unlikely]]      \
      ::favo::check_failed(#condition); \
  } while (false)

#define FAVO_BUG(what) ::favo::bug(what)
