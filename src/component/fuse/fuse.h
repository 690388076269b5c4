#pragma once

#include <cstdint>
#include <vector>

#include "component/fuse/program.h"
#include "component/link/plan.h"

namespace favo::fuse {

struct Fused {
  std::vector<std::uint8_t> module;  ///< one core module (multi-memory)
  Program program;
};

/// Writes the plan as one core module.
///
/// Host functions never suspend; one that cannot finish says so. Around each import the fuser emits
/// a trampoline with the lowered signature:
///
///   loop
///     call $import(params…)          ;; → (results…, pending: i32)
///     br_if 0-done when pending == 0
///     call $wait                     ;; the one suspending import
///     br loop                        ;; asks again, with the same parameters
///
/// Cost: linear in the size of the modules.
/// Errors: `Unsupported` for what is valid but not built; `InvalidComponent` for a malformed
/// module.
Result<Fused> fuse(const link::Plan& plan);

}  // namespace favo::fuse
