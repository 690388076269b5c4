#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"
#include "wast/check.h"
#include "wast/features.h"
#include "wast/instance.h"
#include "wast/script.h"

namespace favo::wast {

/// How a script is run.
struct Settings {
  Features features = Features::standard();
  /// Components are decoded and validated and no more; what they import need not exist. Only a
  /// call asks for an instance.
  bool validate_only = false;
};

/// Runs the commands of one script, one after another.
///
/// A component passes each stage by itself, so that the stage which refused it is known: an
/// assertion that it is invalid holds only when decoder or validator refuse it, one that it cannot
/// be linked only when an import is missing or of another type.
///
/// Threads: one. Cost: what the script costs; nothing here ends one that does not end.
class Runner {
 public:
  /// `folder`: where the components lie that the script names.
  Runner(const engine::Engine& engine, const Settings& settings, std::string folder)
      : engine_(engine), settings_(settings), folder_(std::move(folder)) {}

  Check run(const Command& command);

 private:
  using DefinitionPtr = std::shared_ptr<const Definition>;

  /// decode and validate. Errors: InvalidComponent when refused, Unsupported.
  Result<DefinitionPtr> validate(const Command& command);

  Check module(const Command& command);
  Check module_definition(const Command& command);
  Check module_instance(const Command& command);
  Check refuse(const Command& command);
  Check refuse_instance(const Command& command);
  Check call(const Command& command);
  Check compare(const Command& command, const Result<std::vector<values::Value>>& results);

  /// Makes the instance the current one; offers it under `name` unless that is empty.
  Check instantiate(const Command& command, const DefinitionPtr& definition,
                    const std::string& name);

  const engine::Engine& engine_;
  const Settings& settings_;
  std::string folder_;
  Surroundings surroundings_;
  std::map<std::string, DefinitionPtr, std::less<>> definitions_;
  std::map<std::string, Error, std::less<>> unbuilt_definitions_;
  DefinitionPtr latest_;               ///< of the last `module`
  std::unique_ptr<Instance> current_;  ///< null when it could not be made
  std::optional<Error> unbuilt_;       ///< why, when that is a feature which is not built
};

/// An engine for scripts: small, with every core proposal but those switched off.
Result<engine::Engine> script_engine(const Features& features);

}  // namespace favo::wast
