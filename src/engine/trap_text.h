#pragma once

#include <string>

namespace favo::engine {

/// The engine's text for a trap, for people: why first, then where. It tells the backtrace first,
/// which may be long, and names the nameless module of every frame, and functions as a compiler
/// mangled them. Other texts stay as they are.
std::string cause_first(std::string text);

}  // namespace favo::engine
