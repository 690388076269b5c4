#pragma once

#include <string>

namespace favo::compile {

/// The instruction set extensions of this machine, as opaque text for cache keys: code compiled for
/// one machine does not run on a lesser one that shares the cache directory.
std::string cpu_features();

}  // namespace favo::compile
