#include "component/link/host.h"

#include "base/unsupported.h"
#include "component/validate/core_module.h"

namespace favo::link {
std::string member_interface(std::string_view interface, std::string_view name) {
  return interface.empty() ? std::string(name) : format("{}/{}", interface, name);
}

namespace {

/// `"f"`, `"f" of "wasi:io/streams"`: for messages.
std::string quoted(std::string_view interface, std::string_view name) {
  return interface.empty() ? format("{:?}", name) : format("{:?} of {:?}", name, interface);
}

}  // namespace

Result<Item> HostImports::provide(const binary::ExternName& name, const binary::ExternType& type,
                                  const Scope& scope) {
  return provide("", full_name(name), type, scope);
}

/// As a member of `interface` or, if that is empty, imported by itself.
Result<Item> HostImports::provide(std::string_view interface, std::string_view name,
                                  const binary::ExternType& type, const Scope& scope) {
  if (const auto* instance = std::get_if<binary::InstanceRef>(&type)) {
    const TypeDef found = FAVO_TRY(at(scope.types, instance->type, "type"));
    const auto* closure = std::get_if<InstanceTypeClosure>(&found);
    if (closure == nullptr) return FAVO_BUG("an import of an instance has no instance type");
    return Item(FAVO_TRY(provide_instance(member_interface(interface, name), *closure)));
  }
  if (const auto* func = std::get_if<binary::FuncRef>(&type)) {
    const types::FuncType* func_type = FAVO_TRY(types_.func_type(func->type, scope));
    state_.plan.root_imports.push_back(
        ImportedFunc{std::string(interface), std::string(name), *func_type, ""});
    return Item(state_.add_func(HostFunc{std::string(interface), std::string(name), *func_type}));
  }
  if (const auto* bound = std::get_if<binary::TypeBound>(&type)) {
    return provide_type(interface, name, *bound, scope);
  }
  if (const auto* ref = std::get_if<binary::CoreModuleRef>(&type)) {
    const auto* module = FAVO_TRY(at(scope.core_types, ref->type, "core type"));
    if (module == nullptr) return FAVO_BUG("an import of a core module has no module type");
    return provide_module(interface, name, *module);
  }
  if (std::holds_alternative<binary::ValueRef>(type)) {
    return unsupported("cm-values", "import {}: the host cannot provide a value",
                       quoted(interface, name));
  }
  return error(Code::NotFound, "import {}: the host does not offer components",
               quoted(interface, name));
}

Result<Item> HostImports::provide_type(std::string_view interface, std::string_view name,
                                       const binary::TypeBound& bound, const Scope& scope) {
  const auto note = [&](ResourceId resource, bool alias) {
    state_.plan.root_imports.push_back(
        ImportedResource{std::string(interface), std::string(name), resource, alias});
  };
  if (const auto* eq = std::get_if<binary::EqBound>(&bound)) {
    const TypeDef type = FAVO_TRY(at(scope.types, eq->type, "type"));
    if (const auto* resource = std::get_if<ResourceId>(&type)) note(*resource, true);
    return Item(type);
  }
  const ResourceId resource = state_.host_resource(interface, name);
  note(resource, false);
  return Item(TypeDef(resource));
}

Result<Item> HostImports::provide_module(std::string_view interface, std::string_view name,
                                         const binary::CoreModuleType& type) {
  const auto found = modules_.find(std::pair(std::string(interface), std::string(name)));
  if (found == modules_.end()) {
    return error(Code::NotFound, "import {}: the host does not offer this core module",
                 quoted(interface, name));
  }
  auto fits = validate::check_core_module(found->second, type);
  if (!fits) {
    return error(Code::InvalidComponent,
                 "import {}: the host offers a core module of another type: {}",
                 quoted(interface, name), fits.error().message());
  }
  return Item(FAVO_TRY(state_.add_module({found->second, 0})));
}

Result<const Exports*> HostImports::provide_instance(const std::string& interface,
                                                     const InstanceTypeClosure& type) {
  Scope& scope = state_.type_scopes.emplace_back();
  scope.parent = type.scope;
  Exports& exports = state_.exports.emplace_back();
  for (const auto& declaration : type.type->declarations) {
    FAVO_TRY(state_.charge(1));
    FAVO_TRY(declare(interface, declaration, scope, exports));
  }
  return &exports;
}

Result<void> HostImports::declare(const std::string& interface,
                                  const binary::Declaration& declaration, Scope& scope,
                                  Exports& exports) {
  if (const auto* type = std::get_if<std::unique_ptr<binary::Type>>(&declaration)) {
    scope.types.push_back(FAVO_TRY(types_.define(**type, scope)));
    return {};
  }
  if (const auto* alias = std::get_if<binary::Alias>(&declaration)) {
    if (alias->sort == binary::Sort::CoreType) return alias_core_type(scope, *alias);
    scope.add(FAVO_TRY(resolve_alias(scope, *alias)));
    return {};
  }
  if (const auto* exported = std::get_if<binary::ExportDecl>(&declaration)) {
    const Item item = FAVO_TRY(provide(interface, exported->name.name, exported->type, scope));
    scope.add(item);
    exports.add(exported->name.name, item);
    return {};
  }
  if (const auto* type = std::get_if<binary::CoreType>(&declaration)) {
    scope.add(*type);
    return {};
  }
  return FAVO_BUG("an instance type declares an import");
}

}  // namespace favo::link
