#pragma once

#include "base/result.h"
#include "component/binary/ast.h"
#include "component/validate/type_arena.h"
#include "component/validate/validate.h"

namespace favo::validate {

/// What validation learnt about a component: the types of its imports and exports.
///
/// Ownership: names borrow from the bytes that were decoded.
struct TypedComponent {
  TypeArena arena;
  TypeRef type;  ///< TypeRef::Kind::Component, in `arena`
};

/// Validates, and keeps the types. Errors: as `validate`.
Result<TypedComponent> type_component(const binary::Component& component, const Features& features,
                                      const CoreValidator& core);

}  // namespace favo::validate
