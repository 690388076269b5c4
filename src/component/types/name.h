#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The grammar of import and export names. Spec: Explainer.md, "Import and Export Definitions".
/// Every function here is pure and linear in the length of its argument.
namespace favo::types {

/// `wasi:http/types@0.2.12` taken apart. Views borrow from the parsed text.
struct InterfaceName {
  std::string_view package = {};    ///< `wasi:http`
  std::string_view interface = {};  ///< `types`; with nested names perhaps `types/fields`
  std::string_view version = {};    ///< `0.2.12`, or empty
};
/// Empty when `name` is not an interface name (a plain kebab name, say). Takes nested names and
/// canonical versions (`@0.2`) as well; whether they are allowed is the validator's business.
std::optional<InterfaceName> parse_interface_name(std::string_view name);

/// Whether a name has more than one namespace or projection: `a:b:c/d`, `a:b/c/d`.
bool is_nested(const InterfaceName& name);

/// A kebab-case word sequence whose words are all lower or all upper case: `get-JSON`, `a1-2`.
bool is_label(std::string_view text);

/// `major.minor.patch`, a pre-release and build metadata, as Semantic Versioning 2.0 writes them.
bool is_semver(std::string_view version);
/// What semver-compatible versions share: `1`, `0.2`, `0.0.3`.
bool is_canonical_version(std::string_view version);

/// An import or export name taken apart. Views borrow from the parsed text.
struct ExternName {
  enum class Kind : std::uint8_t { Plain, Constructor, Method, Static, Interface, Implementation };
  Kind kind = Kind::Plain;
  std::string_view resource = {};  ///< `fields` of `[method]fields.get` and `[constructor]fields`
  std::string_view label = {};     ///< `get` of `[method]fields.get`; the whole of a plain name
  InterfaceName interface = {};    ///< of Kind::Interface
  bool nested = false;             ///< of Kind::Implementation: implementation_name.h
};
/// Empty when `name` fits no production of `externname`.
std::optional<ExternName> parse_extern_name(std::string_view name);

/// Two names are strongly unique exactly when their keys differ. REQUIRES: a valid name.
/// Spec: Explainer.md, "Name Uniqueness".
std::string uniqueness_key(std::string_view name);

/// The name that semver-compatible versions share, by which imports meet exports:
/// `wasi:http/types@0.2.12` → `wasi:http/types@0.2`, `a:b/c@1.4.0` → `a:b/c@1`; 0.0.z, pre-releases
/// and names without a version stand for themselves.
/// Spec: Explainer.md, "canonversion".
std::string semver_track(std::string_view interface_name);

}  // namespace favo::types
