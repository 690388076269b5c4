#include "base/unsupported.h"

namespace favo {

std::string_view feature_of(const Error& error) {
  constexpr std::string_view kMark = " (not built: ";
  const std::string_view message = error.message();
  const std::size_t mark = message.rfind(kMark);
  if (mark == std::string_view::npos || !message.ends_with(')')) return "other";
  const std::size_t start = mark + kMark.size();
  return message.substr(start, message.size() - 1 - start);
}

}  // namespace favo
