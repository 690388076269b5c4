#include "base/text.h"

#include <algorithm>
#include <vector>

namespace favo {
namespace {

/// Optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Of what names and types are written with.
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/// The part of a text that is shown, and what of it is underlined.
struct Shown {
  std::string text;
  std::size_t mark = 0, length = 0;
};

/// `begin` to `end` is what differs.
Shown show(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::size_t context = 60, longest = 160;
  constexpr std::string_view ellipsis = "...";
  // An insertion into the other text: the place where it is missing.
  if (begin == end && end < text.size()) ++end;
  end = std::min(end, begin + longest);
  const std::size_t from = begin > context ? begin - context : 0;
  const std::size_t to = std::min(text.size(), end + context);
  Shown shown;
  if (from > 0) shown.text += ellipsis;
  shown.mark = shown.text.size() + (begin - from);
  shown.length = std::max<std::size_t>(1, end - begin);
  shown.text += text.substr(from, to - from);
  if (to < text.size()) shown.text += ellipsis;
  return shown;
}

void append(std::string& out, std::string_view label, std::size_t width, const Shown& shown) {
  out += "  ";
  out += label;
  out += ": ";
  out.append(width - label.size(), ' ');
  out += shown.text;
  out += '\n';
  out.append(2 + width + 2 + shown.mark, ' ');
  out.append(shown.length, '^');
}

}  // namespace

std::optional<char> percent_encoded(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const int high = hex_digit(text[1]), low = hex_digit(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

std::string_view nearest(std::string_view typed, std::span<const std::string> candidates) {
  constexpr std::size_t kLongest = 64;  // nobody mistypes more than that
  if (typed.size() > kLongest) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, typed.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (typed.size() >= 3 && candidate.starts_with(typed)) return candidate;
    const std::size_t edits = distance(typed, candidate);
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

std::string contrast(std::string_view a_label, std::string_view a, std::string_view b_label,
                     std::string_view b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  std::size_t begin = 0, behind = 0;
  while (begin < shorter && a[begin] == b[begin]) ++begin;
  while (behind < shorter - begin && a[a.size() - 1 - behind] == b[b.size() - 1 - behind]) ++behind;
  // Whole words.
  while (begin > 0 && is_word(a[begin - 1])) --begin;
  while (behind > 0 && is_word(a[a.size() - behind])) --behind;

  const std::size_t width = std::max(a_label.size(), b_label.size());
  std::string out;
  append(out, a_label, width, show(a, begin, a.size() - behind));
  out += '\n';
  append(out, b_label, width, show(b, begin, b.size() - behind));
  return out;
}

}  // namespace favo
