#pragma once

#include <string_view>

#include "base/result.h"
#include "component/binary/ast.h"
#include "component/link/plan.h"

namespace favo::link {

/// Interprets the instantiation of a valid component. `name` is the path of the outermost instance.
///
/// REQUIRES: `component` passed validation. The plan borrows core modules from its bytes.
/// Errors: `Unsupported` for what is valid but not built, with the path of the component.
Result<Plan> link(const binary::Component& component, std::string_view name);

}  // namespace favo::link
