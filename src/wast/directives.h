#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace favo::wast {

/// What the comments at the top of a script ask of whoever runs it. They are not in the JSON that
/// is made from it.
struct Directives {
  /// It is written for `wasm-tools wast`. That runs nothing: modules are validated, and what they
  /// import need not exist. And only the features it names are on.
  bool validate_only = false;
  std::vector<std::string> with, without;  ///< features that have to be on, or off
};

/// Reads the two dialects there are:
///
///   ;; RUN: wast --assert default % --features=-exceptions,cm-values
///   ;;! component_model_implements = false
///
/// Features that we have no switch for are passed over: whether they are needed shows in use.
Directives read_directives(std::string_view script);

}  // namespace favo::wast
