#pragma once

#include <map>
#include <string>
#include <utility>

#include "policy/grants.h"

namespace favo::server {

/// What the components of an application were granted. A component of a composed application gets
/// what its part was, whatever the others have (`compose::part_of` tells which part it is).
struct Granted {
  Granted() = default;
  /// All components alike.
  Granted(policy::Grants everyone) : others(std::move(everyone)) {}

  policy::Grants others;  ///< of components that belong to none of `parts`
  std::map<std::string, policy::Grants, std::less<>> parts;
};

}  // namespace favo::server
