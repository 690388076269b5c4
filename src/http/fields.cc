#include "http/fields.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.h"

namespace favo::http {
namespace {

constexpr std::array<bool, 256> kTokenCharacters = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  for (unsigned char c : std::string_view("!#$%&'*+-.^_`|~")) table[c] = true;
  return table;
}();

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

bool is_field_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](unsigned char c) { return kTokenCharacters[c]; });
}

bool is_field_value(std::string_view value) {
  if (value.empty()) return true;
  if (is_blank(value.front()) || is_blank(value.back())) return false;
  return std::ranges::all_of(value,
                             [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

Result<void> check_response(int status, const Fields& fields) {
  if (status < 200 || status > 999) {
    return error(Code::InvalidArgument, "status {}: expected a final one, 200 to 999", status);
  }
  for (const auto& [name, value] : fields) {
    if (!is_field_name(name)) return error(Code::InvalidArgument, "field name {:?}", name);
    if (!is_field_value(value)) {
      return error(Code::InvalidArgument, "value of field {:?}: {:?}", name, value);
    }
  }
  return {};
}

bool belongs_to_connection(std::string_view name) {
  switch (name.size()) {
    case 7:
      return same_name(name, "Upgrade");
    case 10:
      return same_name(name, "Connection") || same_name(name, "Keep-Alive");
    case 14:
      return same_name(name, "Content-Length");
    case 16:
      return same_name(name, "Proxy-Connection");
    case 17:
      return same_name(name, "Transfer-Encoding");
    default:
      return false;
  }
}

bool list_has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    auto comma = std::min(list.find(','), list.size());
    if (same_name(trim(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

void Fields::add(std::string_view name, std::string_view value) {
  fields_.push_back({std::string(name), std::string(value)});
  bytes_ += name.size() + value.size();
}

const std::string* Fields::find(std::string_view name) const {
  auto found =
      std::ranges::find_if(fields_, [&](const Field& f) { return same_name(f.name, name); });
  return found == fields_.end() ? nullptr : &found->value;
}

}  // namespace favo::http
