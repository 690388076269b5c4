#pragma once

#include <vector>

#include "component/fuse/graph.h"
#include "component/fuse/layout.h"
#include "component/fuse/program.h"

namespace favo::fuse {

/// Contents of the custom section `name`: every function that had a name keeps it behind its
/// component's path (`app::handle`), so that a trap's backtrace says whose code it was. Trampolines
/// are named after their import.
std::vector<std::uint8_t> name_section(const Graph& graph, const Layout& layout,
                                       const Program& program);

}  // namespace favo::fuse
