#include "component/link/core.h"

#include <utility>

namespace favo::link {
namespace {

/// The index space of a sort that core instances export, or null.
std::vector<CoreDef>* core_space(Frame& frame, binary::Sort sort) {
  switch (sort) {
    case binary::Sort::CoreFunc:
      return &frame.core_funcs;
    case binary::Sort::CoreTable:
      return &frame.core_tables;
    case binary::Sort::CoreMemory:
      return &frame.core_memories;
    case binary::Sort::CoreGlobal:
      return &frame.core_globals;
    case binary::Sort::CoreTag:
      return &frame.core_tags;
    default:
      return nullptr;
  }
}

/// REQUIRES: `core_space` has a space for `sort`.
CoreKind kind_of(binary::Sort sort) {
  switch (sort) {
    case binary::Sort::CoreTable:
      return CoreKind::Table;
    case binary::Sort::CoreMemory:
      return CoreKind::Memory;
    case binary::Sort::CoreGlobal:
      return CoreKind::Global;
    case binary::Sort::CoreTag:
      return CoreKind::Tag;
    default:
      return CoreKind::Func;
  }
}

CoreKind kind_of(wasm::ExternKind kind) {
  switch (kind) {
    case wasm::ExternKind::Func:
      return CoreKind::Func;
    case wasm::ExternKind::Table:
      return CoreKind::Table;
    case wasm::ExternKind::Memory:
      return CoreKind::Memory;
    case wasm::ExternKind::Global:
      return CoreKind::Global;
    case wasm::ExternKind::Tag:
      return CoreKind::Tag;
  }
  std::unreachable();
}

/// Whatever is not another instance's export is a function that the component model made.
CoreKind kind_of(const CoreDef& def) {
  const auto* exported = std::get_if<InstanceExport>(&def);
  return exported == nullptr ? CoreKind::Func : exported->kind;
}

Result<CoreDef> export_of(const CoreInstanceItem& instance, std::string_view name, CoreKind kind) {
  if (const auto* id = std::get_if<CoreInstanceId>(&instance)) {
    return CoreDef(InstanceExport{*id, kind, std::string(name)});
  }
  const auto& definitions = *std::get<const CoreInlineInstance*>(instance);
  const auto found = definitions.find(name);
  if (found == definitions.end()) {
    return FAVO_BUG(format("a core instance lacks the export {:?}", name));
  }
  if (kind_of(found->second) != kind) {
    return FAVO_BUG(format("the core export {:?} is of another kind", name));
  }
  return found->second;
}

Result<CoreInstanceItem> instantiate(State& state, const Frame& frame,
                                     const binary::CoreInstantiate& instantiation) {
  if (state.plan.instances.size() >= kMaxCoreInstances) {
    return error(Code::LimitExceeded, "the component makes more than {} core instances",
                 kMaxCoreInstances);
  }
  const ModuleId module = FAVO_TRY(at(frame.core_modules, instantiation.module, "core module"));
  FAVO_TRY(state.charge_instance(module));
  std::map<std::string_view, CoreInstanceItem> args;
  for (const auto& arg : instantiation.args) {
    args.emplace(arg.name, FAVO_TRY(at(frame.core_instances, arg.instance, "core instance")));
  }
  const auto& imports = state.modules[module.value].imports;
  FAVO_TRY(state.charge(imports.size() + instantiation.args.size()));
  CoreInstance made{frame.id, module, {}};
  made.imports.reserve(imports.size());
  for (const auto& import : imports) {
    const auto arg = args.find(import.module);
    if (arg == args.end()) {
      return FAVO_BUG(format("a core module lacks the argument {:?}", import.module));
    }
    made.imports.push_back(FAVO_TRY(export_of(arg->second, import.name, kind_of(import.kind()))));
  }
  const CoreInstanceId id(state.plan.instances.size());
  state.plan.instances.push_back(std::move(made));
  return CoreInstanceItem(id);
}

Result<CoreInstanceItem> bundle(State& state, const Frame& frame,
                                const binary::CoreInlineExports& exports) {
  FAVO_TRY(state.charge(exports.exports.size()));
  CoreInlineInstance& made = state.core_inline_instances.emplace_back();
  for (const auto& exported : exports.exports) {
    made.emplace(exported.name,
                 FAVO_TRY(core_item_at(frame, exported.item.sort, exported.item.index)));
  }
  return CoreInstanceItem(&std::as_const(made));
}

}  // namespace

Result<CoreDef> core_item_at(const Frame& frame, binary::Sort sort, std::uint32_t index) {
  const auto* space = core_space(const_cast<Frame&>(frame), sort);
  if (space == nullptr) return FAVO_BUG(format("no core instance exports a {}", to_string(sort)));
  return at(*space, index, to_string(sort));
}

Result<void> define_core_instance(State& state, Frame& frame,
                                  const binary::CoreInstance& instance) {
  const auto* instantiation = std::get_if<binary::CoreInstantiate>(&instance.instance);
  if (instantiation != nullptr) {
    frame.core_instances.push_back(FAVO_TRY(instantiate(state, frame, *instantiation)));
  } else {
    const auto& exports = std::get<binary::CoreInlineExports>(instance.instance);
    frame.core_instances.push_back(FAVO_TRY(bundle(state, frame, exports)));
  }
  return {};
}

Result<void> define_core_alias(Frame& frame, binary::Sort sort,
                               const binary::AliasCoreExport& alias) {
  auto* space = core_space(frame, sort);
  if (space == nullptr) return FAVO_BUG(format("no core instance exports a {}", to_string(sort)));
  const CoreInstanceItem instance =
      FAVO_TRY(at(frame.core_instances, alias.instance, "core instance"));
  space->push_back(FAVO_TRY(export_of(instance, alias.name, kind_of(sort))));
  return {};
}

}  // namespace favo::link
