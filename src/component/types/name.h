#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace favo::types {

/// `wasi:http/types@0.2.12` taken apart. Views borrow from the parsed text.
struct InterfaceName {
  std::string_view package;      ///< `wasi:http`
  std::string_view interface;    ///< `types`
  std::string_view version;      ///< `0.2.12`, or empty
};
/// Empty when `name` is not an interface name (a plain kebab name, say).
std::optional<InterfaceName> parse_interface_name(std::string_view name);

/// The name that semver-compatible versions share, by which imports meet exports:
/// `wasi:http/types@0.2.12` → `wasi:http/types@0.2`, `a:b/c@1.4.0` → `a:b/c@1`; 0.0.z, pre-releases
/// and names without a version stand for themselves.
/// Spec: Explainer.md, "canonversion".
std::string semver_track(std::string_view interface_name);

}  // namespace favo::types
