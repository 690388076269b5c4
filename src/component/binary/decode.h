#pragma once

#include "base/bytes.h"
#include "component/binary/ast.h"

namespace favo::binary {

/// Decodes a component, whole: every production of Binary.md, gated features included (whether
/// they are on is the validator's business).
///
/// `bytes` must outlive the tree, which borrows names and core modules from it.
/// Cost: linear; memory is bounded by the input, since counts are checked against the bytes left.
/// Errors: `InvalidComponent` with the offset. A core module gets an error that says so and what
///         to do: "this is a core module, not a component (wrap it with …)".
Result<Component> decode(Bytes bytes);

}  // namespace favo::binary
