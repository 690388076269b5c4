#pragma once

#include "component/fuse/graph.h"

namespace favo::fuse {

/// Writes the functions that stand between components, and between the host and a component whose
/// flags must be kept (`Graph::canonical`), with the helpers they need.
///
/// An adapter lifts what the caller passes and lowers it for the callee in one step, calls, and
/// does the same with the result. One that would do nothing is not there: its callers call the
/// callee. What only asynchronous calls can pass traps for now.
///
/// Cost: code in proportion to the types as written.
/// Errors: a plan that does not fit its types.
Result<> write_canonical_functions(Graph& graph);

}  // namespace favo::fuse
