#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Reading and explaining text.
namespace favo {

/// The byte that `text` begins with if that is percent-encoded, as in `%2F`; three characters stand
/// for it. Nothing for any other text. Spec: RFC 3986, 2.1.
std::optional<char> percent_encoded(std::string_view text);

/// The candidate that `typed` was most likely meant to be, or empty when none is close: at most one
/// edit (insertion, deletion, substitution, swap of neighbours) per three characters, or a prefix.
std::string_view nearest(std::string_view typed, std::span<const std::string> candidates);

/// Two texts below each other, with the words that differ underlined. Of long texts, what lies
/// around the difference.
///
///   imported: func(u64) -> string
///                  ^^^
///   provided: func(u32) -> string
///                  ^^^
///
/// Each line is indented by two spaces; there is no newline at the end.
std::string contrast(std::string_view a_label, std::string_view a, std::string_view b_label,
                     std::string_view b);

}  // namespace favo
