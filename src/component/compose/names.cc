#include "component/compose/names.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "component/compose/compose.h"
#include "component/types/name.h"

namespace favo::compose {
namespace {

bool is_part_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

/// The digits at the front, taken off.
std::string_view take_number(std::string_view& text) {
  const std::size_t end = std::min(text.find('.'), text.size());
  const std::string_view number = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return number;
}

}  // namespace

bool is_part_name(std::string_view name) {
  constexpr std::size_t kLongest = 40;
  return !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, is_part_letter);
}

std::string_view part_of(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {};
  path.remove_prefix(dot + 1);
  // `data@2`: the second instance of a part that is not shared.
  return path.substr(0, path.find_first_of(".@"));
}

std::string_view without_version(std::string_view interface) {
  return interface.substr(0, interface.find('@'));
}

bool is_newer(std::string_view a, std::string_view b) {
  const auto version = [](std::string_view name) {
    const std::size_t at = name.find('@');
    std::string_view text = at == std::string_view::npos ? std::string_view() : name.substr(at + 1);
    return text.substr(0, text.find_first_of("+-"));
  };
  std::string_view left = version(a), right = version(b);
  while (!left.empty() || !right.empty()) {
    const std::string_view x = take_number(left), y = take_number(right);
    // Without leading zeros the longer number is the larger.
    if (x.size() != y.size()) return x.size() > y.size();
    if (x != y) return x > y;
  }
  return false;
}

bool is_called(std::string_view import, std::string_view key) {
  return import == key || without_version(import) == key ||
         types::semver_track(import) == types::semver_track(key);
}

std::string instead(std::string_view typed, std::span<const std::string> names) {
  constexpr std::size_t kMostListed = 12;
  if (names.empty()) return "there is none";
  if (const std::string_view meant = nearest(typed, names); !meant.empty())
    return format("did you mean {}?", meant);
  std::string text = "there is " + names[0];
  for (std::size_t i = 1; i < std::min(names.size(), kMostListed); ++i) text += ", " + names[i];
  if (names.size() > kMostListed) text += format(" and {} more", names.size() - kMostListed);
  return text;
}

}  // namespace favo::compose
