#include "component/types/name.h"

#include <algorithm>

#include "component/types/implementation_name.h"

namespace favo::types {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// Whether every piece between `separator`s satisfies `accept`; an empty text is one empty piece.
template <typename Accept>
bool all_pieces(std::string_view text, char separator, const Accept& accept) {
  while (true) {
    const std::size_t end = text.find(separator);
    if (!accept(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_word(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_lower(c); });
}
bool is_acronym(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_upper(c); });
}
/// `words`: a label without acronyms, the parts of a package's name.
bool is_words(std::string_view text) {
  return !text.empty() && is_lower(text.front()) && all_pieces(text, '-', is_word);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit) &&
         (text.size() == 1 || text.front() != '0');
}
bool is_identifier(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || is_lower(c) || is_upper(c) || c == '-';
  });
}
/// In a pre-release a numeric identifier has no leading zero.
bool is_pre_release_identifier(std::string_view text) {
  return is_identifier(text) && (!std::ranges::all_of(text, is_digit) || is_number(text));
}

/// Splits at the first `separator`; the second half is empty and false when there is none.
struct Split {
  std::string_view before, after;
  bool found;
};
Split split(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, at), text.substr(at + 1), true};
}

/// A valid semver's `major.minor.patch` and whether a pre-release follows.
struct Version {
  std::string_view major, minor, patch;
  bool pre_release;
};
std::optional<Version> parse_version(std::string_view text) {
  const auto [rest, build, has_build] = split(text, '+');
  if (has_build && !all_pieces(build, '.', is_identifier)) return std::nullopt;
  const auto [core, pre, has_pre] = split(rest, '-');
  if (has_pre && !all_pieces(pre, '.', is_pre_release_identifier)) return std::nullopt;
  const Split major = split(core, '.');
  const Split minor = split(major.after, '.');
  if (!is_number(major.before) || !is_number(minor.before) || !is_number(minor.after)) {
    return std::nullopt;
  }
  return Version{major.before, minor.before, minor.after, has_pre};
}

constexpr std::string_view kConstructor = "[constructor]";
constexpr std::string_view kMethod = "[method]";
constexpr std::string_view kStatic = "[static]";

}  // namespace

bool is_label(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) &&
         all_pieces(text, '-',
                    [](std::string_view piece) { return is_word(piece) || is_acronym(piece); });
}

bool is_semver(std::string_view version) { return parse_version(version).has_value(); }

bool is_canonical_version(std::string_view version) {
  const Split major = split(version, '.');
  if (!major.found) return is_number(version) && version != "0";
  if (major.before != "0") return false;
  const Split minor = split(major.after, '.');
  if (!minor.found) return is_number(minor.before) && minor.before != "0";
  return minor.before == "0" && is_number(minor.after);
}

std::optional<InterfaceName> parse_interface_name(std::string_view name) {
  const auto [path, version, has_version] = split(name, '@');
  const auto [package, interface, has_interface] = split(path, '/');
  if (!has_interface || package.find(':') == std::string_view::npos) return std::nullopt;
  if (!all_pieces(package, ':', is_words)) return std::nullopt;
  if (!all_pieces(interface, '/', is_label)) return std::nullopt;
  if (has_version && !is_semver(version) && !is_canonical_version(version)) return std::nullopt;
  return InterfaceName{package, interface, version};
}

bool is_nested(const InterfaceName& name) {
  return std::ranges::count(name.package, ':') > 1 || name.interface.contains('/');
}

std::optional<ExternName> parse_extern_name(std::string_view name) {
  using Kind = ExternName::Kind;
  if (name.contains('=')) {
    const auto implementation = parse_implementation_name(name);
    if (!implementation) return std::nullopt;
    return ExternName{.kind = Kind::Implementation, .nested = implementation->nested};
  }
  if (name.contains(':')) {
    auto interface = parse_interface_name(name);
    if (!interface) return std::nullopt;
    return ExternName{.kind = Kind::Interface, .interface = *interface};
  }
  if (name.starts_with(kConstructor)) {
    const std::string_view resource = name.substr(kConstructor.size());
    if (!is_label(resource)) return std::nullopt;
    return ExternName{.kind = Kind::Constructor, .resource = resource};
  }
  const bool is_method = name.starts_with(kMethod);
  if (is_method || name.starts_with(kStatic)) {
    const auto [resource, label, found] =
        split(name.substr(is_method ? kMethod.size() : kStatic.size()), '.');
    if (!found || !is_label(resource) || !is_label(label)) return std::nullopt;
    return ExternName{
        .kind = is_method ? Kind::Method : Kind::Static, .resource = resource, .label = label};
  }
  if (!is_label(name)) return std::nullopt;
  return ExternName{.kind = Kind::Plain, .label = name};
}

std::string uniqueness_key(std::string_view name) {
  if (name.contains('=')) return std::string(name);
  std::string_view bare = name;
  const bool is_member = bare.starts_with(kMethod) || bare.starts_with(kStatic);
  if (is_member) {
    bare.remove_prefix(bare.find(']') + 1);
  }
  std::string key(bare);
  // A version's case counts: only labels hold acronyms.
  const std::size_t end = std::min(key.find('@'), key.size());
  for (std::size_t i = 0; i < end; ++i) {
    if (is_upper(key[i])) key[i] = static_cast<char>(key[i] - 'A' + 'a');
  }
  if (is_member) {
    const auto [resource, label, found] = split(key, '.');
    if (found && resource == label) key.resize(resource.size());
  }
  return key;
}

std::string semver_track(std::string_view interface_name) {
  const auto [path, text, has_version] = split(interface_name, '@');
  const auto version = has_version ? parse_version(text) : std::nullopt;
  if (!version || version->pre_release) return std::string(interface_name);
  std::string track(path);
  track += '@';
  track += version->major;
  if (version->major != "0") return track;
  if (version->minor == "0") return std::string(interface_name);
  track += '.';
  track += version->minor;
  return track;
}

}  // namespace favo::types
