#include "component/link/scope.h"

#include <utility>

#include "base/unsupported.h"

namespace favo::link {

binary::Sort sort_of(const Item& item) {
  constexpr binary::Sort by_alternative[] = {binary::Sort::Func, binary::Sort::Type,
                                             binary::Sort::Component, binary::Sort::Instance,
                                             binary::Sort::CoreModule};
  return by_alternative[item.index()];
}

void Exports::add(std::string_view name, Item item) {
  if (by_name_.try_emplace(name, entries_.size()).second) {
    entries_.emplace_back(name, std::move(item));
  }
}

const Item* Exports::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &entries_[found->second].second;
}

void Scope::add(const Item& item) {
  switch (sort_of(item)) {
    case binary::Sort::Func:
      funcs.push_back(std::get<const Func*>(item));
      break;
    case binary::Sort::Type:
      types.push_back(std::get<TypeDef>(item));
      break;
    case binary::Sort::Component:
      components.push_back(std::get<ComponentClosure>(item));
      break;
    case binary::Sort::Instance:
      instances.push_back(std::get<const Exports*>(item));
      break;
    default:
      core_modules.push_back(std::get<ModuleId>(item));
      break;
  }
}

void Scope::add(const binary::CoreType& type) {
  const auto* group = std::get_if<binary::CoreRecType>(&type.type);
  core_types.insert(core_types.end(), group ? group->count : 1,
                    std::get_if<binary::CoreModuleType>(&type.type));
}

Result<void> alias_core_type(Scope& scope, const binary::Alias& alias) {
  const auto* target = std::get_if<binary::AliasOuter>(&alias.target);
  if (target == nullptr) return FAVO_BUG("a core type is aliased from an instance");
  const Scope* from = FAVO_TRY(outer(scope, target->count));
  scope.core_types.push_back(FAVO_TRY(at(from->core_types, target->index, "core type")));
  return {};
}

Result<const Scope*> outer(const Scope& scope, std::uint32_t count) {
  const Scope* found = &scope;
  for (std::uint32_t i = 0; i < count && found != nullptr; ++i) found = found->parent;
  if (found == nullptr) return FAVO_BUG(format("an outer alias reaches {} scopes out", count));
  return found;
}

Result<Item> item_at(const Scope& scope, binary::Sort sort, std::uint32_t index) {
  switch (sort) {
    case binary::Sort::Func:
      return Item(FAVO_TRY(at(scope.funcs, index, "function")));
    case binary::Sort::Type:
      return Item(FAVO_TRY(at(scope.types, index, "type")));
    case binary::Sort::Component:
      return Item(FAVO_TRY(at(scope.components, index, "component")));
    case binary::Sort::Instance:
      return Item(FAVO_TRY(at(scope.instances, index, "instance")));
    case binary::Sort::CoreModule:
      return Item(FAVO_TRY(at(scope.core_modules, index, "core module")));
    case binary::Sort::Value:
      return unsupported("cm-values", "a component-level value");
    default:
      return FAVO_BUG(format("a {} where a component-level item is needed", to_string(sort)));
  }
}

Result<Item> resolve_alias(const Scope& scope, const binary::Alias& alias) {
  if (const auto* outer_alias = std::get_if<binary::AliasOuter>(&alias.target)) {
    const Scope* target = FAVO_TRY(outer(scope, outer_alias->count));
    return item_at(*target, alias.sort, outer_alias->index);
  }
  const auto* export_alias = std::get_if<binary::AliasExport>(&alias.target);
  if (export_alias == nullptr) return FAVO_BUG("an alias of a core export outside a component");
  const Exports* instance = FAVO_TRY(at(scope.instances, export_alias->instance, "instance"));
  const Item* item = instance->find(export_alias->name);
  if (item == nullptr) {
    return FAVO_BUG(format("an instance lacks the export {:?}", export_alias->name));
  }
  if (alias.sort == binary::Sort::Value) {
    return unsupported("cm-values", "a component-level value");
  }
  if (sort_of(*item) != alias.sort) {
    return FAVO_BUG(format("the export {:?} is a {}, not a {}", export_alias->name,
                           to_string(sort_of(*item)), to_string(alias.sort)));
  }
  return *item;
}

std::string full_name(const binary::ExternName& name) {
  std::string full(name.name);
  if (name.version_suffix) full += *name.version_suffix;
  return full;
}

}  // namespace favo::link
