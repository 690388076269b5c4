#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/capabilities.h"

namespace favo::cli {

/// How what a component could ask for differs from an older version of it.
struct CapabilityDiff {
  std::string old_name, new_name;
  /// Only with the interfaces (or functions) that came or went.
  std::vector<Capability> added, removed;
  /// The new version wants something that the old one did not: an interface, whatever its version,
  /// or, of preview 1, whose functions share one interface, a capability.
  bool more = false;
};

CapabilityDiff diff(std::span<const Capability> before, std::span<const Capability> after);

std::string to_text(const CapabilityDiff& diff);
std::string to_json(const CapabilityDiff& diff);

}  // namespace favo::cli
