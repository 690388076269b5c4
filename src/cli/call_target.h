#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "component/link/plan.h"

namespace favo::cli {

/// How a function is written on the command line: `wasi:clocks/wall-clock@0.2.0.now`, or `now`.
std::string written(const link::FuncExport& func);

/// The exported function that `name` means: written in full, with its interface without version or
/// without package, or by itself, as long as that is only one.
/// Errors: NotFound, with what there is: the nearest names first; InvalidArgument when several are
///         meant.
Result<std::size_t> find_function(const link::Plan& plan, std::string_view name);

/// `now: func() -> record{…}`, with the names of parameters.
std::string signature(const link::Plan& plan, const link::FuncExport& func);

}  // namespace favo::cli
