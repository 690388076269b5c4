#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "component/fuse/program.h"

namespace favo::cli {

/// Something of the world outside that a component could ask for, judged by the functions it
/// imports and calls: an upper bound of what it does.
struct Capability {
  std::string_view name;   ///< `network`
  std::string_view grant;  ///< how it is granted, or that it is not
  std::vector<std::string> interfaces;
};

/// What Favo does not know.
constexpr std::string_view kOther = "other";

/// In a fixed order; only those with interfaces.
std::vector<Capability> capabilities_of(const fuse::Program& program);

}  // namespace favo::cli
