#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "component/types/types.h"
#include "component/values/value.h"

namespace favo::wast {

/// Reads a JSON array of values as scripts write them, `[{"type": "u32", "value": "7"}]`, one for
/// each of `types`.
/// Errors: InvalidArgument, with the number of the value and what was expected.
Result<std::vector<values::Value>> parse_values(std::string_view json,
                                                const types::TypeTable& table,
                                                const std::vector<types::TypeId>& types);

}  // namespace favo::wast
