#include "policy/manifest_form.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/format.h"
#include "policy/limits.h"

namespace favo::policy {
namespace {

/// Options, and the keys that mean the same.
constexpr std::pair<std::string_view, std::string_view> kLists[] = {
    {"--http ", "http"}, {"--tcp ", "tcp"}, {"--udp ", "udp"}, {"--listen-socket ", "listen"}};

/// The word that `shell_word` made.
std::string unquoted(std::string_view word) {
  if (!word.starts_with('\'') && !word.starts_with('"')) return std::string(word);
  const char quote = word.front();
  std::string text;
  for (std::size_t i = 1; i < word.size(); ++i) {
    if (word[i] != quote) {
      text += word[i];
    } else if (word.substr(i).starts_with("'\\''")) {
      text += '\'';
      i += 3;
    }
  }
  return text;
}

/// As a basic string of TOML.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte < 0x20 || byte == 0x7f) {
      out += format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// `HOST`, `HOST:GUEST` or `HOST:GUEST:ro`: see `Grants::add_directory`.
std::string directory(std::string_view word, std::string_view folder) {
  const bool write = !word.ends_with(":ro");
  if (!write) word.remove_suffix(3);
  const std::size_t colon = std::min(word.find(':'), word.size());
  std::string_view host = word.substr(0, colon);
  const std::string_view guest = colon < word.size() ? word.substr(colon + 1) : host;
  if (!folder.empty() && host.starts_with(folder)) host.remove_prefix(folder.size());
  return format("{{ host = {}, guest = {}{} }}", quoted(host), quoted(guest),
                write ? ", write = true" : "");
}

std::string value_of(std::string_view key, std::string_view elements) {
  return key == "env" ? format("{{ {} }}", elements) : format("[{}]", elements);
}

}  // namespace

std::optional<ManifestGrant> manifest_grant(std::string_view option, std::string_view folder) {
  for (const auto& [start, key] : kLists)
    if (option.starts_with(start))
      return ManifestGrant{std::string(key), quoted(unquoted(option.substr(start.size())))};
  if (constexpr std::string_view start = "--dir "; option.starts_with(start))
    return ManifestGrant{"dir", directory(unquoted(option.substr(start.size())), folder)};
  if (constexpr std::string_view start = "--env "; option.starts_with(start)) {
    // Values are not told.
    const std::string word = unquoted(option.substr(start.size()));
    return ManifestGrant{"env", format("{} = \"…\"", word.substr(0, word.find('=')))};
  }
  return std::nullopt;
}

std::string manifest_line(std::string_view component, std::string_view option,
                          std::string_view folder) {
  const auto grant = manifest_grant(option, folder);
  if (!grant) return std::string(option);
  return format("[component.{}.grant] {} = {}", component, grant->key,
                value_of(grant->key, grant->element));
}

std::string manifest_table(std::string_view component, std::span<const std::string> options,
                           std::string_view folder) {
  std::map<std::string, std::string> lists;
  for (const std::string& option : options) {
    const auto grant = manifest_grant(option, folder);
    if (!grant) continue;
    std::string& elements = lists[grant->key];
    elements += (elements.empty() ? "" : ", ") + grant->element;
  }
  if (lists.empty()) return {};
  std::string text = format("[component.{}.grant]\n", component);
  for (const auto& [key, elements] : lists)
    text += format("{} = {}\n", key, value_of(key, elements));
  return text;
}

std::string with_manifest_limits(std::string_view text) {
  constexpr std::string_view kStart = "--max-";
  std::string out;
  for (std::size_t at; (at = text.find(kStart)) != text.npos;) {
    out += text.substr(0, at);
    text.remove_prefix(at);
    const std::size_t end =
        std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", kStart.size()), text.size());
    const std::string_view name = text.substr(kStart.size(), end - kStart.size());
    const auto specs = limit_specs();
    const auto spec = std::ranges::find(specs, name, &LimitSpec::name);
    if (spec == specs.end()) {
      out += text.substr(0, end);
    } else {
      out += format("{} in [limit]{}", name, spec->per_route ? " or in the route's limit" : "");
    }
    text.remove_prefix(end);
  }
  return out + std::string(text);
}

}  // namespace favo::policy
