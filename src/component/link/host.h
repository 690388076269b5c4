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
/// Errors: `NotFound` for core modules that are not offered, `Unsupported` for imports of
/// components
///         and values.
class HostImports {
 public:
  HostImports(State& state, TypeResolver& types, const HostModules& modules)
      : state_(state), types_(types), modules_(modules) {}

  Result<Item> provide(const binary::ExternName& name, const binary::ExternType& type,
                       const Scope& scope);

 private:
  Result<Item> provide(std::string_view interface, std::string_view name,
                       const binary::ExternType& type, const Scope& scope);
  Result<Item> provide_module(std::string_view interface, std::string_view name);
  Result<const Exports*> provide_instance(const std::string& interface,
                                          const InstanceTypeClosure& type);
  Result<void> declare(const std::string& interface, const binary::Declaration& declaration,
                       Scope& scope, Exports& exports);

  State& state_;
  TypeResolver& types_;
  const HostModules& modules_;
};

}  // namespace favo::link
