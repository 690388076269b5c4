#pragma once

#include "component/runtime/pre_instance.h"
#include "policy/grants.h"
#include "policy/limits.h"

namespace favo::server {

/// Runs `wasi:cli/run` with the process's standard streams, on the calling thread, to its end.
/// Returns the guest's exit code.
///
/// Errors: NotFound when the component exports no `wasi:cli/run`; Trap, with the guest's backtrace;
///         LimitExceeded for the CPU time limit, DeadlineExceeded for the wall time limit.
Result<int> run_command(const runtime::PreInstance& pre, policy::Grants grants,
                        const policy::Limits& limits);

}  // namespace favo::server
