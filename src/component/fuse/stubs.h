#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "wasm/types.h"

/// Bodies (local declarations and code, without size) of the functions the fuser writes itself.
namespace favo::fuse {

/// The flag that says whether the calling component may be left, and what to call if not.
struct LeaveGuard {
  std::uint32_t may_leave;  ///< a global
  std::uint32_t trap;       ///< the host's, which takes an `AdapterTrap`
};

/// Calls `import`, which has the lowered signature and one more result, and asks again after each
/// wait for as long as that result says "pending" (see fuse.h).
std::vector<std::uint8_t> trampoline(const wasm::FuncType& lowered, std::uint32_t import,
                                     std::uint32_t wait,
                                     std::optional<LeaveGuard> guard = std::nullopt);

/// Calls `import`, which never returns.
std::vector<std::uint8_t> trap_stub(std::uint32_t import);

/// `memory.grow` or `table.grow` within a budget: `(value, delta) -> old size or -1`, the value for
/// tables only. Growing by nothing asks nobody; what is as large as its type allows is refused
/// without charging the budget.
struct Growth {
  bool table = false;
  std::uint32_t index = 0;  ///< the memory or table
  wasm::Limits limits;
  std::uint32_t ask = 0;  ///< the host's `(index: i32, delta: i64) -> i32`
};
std::vector<std::uint8_t> grow_function(const Growth& growth);
/// `element`: the table's element type, in the fused module.
wasm::FuncType grow_type(const Growth& growth, const wasm::ValType& element);

}  // namespace favo::fuse
