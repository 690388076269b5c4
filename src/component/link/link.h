#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "component/binary/ast.h"
#include "component/link/plan.h"

namespace favo::link {

/// Core modules that the host offers, by interface (empty at the root) and name.
using HostModules = std::map<std::pair<std::string, std::string>, Bytes>;

/// Interprets the instantiation of a valid component. `name` is the path of the outermost instance.
///
/// REQUIRES: `component` passed validation. The plan borrows core modules from its bytes and from
///           `modules`.
/// Errors: `NotFound` for a core module that the host does not offer; `Unsupported` for what is
///         valid but not built, with the path of the component.
Result<Plan> link(const binary::Component& component, std::string_view name,
                  const HostModules& modules = {});

}  // namespace favo::link
