#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "component/runtime/pre_instance.h"
#include "component/types/types.h"
#include "component/values/value.h"
#include "policy/grants.h"
#include "policy/limits.h"
#include "telemetry/audit.h"

namespace favo::server {

/// Runs `wasi:cli/run`, or `_start` of a preview 1 module, with the process's standard streams, on
/// the calling thread, to its end. `audit` is told what the guest is refused.
/// Returns the guest's exit code.
///
/// Errors: NotFound when the component exports neither; InvalidArgument for a directory
///         that cannot be granted; Trap, with the guest's backtrace;
///         LimitExceeded for the CPU time limit, DeadlineExceeded for the wall time limit.
Result<int> run_command(const runtime::PreInstance& pre, policy::Grants grants,
                        const policy::Limits& limits, std::shared_ptr<telemetry::Audit> audit);

/// An exported function by its place among the program's exports, with its type.
struct CallTarget {
  std::size_t index;
  const types::TypeTable& types;
  const types::FuncType& type;
};

/// Calls one function in a fresh instance, with the process's standard streams, on the calling
/// thread. Its result, if it has one.
///
/// REQUIRES: one value of its type for each parameter.
/// Errors: as `run_command`; Trap also when the guest exits instead of returning; Unsupported for
///         what is async.
Result<std::optional<values::Value>> call_function(const runtime::PreInstance& pre,
                                                   policy::Grants grants,
                                                   const policy::Limits& limits,
                                                   std::shared_ptr<telemetry::Audit> audit,
                                                   const CallTarget& target,
                                                   std::vector<values::Value> arguments);

}  // namespace favo::server
