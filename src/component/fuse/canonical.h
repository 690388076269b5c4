#pragma once

#include "component/fuse/graph.h"

namespace favo::fuse {

/// Writes the functions that stand between components, and between the host and a component whose
/// flags must be kept (`Graph::canonical`), with the helpers they need.
///
/// Cost: code in proportion to the types as written.
/// Errors: a plan that does not fit its types.
Result<> write_canonical_functions(Graph& graph);

}  // namespace favo::fuse
