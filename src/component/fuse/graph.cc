#include "component/fuse/graph.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace favo::fuse {

namespace {

using types::Flat;

wasm::FuncType func_type(std::initializer_list<Flat> params, std::initializer_list<Flat> results) {
  return to_func_type(params, results);
}

/// Tells apart what one import can stand for.
struct KeyOf {
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::string>;
  TypeSection& types;

  Key operator()(const link::HostCall& call) const { return {call.import.value, 0, 0, ""}; }
  Key operator()(const TrapStub& trap) const {
    return {trap.component, types.add(trap.type), 0, trap.name};
  }
  Key operator()(const Transcoder& made) const {
    return {static_cast<std::uint32_t>(made.op), made.from, made.to, ""};
  }
  Key operator()(const LendRep& made) const { return {made.component, made.resource, 0, ""}; }
  template <typename Transfer>
    requires requires(Transfer made) { made.from, made.to, made.resource; }
  Key operator()(const Transfer& made) const {
    return {made.from, made.to, made.resource, ""};
  }
  /// A resource built-in acts on the handle table of one component.
  template <typename BuiltIn>
    requires requires(BuiltIn made) { made.component.value, made.resource.value; }
  Key operator()(const BuiltIn& made) const {
    return {made.component.value, made.resource.value, 0, ""};
  }
  Key operator()(const EnterCall&) const { return {}; }
  Key operator()(const ExitCall&) const { return {}; }
  Key operator()(const TrapWith&) const { return {}; }
  Key operator()(std::size_t written) const {
    return {static_cast<std::uint32_t>(written), 0, 0, ""};
  }
};

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
  if (module.codes.size() > kMaxFunctions - std::min(functions.size(), kMaxFunctions)) {
    return error(Code::LimitExceeded, "the core instances have more than {} functions together",
                 kMaxFunctions);
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
  if (const auto* call = std::get_if<link::HostCall>(&def)) {
    if (call->import.value >= plan.imports.size()) return FAVO_BUG("a host call of no import");
    const types::CoreSignature& signature = plan.imports[call->import.value].signature;
    return import(*call, to_func_type(signature.params, signature.results));
  }
  if (const auto* call = std::get_if<link::AdapterCall>(&def)) return adapter(*call);
  if (const auto* fresh = std::get_if<link::ResourceNew>(&def)) return resource_new(*fresh);
  if (const auto* drop = std::get_if<link::ResourceDrop>(&def)) return resource_drop(*drop);
  if (const auto* rep = std::get_if<link::ResourceRep>(&def)) {
    return import(*rep, func_type({Flat::I32}, {Flat::I32}));
  }
  const auto& trap = std::get<link::TrapCall>(def);
  const wasm::FuncType type = to_func_type(trap.params, trap.results);
  return import(TrapStub{component, trap.name, type}, type);
}

Result<FuncId> Graph::adapter(const link::AdapterCall& call) {
  if (call.adapter.value >= plan.adapters.size()) return FAVO_BUG("a call of no adapter");
  const auto [known, is_new] = canonical_.try_emplace(call);
  if (is_new) {
    const link::Adapter& made = plan.adapters[call.adapter.value];
    const auto [place, id] =
        write(made.callee.options.component.value,
              format("call from {}", plan.components[made.caller.component.value].path),
              to_func_type(made.signature.params, made.signature.results));
    canonical.push_back({call, place});
    known->second = id;
  }
  return known->second;
}

FuncId Graph::resource_new(const link::ResourceNew& def) {
  const wasm::FuncType type = func_type({Flat::I32}, {Flat::I32});
  if (!guards.may_leave(def.component.value)) return import(def, type);
  const auto [known, is_new] = canonical_.try_emplace(def);
  if (is_new) {
    const auto [place, id] = write(def.component.value, "resource.new", type);
    canonical.push_back({def, place});
    known->second = id;
  }
  return known->second;
}

FuncId Graph::resource_drop(const link::ResourceDrop& def) {
  const auto* guest = std::get_if<link::GuestResource>(&plan.resources[def.resource.value]);
  const wasm::FuncType type = func_type({Flat::I32}, {});
  const bool destroys = guest && guest->destructor;
  if (!guards.may_leave(def.component.value) && !destroys) return import(def, type);
  const auto [known, is_new] = canonical_.try_emplace(def);
  if (is_new) {
    const auto [place, id] = write(def.component.value, "resource.drop", type);
    canonical.push_back({def, place});
    known->second = id;
  }
  return known->second;
}

FuncId Graph::import(Generated made, const wasm::FuncType& type) {
  const KeyOf::Key parts = std::visit(KeyOf{types}, made);
  const auto key = std::tuple_cat(std::tuple(made.index()), parts);
  const auto [known, is_new] = imports_.try_emplace(key, FuncId(functions.size()));
  if (is_new) {
    functions.push_back(
        {Func::kGenerated, static_cast<std::uint32_t>(generated.size()), types.add(type)});
    generated.push_back(std::move(made));
    generated_types.push_back(type);
  }
  return known->second;
}

FuncId Graph::trap_with() { return import(TrapWith{}, func_type({Flat::I32}, {})); }

Result<> Graph::charge(const FuncBody& body) {
  written_bytes_ += body.body.size();
  if (written_bytes_ <= kMaxWrittenBytes) return {};
  return error(Code::LimitExceeded, "calls between components take more than {} bytes of code",
               kMaxWrittenBytes);
}

std::pair<std::size_t, FuncId> Graph::write(std::uint32_t component, std::string name,
                                            const wasm::FuncType& type) {
  const std::size_t place = written.size();
  written.push_back({component, std::move(name), {}, {}});
  return {place, import(Generated(place), type)};
}

Result<FuncId> Graph::entry(FuncId target, std::uint32_t component, bool may_leave) {
  const bool needed = may_leave ? !guards.entering(std::nullopt, component).empty()
                                : guards.may_leave(component).has_value();
  if (!needed) return target;
  const auto [known, is_new] = entries_.try_emplace({target, component, may_leave});
  if (is_new) {
    const std::string_view name = may_leave ? "entry" : "entry without leave";
    const auto [place, id] = write(component, std::string(name), FAVO_TRY(type_of(target)));
    canonical.push_back({CanonicalFunction::Entry{target, component, may_leave}, place});
    known->second = id;
  }
  return known->second;
}

/// A written function stands for an older one, so there is no circle.
FuncId Graph::resolve(FuncId id) const {
  while (true) {
    const Func& func = functions[id.value];
    if (func.instance != Func::kGenerated) return id;
    const auto* place = std::get_if<std::size_t>(&generated[func.index]);
    if (place == nullptr || !written[*place].same_as) return id;
    id = *written[*place].same_as;
  }
}

Result<wasm::FuncType> Graph::type_of(FuncId id) const {
  const Func& func = functions[id.value];
  if (func.instance == Func::kGenerated) return generated_types[func.index];
  const wasm::Module& module = instances[func.instance].module();
  const std::uint32_t type = module.functions[module.imported.functions + func.index];
  return *FAVO_TRY(module.func_type(type));
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

const wasm::GlobalType& Graph::global_type(std::uint32_t global) const {
  const Definition& where = globals[global];
  const wasm::Module& module = instances[where.instance].module();
  return module.globals[module.imported.globals + where.index];
}

const std::string& Graph::path(const Instance& instance) const {
  return plan.components[instance.component].path;
}

}  // namespace favo::fuse
