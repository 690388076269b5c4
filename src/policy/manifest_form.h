#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What is said of grants and limits on the command line, as who wrote a favo.toml has to write it.
namespace favo::policy {

/// A grant in a manifest: `http`, `"https://example.com"`.
struct ManifestGrant {
  std::string key;      ///< of [component.NAME.grant]
  std::string element;  ///< in its array, or for `env` in its table; TOML
};

/// An option (`--http https://example.com`) as such a grant; nothing for what is no option of a
/// grant. `folder`: the manifest's, which directories in it are relative to.
std::optional<ManifestGrant> manifest_grant(std::string_view option, std::string_view folder);

/// `[component.NAME.grant] http = ["https://example.com"]`; what is no option stays as it is.
std::string manifest_line(std::string_view component, std::string_view option,
                          std::string_view folder);
/// All options of a component, as lines below its heading; each ends in a newline. Those that are
/// none are left out.
std::string manifest_table(std::string_view component, std::span<const std::string> options,
                           std::string_view folder);

/// A text in which options of limits are keys: for `--max-memory` it has `memory in [limit]`.
std::string with_manifest_limits(std::string_view text);

}  // namespace favo::policy
