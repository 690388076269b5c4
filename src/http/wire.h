#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

#include "http/buffer.h"

/// How HTTP/1 is written (RFC 9112). No checks: names and values were checked before.
namespace favo::http {

inline void append_number(Buffer& buffer, std::uint64_t value, int base) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
  buffer.append({digits, static_cast<std::size_t>(end - digits)});
}

inline void append_field(Buffer& buffer, std::string_view name, std::string_view value) {
  buffer.append(name);
  buffer.append(": ");
  buffer.append(value);
  buffer.append("\r\n");
}

}  // namespace favo::http
