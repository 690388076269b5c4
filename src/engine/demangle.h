#pragma once

#include <string>
#include <string_view>

namespace favo::engine {

/// A function's name as its programmer wrote it, from what a compiler of Rust made of it (or of
/// C++, where it is a plain path). Generic arguments and hashes are left out. Other names, and
/// damaged ones, stay as they are.
///
/// Names are a guest's: recursion, steps and the length of the result are bounded.
std::string demangle(std::string_view name);

}  // namespace favo::engine
