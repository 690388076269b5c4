#include "component/values/value.h"

#include <bit>
#include <cmath>

namespace favo::values {

void dispose(const Value& value) {
  if (const auto* handle = std::get_if<Handle>(&value.data)) {
    if (handle->own && handle->type && handle->type->destroy) handle->type->destroy(handle->rep);
  } else if (const auto* parts = std::get_if<Value::Parts>(&value.data)) {
    for (const Value& part : *parts) dispose(part);
  } else if (const auto* chosen = std::get_if<Case>(&value.data)) {
    for (const Value& payload : chosen->payload) dispose(payload);
  }
}

std::uint64_t canonicalize_nan32(std::uint32_t bits) {
  return std::isnan(std::bit_cast<float>(bits)) ? kNan32 : bits;
}

std::uint64_t canonicalize_nan64(std::uint64_t bits) {
  return std::isnan(std::bit_cast<double>(bits)) ? kNan64 : bits;
}

}  // namespace favo::values
