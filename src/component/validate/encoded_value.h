#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "component/types/types.h"

/// Value definitions. Private to `component/validate`.
namespace favo::validate {

/// Checks that `bytes` encode one value of the type, to the last byte. `offset`: where they begin.
/// Spec: Binary.md, "Value Definitions".
Result<void> check_encoded_value(const types::TypeTable& table, types::TypeId type, Bytes bytes,
                                 std::size_t offset);

}  // namespace favo::validate
