#pragma once

#include <optional>
#include <string_view>

/// Names of imports that say where an implementation is found:
///
///   unlocked-dep=<a:b@{>=1.2.0 <2.0.0}>
///   locked-dep=<a:b/c@1.2.3>,integrity=<sha256-…>
///   url=<https://example.com/a.wasm>,integrity=<sha256-…>
///   integrity=<sha256-…>
///
/// The specification's newest text has them no more. Components with them exist, and the engines
/// accept them, so they are valid here too; nothing in reach provides such an import.
/// Spec: Explainer.md of August 2026, `depname`, `urlname`, `hashname`.
namespace favo::types {

struct ImplementationName {
  bool nested = false;  ///< has more than one namespace or projection: `a:b:c`, `a:b/c/d`
};
/// Empty when `name` fits none of the forms above. Linear in the length of `name`.
std::optional<ImplementationName> parse_implementation_name(std::string_view name);

}  // namespace favo::types
