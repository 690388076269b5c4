#pragma once

#include "component/binary/ast.h"
#include "component/link/scope.h"
#include "component/link/state.h"
#include "component/link/type_resolver.h"

namespace favo::link {

/// Turns an import of the outermost component into what the host will provide: functions and
/// resources that know the interface and the name they were imported by.
///
/// Errors: `Unsupported` for imports of components, core modules, values and nested instances.
class HostImports {
 public:
  HostImports(State& state, TypeResolver& types) : state_(state), types_(types) {}

  Result<Item> provide(const binary::ExternName& name, const binary::ExternType& type,
                       const Scope& scope);

 private:
  Result<Item> provide(std::string_view interface, std::string_view name,
                       const binary::ExternType& type, const Scope& scope);
  Result<const Exports*> provide_instance(const std::string& interface,
                                          const InstanceTypeClosure& type);
  Result<void> declare(const std::string& interface, const binary::Declaration& declaration,
                       Scope& scope, Exports& exports);

  State& state_;
  TypeResolver& types_;
};

}  // namespace favo::link
