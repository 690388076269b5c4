#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "component/binary/ast.h"
#include "component/link/plan.h"

namespace favo::link {

/// Core modules that the host offers, by interface (empty at the root) and name. The plan borrows
/// their bytes.
using HostModules = std::map<std::pair<std::string, std::string>, Bytes, std::less<>>;

/// Interprets the instantiation of a valid component. `name` is the path of the outermost instance.
///
/// REQUIRES: `component` passed validation. The plan borrows core modules from its bytes.
/// Errors: `Unsupported` for what is valid but not built, with the path of the component; NotFound
///         for a core module that is not among `modules`, InvalidComponent for one of another type.
Result<Plan> link(const binary::Component& component, std::string_view name,
                  const HostModules& modules = {});

}  // namespace favo::link
