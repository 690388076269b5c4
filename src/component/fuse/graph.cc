#include "component/fuse/graph.h"

#include <memory>
#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace favo::fuse {

namespace {

const wasm::FuncType kResourceNewType{{{wasm::ValType::I32}}, {{wasm::ValType::I32}}};
const wasm::FuncType kResourceDropType{{{wasm::ValType::I32}}, {}};
const wasm::FuncType kResourceRepType{{{wasm::ValType::I32}}, {{wasm::ValType::I32}}};

std::string callee_of(const link::Adapter& adapter, const link::Plan& plan) {
  const std::uint32_t callee = adapter.callee.options.component.value;
  return callee < plan.components.size() ? plan.components[callee].path : "a component";
}

}  // namespace

Result<Graph> Graph::build(const link::Plan& plan, TypeSection& types) {
  Graph graph(plan, types);
  graph.instances.reserve(plan.instances.size());
  for (const link::CoreInstance& core : plan.instances) {
    if (core.component.value >= plan.components.size()) {
      return error(Code::InvalidComponent, "a core instance belongs to no component");
    }
    auto added = graph.add(core);
    if (!added) {
      const std::string& path = plan.components[core.component.value].path;
      return std::move(added).error().within(format("{}: core module {}", path, core.module.value));
    }
  }
  return graph;
}

Result<const ModuleInfo*> Graph::info(link::ModuleId id) {
  if (id.value >= infos_.size()) return error(Code::InvalidComponent, "no such core module");
  std::unique_ptr<ModuleInfo>& slot = infos_[id.value];
  if (!slot) {
    auto read = std::make_unique<ModuleInfo>();
    read->module = FAVO_TRY(wasm::read_module(plan.modules[id.value]));
    for (const wasm::Export& item : read->module.exports) read->exports.emplace(item.name, &item);
    read->types = FAVO_TRY(types.add(read->module));
    slot = std::move(read);
    ++modules;
  }
  return slot.get();
}

Result<> Graph::add(const link::CoreInstance& core) {
  Instance instance{};
  instance.component = core.component.value;
  instance.info = FAVO_TRY(info(core.module));
  const wasm::Module& module = instance.module();
  if (module.imports.size() != core.imports.size()) {
    return error(Code::InvalidComponent, "{} imports, {} given", module.imports.size(),
                 core.imports.size());
  }
  instance.functions.reserve(module.functions.size());
  for (std::size_t i = 0; i < core.imports.size(); ++i) {
    const wasm::Import& item = module.imports[i];
    auto done = import(instance, item, core.imports[i]);
    if (!done) {
      return std::move(done).error().within(format("import {:?} {:?}", item.module, item.name));
    }
  }
  define(instance);
  instances.push_back(std::move(instance));
  return {};
}

Result<> Graph::import(Instance& instance, const wasm::Import& import, const link::CoreDef& def) {
  if (import.kind() == wasm::ExternKind::Func) {
    instance.functions.push_back(FAVO_TRY(function(def, instance.component)));
    return {};
  }
  const auto* item = std::get_if<link::InstanceExport>(&def);
  if (!item) {
    return error(Code::InvalidComponent, "expected a {}, found a function",
                 to_string(import.kind()));
  }
  const wasm::Export* found = FAVO_TRY(find(*item, import.kind()));
  const Instance& from = instances[item->instance.value];
  switch (import.kind()) {
    case wasm::ExternKind::Table:
      instance.tables.push_back(from.tables[found->index]);
      break;
    case wasm::ExternKind::Memory:
      instance.memories.push_back(from.memories[found->index]);
      break;
    case wasm::ExternKind::Global:
      instance.globals.push_back(from.globals[found->index]);
      break;
    case wasm::ExternKind::Tag:
      instance.tags.push_back(from.tags[found->index]);
      break;
    case wasm::ExternKind::Func:
      break;
  }
  return {};
}

void Graph::define(Instance& instance) {
  const wasm::Module& module = instance.module();
  const auto self = static_cast<std::uint32_t>(instances.size());
  instance.first_defined = FuncId(functions.size());
  for (std::size_t i = instance.functions.size(); i < module.functions.size(); ++i) {
    instance.functions.push_back(FuncId(functions.size()));
    functions.push_back({self, static_cast<std::uint32_t>(i - module.imported.functions),
                         instance.info->types[module.functions[i]]});
  }
  const auto append = [self](std::vector<std::uint32_t>& own, std::vector<Definition>& all,
                             std::size_t size) {
    for (std::uint32_t i = 0; own.size() < size; ++i) {
      own.push_back(static_cast<std::uint32_t>(all.size()));
      all.push_back({self, i});
    }
  };
  append(instance.tables, tables, module.tables.size());
  append(instance.memories, memories, module.memories.size());
  append(instance.globals, globals, module.globals.size());
  append(instance.tags, tags, module.tags.size());
}

Result<const wasm::Export*> Graph::find(const link::InstanceExport& def,
                                        wasm::ExternKind kind) const {
  if (def.instance.value >= instances.size()) {
    return error(Code::InvalidComponent, "export {:?} of a core instance that comes later",
                 def.name);
  }
  const auto& exports = instances[def.instance.value].info->exports;
  const auto found = exports.find(def.name);
  if (found == exports.end()) {
    return error(Code::InvalidComponent, "the core instance has no export {:?}", def.name);
  }
  if (found->second->kind != kind) {
    return error(Code::InvalidComponent, "export {:?} is a {}, expected a {}", def.name,
                 to_string(found->second->kind), to_string(kind));
  }
  return found->second;
}

Result<FuncId> Graph::function(const link::CoreDef& def, std::uint32_t component) {
  if (const auto* item = std::get_if<link::InstanceExport>(&def)) {
    const wasm::Export* found = FAVO_TRY(find(*item, wasm::ExternKind::Func));
    return instances[item->instance.value].functions[found->index];
  }
  return generate(def, component);
}

Result<std::uint32_t> Graph::memory(const link::InstanceExport& def) const {
  const wasm::Export* found = FAVO_TRY(find(def, wasm::ExternKind::Memory));
  return instances[def.instance.value].memories[found->index];
}

Result<FuncId> Graph::generate(const link::CoreDef& def, std::uint32_t component) {
  // A resource built-in acts on the handle table of one component; a host call is one import.
  std::uint32_t first = 0, second = 0;
  std::string name;
  wasm::FuncType type;
  Generated made;
  if (const auto* call = std::get_if<link::HostCall>(&def)) {
    if (call->import.value >= plan.imports.size()) return FAVO_BUG("a host call of no import");
    const types::CoreSignature& signature = plan.imports[call->import.value].signature;
    first = call->import.value;
    type = to_func_type(signature.params, signature.results);
    made = *call;
  } else if (const auto* call = std::get_if<link::AdapterCall>(&def)) {
    if (call->adapter.value >= plan.adapters.size()) return FAVO_BUG("a call of no adapter");
    return error(Code::Unsupported, "calls between components are not built yet: {} calls {}",
                 plan.components[component].path,
                 callee_of(plan.adapters[call->adapter.value], plan));
  } else if (const auto* fresh = std::get_if<link::ResourceNew>(&def)) {
    std::tie(first, second) = std::pair(fresh->component.value, fresh->resource.value);
    type = kResourceNewType;
    made = *fresh;
  } else if (const auto* drop = std::get_if<link::ResourceDrop>(&def)) {
    std::tie(first, second) = std::pair(drop->component.value, drop->resource.value);
    type = kResourceDropType;
    made = *drop;
  } else if (const auto* rep = std::get_if<link::ResourceRep>(&def)) {
    std::tie(first, second) = std::pair(rep->component.value, rep->resource.value);
    type = kResourceRepType;
    made = *rep;
  } else {
    const auto& trap = std::get<link::TrapCall>(def);
    type = to_func_type(trap.params, trap.results);
    std::tie(first, second) = std::pair(component, types.add(type));
    name = trap.name;
    made = TrapStub{component, trap.name, type};
  }
  const auto key = std::tuple(def.index(), first, second, std::move(name));
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  const FuncId id = add_generated(std::move(made), type);
  known_.emplace(key, id);
  return id;
}

FuncId Graph::add_generated(Generated made, const wasm::FuncType& type) {
  const FuncId id(functions.size());
  functions.push_back(
      {Func::kGenerated, static_cast<std::uint32_t>(generated.size()), types.add(type)});
  generated.push_back(std::move(made));
  return id;
}

const wasm::TableType& Graph::table_type(std::uint32_t table) const {
  const Definition& where = tables[table];
  const wasm::Module& module = instances[where.instance].module();
  return module.tables[module.imported.tables + where.index];
}

const wasm::MemoryType& Graph::memory_type(std::uint32_t memory) const {
  const Definition& where = memories[memory];
  const wasm::Module& module = instances[where.instance].module();
  return module.memories[module.imported.memories + where.index];
}

const std::string& Graph::path(const Instance& instance) const {
  return plan.components[instance.component].path;
}

}  // namespace favo::fuse
