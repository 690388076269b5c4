#pragma once

#include "component/binary/ast.h"
#include "component/link/link.h"
#include "component/link/scope.h"
#include "component/link/state.h"
#include "component/link/type_resolver.h"

namespace favo::link {

/// Turns an import of the outermost component into what the host will provide: functions and
/// resources that know the interface and the name they were imported by.
///
/// Members of an instance inside an instance belong to the interface `outer/inner`.
///
/// Errors: `Unsupported` for imports of values, `NotFound` for those of components; those of core
///         modules as `link` tells.
class HostImports {
 public:
  /// All that is passed must outlive the object.
  HostImports(State& state, TypeResolver& types, const HostModules& modules)
      : state_(state), types_(types), modules_(modules) {}

  Result<Item> provide(const binary::ExternName& name, const binary::ExternType& type,
                       const Scope& scope);

 private:
  Result<Item> provide(std::string_view interface, std::string_view name,
                       const binary::ExternType& type, const Scope& scope);
  Result<Item> provide_type(std::string_view interface, std::string_view name,
                            const binary::TypeBound& bound, const Scope& scope);
  Result<Item> provide_module(std::string_view interface, std::string_view name,
                              const binary::CoreModuleType& type);
  Result<const Exports*> provide_instance(const std::string& interface,
                                          const InstanceTypeClosure& type);
  Result<void> declare(const std::string& interface, const binary::Declaration& declaration,
                       Scope& scope, Exports& exports);

  State& state_;
  TypeResolver& types_;
  const HostModules& modules_;
};

/// What the members of an instance `name` inside `interface` have for an interface.
std::string member_interface(std::string_view interface, std::string_view name);

}  // namespace favo::link
