#include "component/fuse/names.h"

#include <string_view>
#include <utility>

namespace favo::fuse {

namespace {

constexpr std::uint8_t kFunctionNames = 1;

class NameMap {
 public:
  void add(std::uint32_t function, std::string_view component, std::string_view name) {
    entries_.leb_u32(function);
    entries_.leb_u64(component.size() + kSeparator.size() + name.size());
    for (const std::string_view part : {component, kSeparator, name}) {
      entries_.bytes(as_bytes(part));
    }
    ++count_;
  }

  std::vector<std::uint8_t> contents() const {
    ByteWriter map;
    map.leb_u32(count_);
    ByteWriter section;
    section.name("name");
    section.u8(kFunctionNames);
    section.leb_u64(map.size() + entries_.size());
    section.bytes(map.buffer());
    section.bytes(entries_.buffer());
    return std::move(section).take();
  }

 private:
  static constexpr std::string_view kSeparator = "::";
  ByteWriter entries_;
  std::uint32_t count_ = 0;
};

}  // namespace

std::vector<std::uint8_t> name_section(const Graph& graph, const Layout& layout,
                                       const Program& program) {
  NameMap map;
  auto number = static_cast<std::uint32_t>(layout.imports.size());
  for (const Layout::Stub& stub : layout.stubs) {
    if (const auto* place = std::get_if<std::size_t>(&graph.generated[stub.generated])) {
      const Written& written = graph.written[*place];
      map.add(number++, graph.plan.components[written.component].path, written.name);
      continue;
    }
    const Import& import = program.imports[stub.import];
    map.add(number++, import.module, import.field);
  }
  for (const Instance& instance : graph.instances) {
    const wasm::Module& module = instance.module();
    std::uint32_t next = module.imported.functions;
    for (const auto& [index, name] : wasm::function_names(module.names)) {
      // A name map is sorted; imported functions are named where they are defined.
      if (index < next || index >= instance.functions.size()) continue;
      next = index + 1;
      map.add(layout.number(instance.functions[index]), graph.path(instance), name);
    }
  }
  return map.contents();
}

}  // namespace favo::fuse
