#include "cli/variable_option.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/format.h"
#include "base/text.h"

namespace favo::cli {

void VariableOption::add_to(CLI::App& command) {
  command.add_option("--var", assignments, "set a variable of the manifest; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
}

Result<app::VariableInputs> VariableOption::inputs() const {
  app::VariableInputs inputs;
  inputs.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (!value) return std::nullopt;
    return value;
  };
  for (const std::string& assignment : assignments) {
    auto added = inputs.add(assignment);
    if (!added) return std::move(added).error().within("--var");
  }
  return inputs;
}

Result<void> VariableOption::check(const app::VariableInputs& inputs,
                                   std::span<const app::Manifest> manifests) {
  std::vector<std::string> known;
  for (const app::Manifest& manifest : manifests)
    known.insert(known.end(), manifest.variables.begin(), manifest.variables.end());
  for (const auto& [name, value] : inputs.given) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::string_view meant = nearest(name, known);
    return error(Code::InvalidArgument, "--var: {} has no variable {:?}{}", manifests.front().path,
                 name, meant.empty() ? "" : format("; did you mean {:?}?", meant));
  }
  return {};
}

}  // namespace favo::cli
