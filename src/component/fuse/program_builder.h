#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "component/fuse/graph.h"
#include "component/fuse/layout.h"
#include "component/fuse/program.h"

namespace favo::fuse {

/// Makes sure that every function which only the program mentions (canonical options, exports,
/// destructors) has a place in the graph. To be called before the layout is made.
Result<> collect_program_functions(Graph& graph);

/// An export of the fused module, by slot.
struct SlotTarget {
  SlotKind kind;
  std::uint32_t index;  ///< of the fused module's functions or memories
};

/// What the host must know, resolved to slots.
struct BuiltProgram {
  Program program;
  std::vector<SlotTarget> slots;
};

/// `direct_calls`: for the figures. REQUIRES: `collect_program_functions(graph)`.
Result<BuiltProgram> build_program(Graph& graph, const Layout& layout, std::uint32_t direct_calls);

}  // namespace favo::fuse
