#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favo::app {

class Document;

/// Where values of variables come from, besides the manifest. Nothing is looked up by itself: who
/// wants the process's environment hands it over.
struct VariableInputs {
  std::map<std::string, std::string, std::less<>> given;  ///< `--var NAME=VALUE`
  /// The value of a variable of the environment; null: there is none.
  std::function<std::optional<std::string>(const std::string& name)> environment;

  /// Adds `NAME=VALUE`; a later value replaces an earlier one.
  /// Errors: InvalidArgument for another form. The value is not in the message.
  Result<void> add(std::string_view assignment);
};

/// The variables of a manifest, and their values where these are known. Texts refer to them by
///
///   {{ name }}     with or without the spaces; a name is a letter and then letters, digits and _,
///                  all of them small
///
/// Two opening braces always begin a reference. Values are put in as they are and not looked at
/// again, so they can bring in no reference of their own, nor anything that TOML would read.
class Variables {
 public:
  static constexpr std::size_t kMaxValueBytes = 64 * 1024;

  /// Reads `[variable]` of a manifest in `folder` (which ends in a slash, or is empty). The value
  /// is the first of: what was given, the environment's, that of the file, the default. Without
  /// `inputs` no value is looked for: texts can be checked but not expanded.
  /// Errors: InvalidArgument with the place in the manifest: a name or value that cannot be, a
  ///         secret with a default or a value from the command line, a variable without any value.
  ///         Values are in no message.
  static Result<Variables> read(const Document& document, const std::string& folder,
                                const VariableInputs* inputs);

  struct Text {
    std::optional<std::string> value;  ///< nothing while values are not known
    std::string_view secret;           ///< the first secret in it, or empty
  };
  /// Errors: InvalidArgument for a reference of another form, or to no variable, with the one that
  ///         was likely meant.
  Result<Text> expand(std::string_view text) const;

  std::vector<std::string> names() const;

 private:
  struct Variable {
    std::string name, value;
    bool secret = false;
  };
  std::vector<Variable> all_;  ///< in the order of the file
  bool known_ = false;         ///< their values are
};

}  // namespace favo::app
