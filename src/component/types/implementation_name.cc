#include "component/types/implementation_name.h"

#include <algorithm>
#include <cstdint>

#include "component/types/name.h"

namespace favo::types {

namespace {

bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_base64(std::string_view text) {
  const std::size_t end = std::min(text.find('='), text.size());
  const std::string_view digits = text.substr(0, end), padding = text.substr(end);
  return !digits.empty() && padding.size() <= 2 && padding.find_first_not_of('=') == padding.npos &&
         std::ranges::all_of(
             digits, [](char c) { return c == '+' || c == '/' || (is_label_char(c) && c != '-'); });
}

/// `sha256-…`, with options after a `?`.
bool is_hash(std::string_view hash) {
  for (const std::string_view algorithm : {"sha256-", "sha384-", "sha512-"}) {
    if (hash.starts_with(algorithm)) {
      return is_base64(hash.substr(algorithm.size(), hash.find('?') - algorithm.size()));
    }
  }
  return false;
}

/// One or more hashes, with spaces between and around them.
bool is_integrity(std::string_view text) {
  bool any = false;
  while (true) {
    const auto* begin = std::ranges::find_if_not(text, is_space);
    if (begin == text.end()) return any;
    const auto* end = std::find_if(begin, text.end(), is_space);
    if (!is_hash({begin, end})) return false;
    any = true;
    text = {end, text.end()};
  }
}

/// Takes a name apart from its front; what takes says whether it was there.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::optional<ImplementationName> parse() {
    bool valid = false;
    if (take("unlocked-dep=<")) {
      valid = package_path() && range() && take(">");
    } else if (take("locked-dep=<")) {
      valid = package_path() && version() && take(">") && hash_after_comma();
    } else if (take("url=<")) {
      const auto url = take_until('>');
      valid = url && !url->contains('<') && hash_after_comma();
    } else {
      valid = hash();
    }
    if (!valid || !rest_.empty()) return std::nullopt;
    return ImplementationName{nested_};
  }

 private:
  bool take(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }
  /// What comes before `end`, which is taken as well.
  std::optional<std::string_view> take_until(char end) {
    const std::size_t at = rest_.find(end);
    if (at == rest_.npos) return std::nullopt;
    const std::string_view taken = rest_.substr(0, at);
    rest_.remove_prefix(at + 1);
    return taken;
  }

  bool label() {
    const auto* end = std::ranges::find_if_not(rest_, is_label_char);
    label_ = {rest_.begin(), end};
    rest_ = {end, rest_.end()};
    return is_label(label_);
  }
  bool lower_label() { return label() && std::ranges::none_of(label_, is_upper); }

  /// `pkgpath`: namespaces, the package, projections.
  bool package_path() {
    if (!lower_label() || !take(":") || !lower_label()) return false;
    while (take(":")) {
      nested_ = true;
      if (!lower_label()) return false;
    }
    for (bool first = true; take("/"); first = false) {
      nested_ |= !first;
      if (!label()) return false;
    }
    return true;
  }

  bool version() {
    if (!take("@")) return true;
    const std::size_t end = rest_.find('>');
    const bool valid = is_semver(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end, rest_.size()));
    return valid;
  }

  /// `verrange`: `@*`, `@{>=1.0.0}`, `@{<2.0.0}`, `@{>=1.0.0 <2.0.0}`.
  bool range() {
    if (!take("@") || take("*")) return true;
    if (!take("{")) return false;
    const auto range = take_until('}');
    if (!range) return false;
    if (*range == "*") return true;
    if (range->starts_with('<')) return is_semver(range->substr(1));
    if (!range->starts_with(">=")) return false;
    const std::size_t space = range->find(' ');
    if (space == range->npos) return is_semver(range->substr(2));
    const std::string_view upper = range->substr(space + 1);
    return is_semver(range->substr(2, space - 2)) && upper.starts_with('<') &&
           is_semver(upper.substr(1));
  }

  bool hash() {
    if (!take("integrity=<")) return false;
    const auto hashes = take_until('>');
    return hashes && is_integrity(*hashes);
  }
  bool hash_after_comma() { return !take(",") || hash(); }

  std::string_view rest_, label_;
  bool nested_ = false;
};

}  // namespace

std::optional<ImplementationName> parse_implementation_name(std::string_view name) {
  return Parser(name).parse();
}

}  // namespace favo::types
