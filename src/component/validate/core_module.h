#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "component/binary/ast.h"

namespace favo::validate {

/// Whether a core module may stand for an import of type `expected`: it asks for no more and gives
/// no less.
///
/// REQUIRES: the engine accepted `module`; `expected` is part of a valid component.
/// Errors: InvalidComponent; Unsupported when `expected` refers to core types of outer components.
Result<void> check_core_module(Bytes module, const binary::CoreModuleType& expected);

}  // namespace favo::validate
