#include "component/fuse/layout.h"

#include <map>
#include <string_view>
#include <utility>

namespace favo::fuse {

Layout::Layout(const Graph& graph) : numbers(graph.functions.size()) {
  std::vector<std::uint32_t> import_of(graph.generated.size());
  std::map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> traps;
  bool may_wait = false;
  const auto add = [this](Import import) {
    imports.push_back(import);
    return static_cast<std::uint32_t>(imports.size() - 1);
  };
  for (std::uint32_t i = 0; i < graph.generated.size(); ++i) {
    const Generated& made = graph.generated[i];
    if (const auto* trap = std::get_if<TrapStub>(&made)) {
      // Stubs of several signatures share one import.
      const auto [place, added] = traps.try_emplace({trap->component, trap->name}, 0);
      if (added) place->second = add(HostImport{i});
      import_of[i] = place->second;
    } else if (!std::holds_alternative<std::size_t>(made)) {
      import_of[i] = add(HostImport{i});
      may_wait |= std::holds_alternative<link::HostCall>(made);
    }
  }
  if (may_wait) wait = add(Own::Wait);
  if (!graph.memories.empty()) memory_grow = add(Own::MemoryGrow);
  if (!graph.tables.empty()) table_grow = add(Own::TableGrow);

  auto next = static_cast<std::uint32_t>(imports.size());
  std::vector<std::uint32_t> generated_number(graph.generated.size());
  for (std::uint32_t i = 0; i < graph.generated.size(); ++i) {
    const Generated& made = graph.generated[i];
    const auto* written = std::get_if<std::size_t>(&made);
    if (written != nullptr && graph.written[*written].same_as) continue;
    if (std::holds_alternative<link::HostCall>(made) || std::holds_alternative<TrapStub>(made) ||
        written != nullptr) {
      stubs.push_back({i, import_of[i]});
      generated_number[i] = next++;
    } else {
      generated_number[i] = import_of[i];
    }
  }
  for (std::size_t id = 0; id < graph.functions.size(); ++id) {
    const Func& func = graph.functions[id];
    numbers[id] = func.instance == Func::kGenerated ? generated_number[func.index] : next++;
  }
  for (std::size_t id = 0; id < numbers.size(); ++id) {
    numbers[id] = numbers[graph.resolve(FuncId(id)).value];
  }
  first_memory_grow = next;
  first_table_grow = first_memory_grow + static_cast<std::uint32_t>(graph.memories.size());
  start = first_table_grow + static_cast<std::uint32_t>(graph.tables.size());
}

}  // namespace favo::fuse
