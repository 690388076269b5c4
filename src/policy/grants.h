#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace favo::policy {

/// What a component was given. Deny by default: an empty `Grants` is no environment, no arguments,
/// no directories, no network. Pure data; `wasi` turns it into objects.
struct Grants {
  /// In the order given; names are unique.
  std::vector<std::pair<std::string, std::string>> env;
  /// The guest's arguments, its own name first.
  std::vector<std::string> args;

  /// Adds `KEY=VALUE`; a later value replaces an earlier one.
  /// Errors: InvalidArgument without `=`, with an empty name, or with a NUL.
  Result<void> add_env(std::string_view assignment);
};

}  // namespace favo::policy
