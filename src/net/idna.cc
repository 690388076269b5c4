#include "net/idna.h"

#include <idn2.h>

#include <algorithm>

namespace favo::net {
namespace {

/// Longer ones are no names in any form: a label has at most 63 octets, and a character four here.
constexpr std::size_t kMostBytes = 1024;

}  // namespace

std::optional<std::string> to_ascii(std::string_view name) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::ranges::all_of(name, is_ascii)) return std::string(name);
  if (name.size() > kMostBytes || name.contains('\0')) return std::nullopt;
  char* found = nullptr;
  const int failed =
      idn2_to_ascii_8z(std::string(name).c_str(), &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  if (failed != IDN2_OK) return std::nullopt;
  std::string ascii(found);
  idn2_free(found);
  return ascii;
}

}  // namespace favo::net
