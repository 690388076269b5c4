#pragma once

#include <cstdint>
#include <vector>

#include "component/types/types.h"

namespace favo::types {

/// Core types a component-level value flattens to.
enum class Flat : std::uint8_t { I32, I64, F32, F64 };

/// Size and alignment in linear memory, in bytes, for 32-bit pointers.
/// Spec: CanonicalABI.md, "Alignment", "Element Size".
struct Layout { std::uint64_t size; std::uint32_t align; };
Layout layout(const TypeTable& table, TypeId type);

constexpr std::size_t kMaxFlatParams = 16;
constexpr std::size_t kMaxFlatResults = 1;

/// Flat types of a value. Spec: CanonicalABI.md, "Flattening". Stops after `limit` entries, so that
/// a long fixed-length list costs no memory.
std::vector<Flat> flatten(const TypeTable& table, TypeId type, std::size_t limit = 64);

/// The core signature of a function lifted or lowered synchronously.
struct CoreSignature {
  std::vector<Flat> params;
  std::vector<Flat> results;
  bool params_in_memory = false;   ///< more than kMaxFlatParams: one pointer instead
  bool result_in_memory = false;   ///< more than kMaxFlatResults: a return pointer
};
CoreSignature lift_signature(const TypeTable& table, const FuncType& func);
CoreSignature lower_signature(const TypeTable& table, const FuncType& func);

}  // namespace favo::types
