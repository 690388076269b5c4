#pragma once

#include <initializer_list>

#include "fs/file.h"

namespace favo::cli {

/// For commands that start others, which must end before we do: the signals no longer end the
/// process but make the descriptor readable, from now on and in all threads that are started. Nor
/// does it end the process when whoever reads our output goes away.
fs::Fd take_signals(std::initializer_list<int> signals);

}  // namespace favo::cli
