#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "component/validate/core_types.h"
#include "component/validate/type_arena.h"

/// Whether one import or export may stand for another. Private to `component/validate`.
/// Spec: Explainer.md, "Instance Definitions" and "Type Definitions".
namespace favo::validate {

/// Instances may have more exports, components may import less and export more, core modules
/// likewise. Value and function types must be equal: the specification leaves room for more, but
/// no toolchain relies on it, and equal types need no conversion at run time.
///
/// Errors end in the offset that the constructor was given.
class Subtyping {
 public:
  Subtyping(TypeArena& arena, const CoreTypes& core, const std::vector<ModuleType>& modules,
            std::size_t offset)
      : arena_(arena), core_(core), modules_(modules), offset_(offset) {}

  Result<void> check(const Entity& actual, const Entity& expected);
  /// Whether `actual` may be exported as `ascribed`, whose own bound resources hide those of
  /// `actual`: `(type (sub resource))` makes any resource abstract.
  Result<void> check_ascription(const Entity& actual, const Entity& ascribed);
  /// Value types only.
  Result<void> check_value(TypeRef actual, TypeRef expected);

  enum class Side : std::uint8_t { Imports, Exports };
  /// Checks `supplied` against what a component type imports (or exports), and says which
  /// resources and types of it thereby stand for which supplied ones.
  Result<Substitution> supply(const Items& supplied, TypeRef component, Side side);

 private:
  Error mismatch(std::string_view expected, std::string_view actual) const;
  Error missing(std::string_view what, std::string_view name, const Items& found) const;
  Result<void> check_func(TypeRef actual, TypeRef expected);
  Result<void> check_instance(TypeRef actual, TypeRef expected);
  Result<void> check_exports(const Items& found, const Items& wanted);
  Result<void> check_component(TypeRef actual, TypeRef expected);
  Result<void> check_type(TypeRef actual, TypeRef expected);
  /// The resource found among `supplied` where `wanted` has one at `path`; empty when there is
  /// none.
  std::optional<ResourceId> follow(const Items& supplied, const Items& wanted,
                                   const Path& path) const;
  /// Notes that the types `expected` brings are those of `actual`.
  Result<void> rename(const Entity& actual, const Entity& expected, TypeRefMap<TypeRef>& names);

  TypeArena& arena_;
  const CoreTypes& core_;
  const std::vector<ModuleType>& modules_;
  std::size_t offset_;
};

}  // namespace favo::validate
