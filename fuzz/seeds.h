#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace favo::fuzz {

/// The seeds of one target by name: each `.wat` of a folder as a binary module or component, every
/// other file as it is.
Result<std::map<std::string, std::vector<std::uint8_t>>> read_seeds(
    const std::filesystem::path& folder);

}  // namespace favo::fuzz
