#include "component/fuse/program_builder.h"

#include <limits>
#include <set>
#include <string>

#include "base/check.h"
#include "base/format.h"
#include "base/unsupported.h"

namespace favo::fuse {

namespace {

using types::Flat;

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
}

std::uint64_t initial_bytes(const wasm::MemoryType& type) {
  std::uint64_t bytes = 0;
  const bool overflow =
      __builtin_mul_overflow(type.limits.min, std::uint64_t{1} << type.page_size_log2(), &bytes);
  return overflow ? std::numeric_limits<std::uint64_t>::max() : bytes;
}

/// `realloc` or `post-return` as the host calls it, which must not leave the component meanwhile.
Result<FuncId> inner_entry(Graph& graph, const link::CoreDef& def, std::uint32_t component) {
  const FuncId func = FAVO_TRY(graph.function(def, component));
  return graph.entry(func, component, false);
}

Result<FuncId> entry(Graph& graph, const link::CoreDef& def, std::uint32_t component) {
  const FuncId func = FAVO_TRY(graph.function(def, component));
  return graph.entry(func, component, true);
}

Result<> collect(Graph& graph, const link::Options& options) {
  const std::uint32_t component = options.component.value;
  for (const auto* def : {&options.realloc, &options.post_return}) {
    if (*def) FAVO_TRY(inner_entry(graph, **def, component));
  }
  if (options.callback) FAVO_TRY(graph.function(*options.callback, component));
  return {};
}

class ProgramBuilder {
 public:
  ProgramBuilder(Graph& graph, const Layout& layout) : graph_(graph), layout_(layout) {}

  Result<BuiltProgram> run(std::uint32_t direct_calls) {
    Program& program = built_.program;
    for (const auto& component : graph_.plan.components)
      program.components.push_back(component.path);
    for (const Layout::Import& item : layout_.imports) {
      program.imports.push_back(FAVO_TRY(import(item)));
    }
    for (const link::Resource& item : graph_.plan.resources) {
      program.resources.push_back(FAVO_TRY(resource(item)));
    }
    for (const link::FuncExport& item : graph_.plan.exports) {
      const FuncId func =
          FAVO_TRY(entry(graph_, item.func.func, item.func.options.component.value));
      const Slot slot = FAVO_TRY(this->slot(func));
      Options options = FAVO_TRY(this->options(item.func.options));
      program.exports.push_back(
          {item.interface, item.name, item.func.type_text, slot, std::move(options)});
    }
    for (std::uint32_t i = 0; i < graph_.memories.size(); ++i) {
      const std::uint64_t bytes = initial_bytes(graph_.memory_type(i));
      program.initial_memory_bytes = saturating_add(program.initial_memory_bytes, bytes);
      program.memories.push_back({graph_.instances[graph_.memories[i].instance].component, bytes});
    }
    for (std::uint32_t i = 0; i < graph_.tables.size(); ++i) {
      program.initial_table_elements =
          saturating_add(program.initial_table_elements, graph_.table_type(i).limits.min);
    }
    program.tables = static_cast<std::uint32_t>(graph_.tables.size());
    program.core_modules = graph_.modules;
    program.direct_calls = direct_calls;
    return std::move(built_);
  }

 private:
  Result<Slot> slot(SlotKind kind, std::uint32_t index) {
    const auto [place, added] = known_.try_emplace({kind, index}, Slot(built_.slots.size()));
    if (added) {
      if (kind == SlotKind::Memory && graph_.memory_type(index).limits.shared) {
        return unsupported("threads", "a shared memory for values");
      }
      built_.slots.push_back({kind, index});
      built_.program.slots.push_back(kind);
    }
    return place->second;
  }

  Result<Slot> slot(FuncId func) { return slot(SlotKind::Func, layout_.number(func)); }

  Result<std::optional<Slot>> inner_slot(const std::optional<link::CoreDef>& def,
                                         std::uint32_t component) {
    if (!def) return std::optional<Slot>();
    const FuncId func = FAVO_TRY(inner_entry(graph_, *def, component));
    return std::optional<Slot>(FAVO_TRY(slot(func)));
  }

  Result<Options> options(const link::Options& from) {
    Options to;
    to.component = from.component.value;
    to.string_encoding = from.string_encoding;
    to.async = from.async;
    if (from.memory) {
      const std::uint32_t memory = FAVO_TRY(graph_.memory(*from.memory));
      to.memory = FAVO_TRY(slot(SlotKind::Memory, memory));
    }
    to.realloc = FAVO_TRY(inner_slot(from.realloc, to.component));
    to.post_return = FAVO_TRY(inner_slot(from.post_return, to.component));
    if (from.callback) {
      const FuncId callback = FAVO_TRY(graph_.function(*from.callback, to.component));
      to.callback = FAVO_TRY(slot(callback));
    }
    return to;
  }

  Result<Resource> resource(const link::Resource& from) {
    if (const auto* host = std::get_if<link::HostResource>(&from)) {
      return Resource(HostResource{host->interface, host->name});
    }
    const auto& guest = std::get<link::GuestResource>(from);
    GuestResource to{guest.component.value, guest.name, {}};
    if (guest.destructor) {
      const FuncId destructor = FAVO_TRY(entry(graph_, *guest.destructor, to.component));
      to.destructor = FAVO_TRY(slot(destructor));
    }
    return Resource(std::move(to));
  }

  Result<Import> import(const Layout::Import& item) {
    if (const auto* own = std::get_if<Layout::Own>(&item)) return own_import(*own);
    const Generated& made = graph_.generated[std::get<Layout::HostImport>(item).generated];
    if (const auto* call = std::get_if<link::HostCall>(&made)) return host_call(*call);
    if (const auto* trap = std::get_if<TrapStub>(&made)) {
      return named(trap->component, trap->name, {}, {}, Trap{trap->name});
    }
    if (const auto* fresh = std::get_if<link::ResourceNew>(&made)) {
      return built_in(*fresh, "[resource-new]", {Flat::I32},
                      ResourceNew{fresh->component.value, fresh->resource.value});
    }
    if (const auto* rep = std::get_if<link::ResourceRep>(&made)) {
      return built_in(*rep, "[resource-rep]", {Flat::I32},
                      ResourceRep{rep->component.value, rep->resource.value});
    }
    if (const auto* drop = std::get_if<link::ResourceDrop>(&made)) {
      return built_in(*drop, "[resource-drop]", flats_of_drop(*drop),
                      ResourceDrop{drop->component.value, drop->resource.value});
    }
    return adapter_import(item, made);
  }

  /// What adapters ask of the host: as wide as the fuser made it.
  Result<Import> adapter_import(const Layout::Import& item, const Generated& made) {
    const std::uint32_t place = std::get<Layout::HostImport>(item).generated;
    const wasm::FuncType& type = graph_.generated_types[place];
    const auto import = [&](std::string_view field, ImportKind kind) -> Result<Import> {
      return Import{"favo", format("{}-{}", field, place), to_flats(type.params),
                    to_flats(type.results), std::move(kind)};
    };
    if (const auto* strings = std::get_if<Transcoder>(&made)) {
      const Slot from = FAVO_TRY(slot(SlotKind::Memory, strings->from));
      const Slot to = FAVO_TRY(slot(SlotKind::Memory, strings->to));
      return import("transcode", TranscodeString{strings->op, from, to});
    }
    if (const auto* own = std::get_if<TransferOwn>(&made)) return import("transfer-own", *own);
    if (const auto* lent = std::get_if<TransferBorrow>(&made)) {
      return import("transfer-borrow", *lent);
    }
    if (const auto* lent = std::get_if<LendRep>(&made)) return import("lend-rep", *lent);
    if (std::holds_alternative<EnterCall>(made)) return import("enter-call", EnterCall{});
    if (std::holds_alternative<ExitCall>(made)) return import("exit-call", ExitCall{});
    return import("trap", TrapWith{});
  }

  /// A resource with a guest's destructor tells what to destroy.
  std::vector<Flat> flats_of_drop(const link::ResourceDrop& drop) const {
    if (drop.resource.value >= graph_.plan.resources.size()) return {};
    const auto* guest =
        std::get_if<link::GuestResource>(&graph_.plan.resources[drop.resource.value]);
    if (guest == nullptr || !guest->destructor) return {};
    return {Flat::I64};
  }

  static Import own_import(Layout::Own own) {
    switch (own) {
      case Layout::Own::Wait:
        return {"favo", "wait", {}, {}, Wait{}};
      case Layout::Own::MemoryGrow:
        return {"favo", "memory-grow", {Flat::I32, Flat::I64}, {Flat::I32}, MemoryGrow{}};
      case Layout::Own::TableGrow:
        return {"favo", "table-grow", {Flat::I32, Flat::I64}, {Flat::I32}, TableGrow{}};
    }
    std::unreachable();
  }

  Result<Import> host_call(const link::HostCall& call) {
    const link::HostImport& from = graph_.plan.imports[call.import.value];
    std::vector<Flat> results = from.signature.results;
    results.push_back(Flat::I32);
    Options options = FAVO_TRY(this->options(from.options));
    HostCall kind{from.interface, from.name, from.type_text, std::move(options)};
    return named(from.options.component.value, qualified(from.interface, from.name),
                 from.signature.params, std::move(results), std::move(kind));
  }

  template <typename Def>
  Result<Import> built_in(const Def& def, std::string_view prefix, std::vector<Flat> results,
                          ImportKind kind) {
    if (def.resource.value >= graph_.plan.resources.size()) return FAVO_BUG("no such resource");
    const link::Resource& resource = graph_.plan.resources[def.resource.value];
    std::string field;
    if (const auto* host = std::get_if<link::HostResource>(&resource)) {
      field = qualified(host->interface, format("{}{}", prefix, host->name));
    } else {
      field = format("{}{}", prefix, std::get<link::GuestResource>(resource).name);
    }
    return named(def.component.value, std::move(field), {Flat::I32}, std::move(results),
                 std::move(kind));
  }

  static std::string qualified(const std::string& interface, const std::string& name) {
    return interface.empty() ? name : format("{}#{}", interface, name);
  }

  /// The same function may be lowered more than once, with other options: `#2`, `#3`, …
  Result<Import> named(std::uint32_t component, std::string field, std::vector<Flat> params,
                       std::vector<Flat> results, ImportKind kind) {
    if (component >= graph_.plan.components.size()) return FAVO_BUG("no such component");
    const std::string& path = graph_.plan.components[component].path;
    std::string unique = field;
    std::uint32_t& uses = uses_[{path, field}];
    do {
      if (++uses > 1) unique = format("{}#{}", field, uses);
    } while (!taken_.emplace(path, unique).second);
    return Import{path, std::move(unique), std::move(params), std::move(results), std::move(kind)};
  }

  Graph& graph_;
  const Layout& layout_;
  BuiltProgram built_;
  std::map<std::pair<SlotKind, std::uint32_t>, Slot> known_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> uses_;
  std::set<std::pair<std::string, std::string>> taken_;
};

}  // namespace

Result<> collect_program_functions(Graph& graph) {
  for (const link::FuncExport& item : graph.plan.exports) {
    FAVO_TRY(entry(graph, item.func.func, item.func.options.component.value));
    FAVO_TRY(collect(graph, item.func.options));
  }
  for (const link::Resource& item : graph.plan.resources) {
    const auto* guest = std::get_if<link::GuestResource>(&item);
    if (guest && guest->destructor) {
      FAVO_TRY(entry(graph, *guest->destructor, guest->component.value));
    }
  }
  // The options of a host call may mention functions that are generated in their turn.
  for (std::size_t i = 0; i < graph.generated.size(); ++i) {
    if (const auto* call = std::get_if<link::HostCall>(&graph.generated[i])) {
      FAVO_TRY(collect(graph, graph.plan.imports[call->import.value].options));
    }
  }
  return {};
}

Result<BuiltProgram> build_program(Graph& graph, const Layout& layout, std::uint32_t direct_calls) {
  return ProgramBuilder(graph, layout).run(direct_calls);
}

}  // namespace favo::fuse
