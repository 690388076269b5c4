#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "component/fuse/graph.h"
#include "wasm/opcode.h"

namespace favo::fuse {

/// A value known at link time: what one constant instruction produces.
struct Constant {
  /// I32Const, I64Const, F32Const, F64Const, V128Const, RefFunc or RefNull.
  wasm::Op op;
  /// The number's bits; for RefFunc a `FuncId`, for RefNull the heap type as the fused module names
  /// it.
  std::uint64_t low = 0, high = 0;

  bool is_number() const { return op != wasm::Op::RefFunc && op != wasm::Op::RefNull; }
  /// Appends the instruction; `functions` are the new numbers by FuncId.
  void write(std::span<const std::uint32_t> functions, ByteWriter& writer) const;
};

/// Which constant expressions have a value at link time. Every global is defined in the fused
/// module, so an immutable one whose initialiser has a value is that value wherever it is read:
/// offsets of segments become numbers, which is what lets the engine map memory images and
/// precompute tables.
class Constants {
 public:
  /// Evaluates the initialisers of all immutable globals.
  explicit Constants(const Graph& graph);

  /// The value of an expression written in `instance`'s module; nothing when it takes more than the
  /// engine's constant instructions on numbers (allocations of the GC proposal, say).
  std::optional<Constant> evaluate(const Instance& instance, Bytes expression) const;

  /// By index of the fused module.
  const std::optional<Constant>& global(std::uint32_t index) const { return globals_[index]; }

 private:
  std::vector<std::optional<Constant>> globals_;
};

}  // namespace favo::fuse
