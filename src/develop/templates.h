#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favo::develop {

/// What a new application begins as: a folder of `templates`.
struct Template {
  std::string_view name, about;
  std::string_view needs;  ///< to build it, for people
  std::string_view wasi;   ///< the version of WASI whose WIT goes to `wit/deps`; empty: none
};

std::span<const Template> templates();

/// Makes the folder `name` in `parent`, which must not hold one of that name, and fills it. Where
/// the template says `{{name}}` it gets the name, and `{{crate}}` with underscores for dashes.
///
/// Errors: InvalidArgument for a name that some toolchain would not take; Io when there is such a
///         file already, which is left as it is, or when something cannot be written: then nothing
///         is left.
Result<void> create(const Template& from, const std::string& name, const std::string& parent);

}  // namespace favo::develop
