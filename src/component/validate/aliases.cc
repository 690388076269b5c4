#include "component/validate/validator.h"
#include "component/validate/visibility.h"

/// Alias definitions and declarators. Spec: Explainer.md, "Alias Definitions"; Binary.md, notes
/// there.
namespace favo::validate {

namespace {

using binary::Sort;

std::optional<Entity::Kind> entity_kind(Sort sort) {
  switch (sort) {
    case Sort::CoreModule:
      return Entity::Kind::Module;
    case Sort::Func:
      return Entity::Kind::Func;
    case Sort::Value:
      return Entity::Kind::Value;
    case Sort::Type:
      return Entity::Kind::Type;
    case Sort::Component:
      return Entity::Kind::Component;
    case Sort::Instance:
      return Entity::Kind::Instance;
    default:
      return std::nullopt;
  }
}

/// Where `sort` lies in `CoreExtern`.
std::optional<std::size_t> core_kind(Sort sort) {
  switch (sort) {
    case Sort::CoreFunc:
      return 0;
    case Sort::CoreTable:
      return 1;
    case Sort::CoreMemory:
      return 2;
    case Sort::CoreGlobal:
      return 3;
    case Sort::CoreTag:
      return 4;
    default:
      return std::nullopt;
  }
}

/// Component and instance types hold no definitions, so they may only alias types and instances.
bool allowed_in_types(const binary::Alias& alias) {
  if (std::holds_alternative<binary::AliasExport>(alias.target)) {
    return alias.sort == Sort::Type || alias.sort == Sort::Instance;
  }
  return std::holds_alternative<binary::AliasOuter>(alias.target) &&
         (alias.sort == Sort::Type || alias.sort == Sort::CoreType);
}

}  // namespace

Result<void> Validator::operator()(const binary::Alias& alias) {
  if (scope().kind != Scope::Kind::Component && !allowed_in_types(alias)) {
    return fail(alias.offset,
                "aliases in a component or instance type may only refer to types or instances");
  }
  return std::visit(
      [&](const auto& target) { return this->alias(alias.sort, target, alias.offset); },
      alias.target);
}

Result<void> Validator::alias(Sort sort, const binary::AliasExport& target, std::size_t offset) {
  const auto kind = entity_kind(sort);
  if (!kind)
    return fail(offset, "an instance cannot export items of sort {}", binary::to_string(sort));
  if (*kind == Entity::Kind::Value) FAVO_TRY(check_values_enabled(offset));
  const TypeRef instance = FAVO_TRY(scope().instance(target.instance.value, offset));
  const Entity* item = arena_.instance(instance).exports.find(target.name);
  if (!item) {
    return fail(offset, "instance {} has no export named `{}`", target.instance.value, target.name);
  }
  if (item->kind != *kind) {
    return fail(offset, "export `{}` for instance {} is not of sort {}, but {}", target.name,
                target.instance.value, describe(*kind), describe(item->kind));
  }
  scope().push(*item);
  return {};
}

Result<void> Validator::alias(Sort sort, const binary::AliasCoreExport& target,
                              std::size_t offset) {
  const auto kind = core_kind(sort);
  if (!kind)
    return fail(offset, "a core instance cannot export items of sort {}", binary::to_string(sort));
  const auto exports = FAVO_TRY(scope().core_instance(target.instance.value, offset));
  const auto it = exports->find(target.name);
  if (it == exports->end()) {
    return fail(offset, "core instance {} has no export named `{}`", target.instance.value,
                target.name);
  }
  if (it->second.index() != *kind) {
    return fail(offset, "export `{}` for core instance {} is not of sort {}, but {}", target.name,
                target.instance.value, binary::to_string(sort), describe(it->second));
  }
  scope().push(it->second);
  return {};
}

Result<void> Validator::alias(Sort sort, const binary::AliasOuter& target, std::size_t offset) {
  const Scope& outer = *FAVO_TRY(outer_scope(target.count, offset));
  switch (sort) {
    case Sort::CoreModule:
      scope().core_modules.push_back(FAVO_TRY(outer.core_module(target.index, offset)));
      return {};
    case Sort::CoreType: {
      const auto it = outer.core_module_types.find(target.index);
      if (it != outer.core_module_types.end()) {
        const TypeRef module = it->second;
        const auto index = static_cast<std::uint32_t>(scope().core_types.size());
        scope().core_module_types.emplace(index, module);
        scope().core_types.push_back(std::nullopt);
      } else {
        scope().core_types.push_back(FAVO_TRY(outer.core_type(target.index, offset)));
      }
      return {};
    }
    case Sort::Type: {
      const TypeRef type = FAVO_TRY(outer.type(target.index, offset));
      FAVO_TRY(check_closed(type, target.count, offset));
      scope().types.push_back(type);
      return {};
    }
    case Sort::Component:
      scope().components.push_back(FAVO_TRY(outer.component(target.index, offset)));
      return {};
    default:
      return fail(offset, "an outer alias cannot refer to items of sort {}",
                  binary::to_string(sort));
  }
}

/// A component is a unit of its own: it cannot see the resources of the one around it.
Result<void> Validator::check_closed(TypeRef type, std::uint32_t count, std::size_t offset) {
  // Scopes of types lie innermost, so the scope just inside the target tells whether the alias
  // leaves a component.
  if (count == 0 || scopes_[scopes_.size() - count].kind != Scope::Kind::Component) return {};
  std::unordered_set<ResourceId> free;
  FAVO_TRY(free_resources(type, arena_, offset, free));
  if (free.empty()) return {};
  return fail(offset,
              "cannot alias outer type which transitively refers to resources not defined in the "
              "current component");
}

}  // namespace favo::validate
