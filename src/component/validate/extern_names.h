#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"
#include "component/binary/ast.h"
#include "component/types/name.h"
#include "component/validate/type_arena.h"
#include "component/validate/validate.h"

/// The names of imports and exports. Private to `component/validate`.
/// Spec: Explainer.md, "Import and Export Definitions"; Binary.md, notes there.
namespace favo::validate {

/// The imports, or the exports, of one component, component type or instance type: their names
/// differ strongly, and those of methods fit the resources named before.
class NameScope {
 public:
  /// Notes that a resource is called `name` here.
  void add_resource(std::string_view name, TypeRef resource);

  /// Checks a name, its attributes, and the type it puts demands on, and notes it.
  /// `side`: "import" or "export", for messages.
  Result<void> add(const binary::ExternName& name, const Entity& entity, const TypeArena& arena,
                   const Features& features, std::string_view side);

 private:
  Result<void> check_member(const types::ExternName& name, const Entity& entity,
                            const TypeArena& arena, std::size_t offset) const;
  Result<void> check_resource(TypeRef resource, std::string_view name, std::size_t offset) const;

  std::unordered_set<std::string> keys_;  ///< types::uniqueness_key
  TypeRefMap<std::string_view> resources_;
  std::unordered_set<std::string_view> resource_names_;
};

}  // namespace favo::validate
