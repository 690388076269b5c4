#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/manifest.h"
#include "base/result.h"

namespace CLI {
class App;
}

namespace favo::cli {

/// `--var`, and the process's environment: where values of a manifest's variables come from.
struct VariableOption {
  std::vector<std::string> assignments;
  void add_to(CLI::App& command);

  /// Errors: InvalidArgument for what is not NAME=VALUE. Values are in no message.
  Result<app::VariableInputs> inputs() const;
  /// Whether all that was given is a variable of one of the manifests.
  /// Errors: InvalidArgument, with the one that was likely meant.
  static Result<void> check(const app::VariableInputs& inputs,
                            std::span<const app::Manifest> manifests);
};

}  // namespace favo::cli
