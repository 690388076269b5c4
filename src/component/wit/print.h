#pragma once

#include <string>

#include "base/result.h"
#include "component/binary/ast.h"

namespace favo::wit {

struct PrintOptions {
  /// Also print what each imported and exported interface holds, by package, behind the world.
  bool interfaces = false;
};

/// What a component imports and exports, as WIT text for people:
///
///   world root {
///     import wasi:io/error@0.2.12;
///     import log: func(line: string);
///     export wasi:cli/run@0.2.12;
///   }
///
/// What WIT has no words for (core modules, components, values) becomes a comment. Core modules are
/// not validated.
///
/// Cost: that of validating the component without its code.
/// Errors: `InvalidComponent` with the offset.
Result<std::string> print_world(const binary::Component& component,
                                const PrintOptions& options = {});

}  // namespace favo::wit
