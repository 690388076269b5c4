#include "component/link/host.h"

namespace favo::link {
namespace {

std::string quoted(std::string_view interface, std::string_view name) {
  return interface.empty() ? format("{:?}", name) : format("{:?} of {:?}", name, interface);
}

}  // namespace

Result<Item> HostImports::provide(const binary::ExternName& name, const binary::ExternType& type,
                                  const Scope& scope) {
  const std::string full = full_name(name);
  return provide("", full, type, scope);
}

/// Whatever is imported, as a member of `interface` or, if that is empty, imported by itself.
Result<Item> HostImports::provide(std::string_view interface, std::string_view name,
                                  const binary::ExternType& type, const Scope& scope) {
  if (const auto* func = std::get_if<binary::FuncRef>(&type)) {
    const types::FuncType* func_type = FAVO_TRY(types_.func_type(func->type, scope));
    return Item(state_.add_func(HostFunc{std::string(interface), std::string(name), *func_type}));
  }
  if (const auto* bound = std::get_if<binary::TypeBound>(&type)) {
    if (const auto* eq = std::get_if<binary::EqBound>(bound)) {
      return Item(FAVO_TRY(at(scope.types, eq->type, "type")));
    }
    return Item(TypeDef(state_.host_resource(interface, name)));
  }
  if (std::holds_alternative<binary::CoreModuleRef>(type)) return provide_module(interface, name);
  if (const auto* instance = std::get_if<binary::InstanceRef>(&type)) {
    const TypeDef found = FAVO_TRY(at(scope.types, instance->type, "type"));
    const auto* closure = std::get_if<InstanceTypeClosure>(&found);
    if (closure == nullptr) return FAVO_BUG("an import of an instance has no instance type");
    const std::string full =
        interface.empty() ? std::string(name) : format("{}/{}", interface, name);
    return Item(FAVO_TRY(provide_instance(full, *closure)));
  }
  const std::string_view what =
      std::holds_alternative<binary::ValueBound>(type) ? "a value" : "a component";
  return error(Code::Unsupported, "import {}: the host cannot provide {}", quoted(interface, name),
               what);
}

Result<Item> HostImports::provide_module(std::string_view interface, std::string_view name) {
  const auto found = modules_.find({std::string(interface), std::string(name)});
  if (found == modules_.end()) {
    return error(Code::NotFound, "import {}: the host does not offer this core module",
                 quoted(interface, name));
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
    // Core types matter to the engine's validation only.
    if (alias->sort == binary::Sort::CoreType) return {};
    scope.add(FAVO_TRY(resolve_alias(scope, *alias)));
    return {};
  }
  if (const auto* exported = std::get_if<binary::ExportDecl>(&declaration)) {
    const Item item = FAVO_TRY(provide(interface, exported->name.name, exported->type, scope));
    scope.add(item);
    exports.add(exported->name.name, item);
    return {};
  }
  if (std::holds_alternative<binary::CoreType>(declaration)) return {};
  return FAVO_BUG("an instance type declares an import");
}

}  // namespace favo::link
