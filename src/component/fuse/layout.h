#pragma once

#include <cstdint>
#include <vector>

#include "component/fuse/graph.h"

namespace favo::fuse {

/// The function index space of the fused module, in this order: imports (of generated functions,
/// then Favo's own), trampolines, trap stubs and written functions, the core instances' functions,
/// a grow function per memory and per table, the start function.
struct Layout {
  /// Every import in order: an index into Graph::generated, or one of Favo's own.
  struct HostImport {
    std::uint32_t generated;
  };
  enum class Own : std::uint8_t { Wait, MemoryGrow, TableGrow };
  using Import = std::variant<HostImport, Own>;

  /// `Graph::generated[generated]` as a function of its own, around an import unless it is written.
  struct Stub {
    std::uint32_t generated, import;
  };

  explicit Layout(const Graph& graph);

  std::vector<Import> imports;
  std::vector<Stub> stubs;
  std::vector<std::uint32_t> numbers;                       ///< by FuncId
  std::uint32_t wait = 0, memory_grow = 0, table_grow = 0;  ///< imports; valid when needed
  std::uint32_t first_memory_grow = 0, first_table_grow = 0;
  std::uint32_t start = 0;  ///< if there is a generated one

  std::uint32_t number(FuncId id) const { return numbers[id.value]; }
};

}  // namespace favo::fuse
