#include "http/conditional.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "http/date.h"

namespace favo::http {
namespace {

bool has_field(const RequestHead& request, std::string_view name) {
  return std::ranges::any_of(request.fields,
                             [&](const auto& field) { return same_name(field.first, name); });
}

/// The part between the quotes and these; empty of a weak tag when only strong ones count.
std::string_view opaque(std::string_view tag, bool weak_counts) {
  if (!tag.starts_with("W/")) return tag;
  return weak_counts ? tag.substr(2) : std::string_view();
}

/// Whether a list of entity tags has one that equals `tag`. A list is followed up to what is
/// malformed. Spec: RFC 9110, 8.8.3.2.
bool list_has_tag(std::string_view list, std::string_view tag, bool weak_counts) {
  const std::string_view wanted = opaque(tag, weak_counts);
  while (true) {
    list = list.substr(std::min(list.find_first_not_of(" \t,"), list.size()));
    const bool weak = list.starts_with("W/");
    const std::string_view quoted = list.substr(weak ? 2 : 0);
    if (!quoted.starts_with('"')) return false;
    const std::size_t end = quoted.find('"', 1);
    if (end == quoted.npos) return false;
    if ((!weak || weak_counts) && !wanted.empty() && quoted.substr(0, end + 1) == wanted)
      return true;
    list = trim(quoted.substr(end + 1));
    if (!list.starts_with(',')) return false;
  }
}

/// If-Match or If-None-Match, which may be spread over several fields; nothing without one.
std::optional<bool> any_tag_matches(const RequestHead& request, std::string_view name,
                                    std::string_view tag, bool weak_counts) {
  std::optional<bool> matches;
  for (const auto& [field, value] : request.fields) {
    if (!same_name(field, name)) continue;
    const bool hit = trim(value) == "*" || list_has_tag(value, tag, weak_counts);
    matches = matches.value_or(false) || hit;
  }
  return matches;
}

std::optional<std::time_t> date_of(const RequestHead& request, std::string_view name) {
  const std::string_view* value = only_field(request, name);
  return value ? parse_date(*value) : std::nullopt;
}

/// A number of any length, as far as it can matter.
std::optional<std::uint64_t> number(std::string_view text) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kMost - digit) / 10 ? kMost : value * 10 + digit;
  }
  return value;
}

/// Whether what If-Range names is the current version, exactly. Spec: RFC 9110, 13.1.5.
bool range_condition_holds(const RequestHead& request, const Validators& current) {
  if (!has_field(request, "If-Range")) return true;
  const std::string_view* value = only_field(request, "If-Range");
  if (!value) return false;
  const std::string_view text = trim(*value);
  if (text.starts_with('"') || text.starts_with("W/"))
    return text == current.tag && !text.starts_with("W/");
  return parse_date(text) == current.modified;
}

/// `q=0.5` in thousandths; nothing when it is no weight.
std::optional<unsigned> weight(std::string_view text) {
  if (text.size() < 3 || (text[0] != 'q' && text[0] != 'Q') || text[1] != '=') return std::nullopt;
  text.remove_prefix(2);
  if ((text[0] != '0' && text[0] != '1') || text.size() > 5) return std::nullopt;
  unsigned value = static_cast<unsigned>(text[0] - '0') * 1000;
  text.remove_prefix(1);
  if (text.empty()) return value;
  if (text[0] != '.') return std::nullopt;
  unsigned unit = 100;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    value += static_cast<unsigned>(c - '0') * unit;
    unit /= 10;
  }
  return value > 1000 ? std::nullopt : std::optional(value);
}

}  // namespace

const std::string_view* only_field(const RequestHead& request, std::string_view name) {
  const std::string_view* found = nullptr;
  for (const auto& [field, value] : request.fields) {
    if (!same_name(field, name)) continue;
    if (found) return nullptr;
    found = &value;
  }
  return found;
}

Condition judge_conditions(const RequestHead& request, const Validators& current) {
  if (const auto matches = any_tag_matches(request, "If-Match", current.tag, false)) {
    if (!*matches) return Condition::Failed;
  } else if (const auto since = date_of(request, "If-Unmodified-Since")) {
    if (current.modified > *since) return Condition::Failed;
  }
  if (const auto matches = any_tag_matches(request, "If-None-Match", current.tag, true)) {
    if (*matches) return Condition::NotModified;
  } else if (const auto since = date_of(request, "If-Modified-Since")) {
    if (current.modified <= *since) return Condition::NotModified;
  }
  return Condition::Holds;
}

Range range_of(const RequestHead& request, const Validators& current, std::uint64_t size) {
  const Range whole{Range::Kind::Whole, 0, size};
  const Range unsatisfiable{Range::Kind::Unsatisfiable, 0, 0};
  const std::string_view* field = request.method == "GET" ? only_field(request, "Range") : nullptr;
  if (!field || !range_condition_holds(request, current)) return whole;
  const std::size_t equals = field->find('=');
  if (equals == field->npos || !same_name(trim(field->substr(0, equals)), "bytes")) return whole;
  const std::string_view text = trim(field->substr(equals + 1));
  const std::size_t dash = text.find('-');
  if (dash == text.npos) return whole;
  const auto first = number(text.substr(0, dash)), last = number(text.substr(dash + 1));
  if (dash == 0) {
    if (!last) return whole;
    if (*last == 0 || size == 0) return unsatisfiable;
    const std::uint64_t length = std::min(*last, size);
    return {Range::Kind::Part, size - length, length};
  }
  const bool open = dash + 1 == text.size();
  if (!first || (!last && !open) || (last && *last < *first)) return whole;
  if (*first >= size) return unsatisfiable;
  const std::uint64_t end = open ? size - 1 : std::min(*last, size - 1);
  return {Range::Kind::Part, *first, end - *first + 1};
}

unsigned coding_weight(const RequestHead& request, std::string_view coding) {
  unsigned any = 0;
  std::optional<unsigned> named;
  for (const auto& [field, value] : request.fields) {
    if (!same_name(field, "Accept-Encoding")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view element = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const std::size_t semicolon = element.find(';');
      const std::string_view name = trim(element.substr(0, semicolon));
      unsigned wanted = 1000;
      // A weight that is none counts as no wish.
      if (semicolon != element.npos)
        wanted = weight(trim(element.substr(semicolon + 1))).value_or(0);
      if (same_name(name, coding)) named = std::max(named.value_or(0), wanted);
      if (name == "*") any = wanted;
    }
  }
  return named.value_or(any);
}

}  // namespace favo::http
