#pragma once

#include <cstddef>

#include "base/result.h"
#include "component/binary/ast.h"
#include "component/validate/scope.h"
#include "component/validate/type_arena.h"
#include "component/validate/validate.h"

/// `defvaltype` and `functype`. Private to `component/validate`. Spec: Binary.md, "Type
/// Definitions".
namespace favo::validate {

/// Adds the value or function type that a type definition makes.
/// REQUIRES: neither a component, nor an instance, nor a resource type.
Result<TypeRef> define_type(TypeArena& arena, const Scope& scope, const Features& features,
                            const binary::Type& type);

}  // namespace favo::validate
