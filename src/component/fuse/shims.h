#pragma once

#include <cstdint>

#include "component/fuse/constants.h"
#include "component/fuse/graph.h"

namespace favo::fuse {

/// Resolves, at link time, functions that do nothing but call through a table whose contents are
/// known. Toolchains emit such shims to break the cycle between a module that needs a host function
/// and the host function that needs the module's memory: a later module fills the table.
///
/// A function qualifies when its body pushes its parameters in order, then a constant, and calls
/// indirectly; its table when only active segments with known offsets ever write it; the target
/// when its type is the expected one. Every import of the shim is then replaced by the target. (A
/// guest that calls a shim before its table is filled would trap; here the call succeeds.)
///
/// Returns how many imports were redirected. Cost: a pass over the code of modules that see such a
/// table, which are the shim and the one that fills it.
Result<std::uint32_t> resolve_shims(Graph& graph, const Constants& constants);

}  // namespace favo::fuse
