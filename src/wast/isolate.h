#pragma once

#include <chrono>
#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wast/check.h"

namespace favo::wast {

/// Tells what a command came to.
using Tell = std::function<void(const Check&)>;

/// Runs `work` in a forked process and gathers what it tells, until it ends or the time is up.
/// What the process did not get to fails: the command at which it hung or crashed with that reason,
/// and the rest after it.
///
/// REQUIRES: one thread; `work` tells of each of `commands` in turn.
/// Errors: Io when no process can be had.
Result<std::vector<Check>> run_isolated(const std::vector<Command>& commands,
                                        std::chrono::milliseconds time_limit,
                                        const std::function<void(const Tell&)>& work);

}  // namespace favo::wast
