#pragma once

#include <span>
#include <string>
#include <string_view>

namespace favo::cli {

/// The candidate that `typed` was most likely meant to be, or empty when none is close: at most one
/// edit (insertion, deletion, substitution, swap of neighbours) per three characters, or a prefix.
std::string_view nearest(std::string_view typed, std::span<const std::string> candidates);

}  // namespace favo::cli
