#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favo::fuzz {

/// A module or component in text as binary.
Result<std::vector<std::uint8_t>> from_text(std::string_view text);

}  // namespace favo::fuzz
