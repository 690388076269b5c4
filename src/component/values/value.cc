#include "component/values/value.h"

#include <bit>
#include <cmath>

namespace favo::values {

std::uint64_t canonicalize_nan32(std::uint32_t bits) {
  return std::isnan(std::bit_cast<float>(bits)) ? kNan32 : bits;
}

std::uint64_t canonicalize_nan64(std::uint64_t bits) {
  return std::isnan(std::bit_cast<double>(bits)) ? kNan64 : bits;
}

}  // namespace favo::values
