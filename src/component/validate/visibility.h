#pragma once

#include <cstddef>

#include "base/result.h"
#include "component/validate/scope.h"
#include "component/validate/type_arena.h"

/// Which types outsiders could write down. Private to `component/validate`.
/// Spec: Explainer.md, "External Visibility of Types".
namespace favo::validate {

/// Checks that an import or export mentions only types with an externally visible name (of imports,
/// when it is one), and notes the names that it brings itself.
/// REQUIRES: `scope` is of a component or component type; in instance types nothing is checked.
Result<void> expose(Scope& scope, bool is_import, const Entity& entity, TypeArena& arena,
                    std::size_t offset);

/// Adds to `resources` those that `type` mentions but does not bind.
Result<void> free_resources(TypeRef type, TypeArena& arena, std::size_t offset,
                            std::unordered_set<ResourceId>& resources);

/// Where each of `resources` is exported as a type: by name, or within an exported instance. Those
/// that are not are left out.
Result<std::unordered_map<ResourceId, Path>> exported_at(const Items& exports,
                                                         const std::vector<ResourceId>& resources,
                                                         TypeArena& arena, std::size_t offset);

}  // namespace favo::validate
