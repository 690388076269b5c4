#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "policy/grants.h"

namespace favo::server {

/// What the components of an application were granted. A component of a composed application gets
/// what its part was, whatever the others have (`compose::part_of` tells which part it is); what
/// lies inside of a part gets the same, or what `part.name` was.
struct Granted {
  Granted() = default;
  /// All components alike.
  Granted(policy::Grants everyone) : others(std::move(everyone)) {}

  policy::Grants others;  ///< of components that belong to none of `parts`
  std::map<std::string, policy::Grants, std::less<>> parts;  ///< `core`, `core.parser`
  /// Bytes of memory that a part may have, within what all may have together; for a part that is
  /// not here there is that limit alone.
  std::map<std::string, std::uint64_t, std::less<>> memory;
};

}  // namespace favo::server
