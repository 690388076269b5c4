#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace favo::wasm {

/// What code may change of its instance besides memories and globals.
struct Effects {
  bool tables = false;
  bool segments = false;  ///< drops some
};

/// New indices by old ones, and instructions to put in place of some. Borrowed.
struct Renumbering {
  std::span<const std::uint32_t> types, functions, tables, memories, globals, tags, elements, datas;

  /// By old global index: an encoded constant instruction to write for `global.get`; empty keeps
  /// it.
  std::span<const Bytes> constants;
  /// By old index: the (new) function to call for `memory.grow` and `table.grow`.
  std::span<const std::uint32_t> memory_grow, table_grow;

  /// Null: nobody asks. What rewritten bodies may do is added to it.
  Effects* effects = nullptr;
};

/// Appends the body (local declarations and instructions, without its size) to `out`.
///
/// Cost: runs of bytes between changed indices are copied at once.
/// Errors: `InvalidComponent` with the offset for malformed code or an index out of range; what was
///         appended is then of no use.
Result<> rewrite_body(Bytes code, std::size_t offset, const Renumbering& map,
                      std::vector<std::uint8_t>& out);

/// The same for one constant expression, `end` included.
Result<> rewrite_expression(Bytes code, std::size_t offset, const Renumbering& map,
                            std::vector<std::uint8_t>& out);

}  // namespace favo::wasm
