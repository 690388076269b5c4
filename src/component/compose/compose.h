#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "component/validate/validate.h"

/// Several components become one, which holds them and their wiring. Spec: Explainer.md, "Instance
/// Definitions".
namespace favo::compose {

/// One of the components.
struct Part {
  std::string name;  ///< unique; see `is_part_name`
  Bytes bytes;       ///< borrowed; a component
  /// Import → the part that provides it. An interface may be named without its version, or with any
  /// of the same semver track.
  std::map<std::string, std::string> links;
  /// Each instance that it is linked to gets one of its own; otherwise all share one.
  bool separate = false;
};

/// Letters, digits, `-` and `_`, 40 at most.
bool is_part_name(std::string_view name);
/// The part that a component instance of the result belongs to, by its path (`app.core.parser`:
/// `core`); empty for the outermost.
std::string_view part_of(std::string_view path);

struct Options {
  validate::Features features;
  /// Judges core modules. Whoever runs the result validates it again, so it may accept anything.
  validate::CoreValidator core;
  /// Whether an interface that no part is linked to may be left for the host to provide. Interfaces
  /// of types alone always may.
  std::function<bool(std::string_view interface)> host;
};

/// A standard component for each of `roots`, which exports what that part exports. It holds the
/// part and those that are linked to it, directly or not, each once, and instantiates them in the
/// order of their links. What remains to be imported is united: one import per interface and semver
/// track, under the highest version that a part asks for, with all that the parts use of it. So a
/// resource of the host is the same for all parts, also where they were built against different
/// versions.
///
/// Cost: that of decoding and validating each part without its code, and a copy of the bytes.
/// Errors: InvalidArgument for links that cannot be (to no part, of no import, in a circle, two for
///         one import); NotFound for an import that nobody provides; InvalidComponent for a part
///         that is none, and for types that differ, with both; Unsupported for what the host cannot
///         be left with; LimitExceeded for more than 256 parts or 1,000 instances.
Result<std::vector<std::vector<std::uint8_t>>> compose(std::span<const Part> parts,
                                                       std::span<const std::string> roots,
                                                       const Options& options);

}  // namespace favo::compose
