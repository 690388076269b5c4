#pragma once

#include <cstddef>

namespace favo::app::testing {

/// How often this test program has asked for memory.
std::size_t allocations();

}  // namespace favo::app::testing
