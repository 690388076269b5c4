#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "component/types/types.h"

namespace favo::types {

/// Core types a component-level value flattens to.
enum class Flat : std::uint8_t { I32, I64, F32, F64 };

/// Of pointers and lengths: the address type of the memory that the canonical options name.
enum class PointerSize : std::uint8_t { Bits32, Bits64 };

/// Size and alignment in linear memory, in bytes, for 32-bit pointers.
/// Spec: CanonicalABI.md, "Alignment", "Element Size". Cost: O(1).
///
/// Valid types stay far below `kMaxSize`; the size of any other saturates there instead of
/// wrapping.
struct Layout {
  std::uint64_t size;
  std::uint32_t align;
};
Layout layout(const TypeTable& table, TypeId type);
constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 48;

/// `offset` rounded up to `align`, a power of two.
constexpr std::uint64_t align_to(std::uint64_t offset, std::uint32_t align) {
  return (offset + align - 1) & ~(std::uint64_t{align} - 1);
}

/// Bytes of the discriminant of a variant, enum, option or result with `cases` cases: 1, 2 or 4.
std::uint32_t discriminant_size(std::size_t cases);

/// Bytes of the integer that `labels` flags take: 1, 2 or 4.
std::uint32_t flags_size(std::size_t labels);

/// The payloads of a variant, enum, option or result, by discriminant; empty for other types.
/// Spec: CanonicalABI.md, "Despecialization". Cost: one vector.
std::vector<std::optional<TypeId>> cases_of(const TypeTable& table, TypeId type);

/// Where the payload of such a type begins, counted from the discriminant.
std::uint32_t payload_offset(const TypeTable& table,
                             const std::vector<std::optional<TypeId>>& cases);

constexpr std::size_t kMaxFlatParams = 16;
constexpr std::size_t kMaxFlatResults = 1;

/// Flat types of a value. Spec: CanonicalABI.md, "Flattening". Stops after `limit` entries, so that
/// a long fixed-length list costs no memory. REQUIRES: limit <= kMaxFlatten
constexpr std::size_t kMaxFlatten = 64;
std::vector<Flat> flatten(const TypeTable& table, TypeId type, std::size_t limit = kMaxFlatten,
                          PointerSize size = PointerSize::Bits32);

/// The core signature of a function lifted or lowered synchronously.
struct CoreSignature {
  std::vector<Flat> params;
  std::vector<Flat> results;
  bool params_in_memory = false;  ///< more than kMaxFlatParams: one pointer instead
  bool result_in_memory = false;  ///< more than kMaxFlatResults: a return pointer
};
CoreSignature lift_signature(const TypeTable& table, const FuncType& func);
CoreSignature lower_signature(const TypeTable& table, const FuncType& func);

}  // namespace favo::types
