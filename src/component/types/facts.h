#pragma once

#include <cstdint>
#include <vector>

#include "component/types/layout.h"
#include "component/types/types.h"

namespace favo::types {

/// How a value of a type lies in memory, and which core values it flattens to, where pointers have
/// one given size.
struct Shape {
  Layout layout = {0, 1};
  /// At most `kMaxFlatten` of them.
  std::vector<Flat> flat = {};
};

/// What follows from a type alone, computed once when it is interned.
struct TypeFacts {
  Shape shape;    ///< for 32-bit pointers
  Shape shape64;  ///< for 64-bit pointers, by which validation limits sizes
  /// Whether a `borrow` lies inside; elements of streams and futures count.
  bool contains_borrow = false;
  /// Whether a string or a list without fixed length lies inside, so that lifting or lowering needs
  /// linear memory; elements of streams and futures don't count.
  bool contains_pointer = false;
  /// 1 for a type without parts.
  std::uint32_t depth = 1;

  const Shape& of(PointerSize size) const { return size == PointerSize::Bits32 ? shape : shape64; }
};

/// REQUIRES: the parts of `type` are in `table`.
TypeFacts compute_facts(const TypeTable& table, const Type& type);

}  // namespace favo::types
