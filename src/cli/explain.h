#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "app/manifest.h"
#include "cli/capabilities.h"
#include "policy/grants.h"
#include "telemetry/audit.h"

namespace CLI {
class App;
}

namespace favo::cli {

/// `--explain`: what an application could ask for, what it asked for, what it got and was refused,
/// and the smallest set of grants that would satisfy it, told at its end.
struct ExplainOption {
  bool on = false;
  void add_to(CLI::App& command);

  /// An audit that notes what an explanation needs, and refusals in any case.
  std::shared_ptr<telemetry::Audit> audit() const;
  telemetry::Audit::Scope scope() const;
  /// Prints the explanation to standard error, if one was asked for.
  void print(std::string_view name, const fuse::Program& program, const policy::Grants& grants,
             const telemetry::Audit& audit) const;
  /// The same of an application. `programs`: of all that answers in it.
  void print(const app::Manifest& manifest, std::span<const fuse::Program> programs,
             const telemetry::Audit& audit) const;
};

/// How grants and limits of an application are told: as its manifest has them. Holds no reference.
telemetry::Audit::Words words_of(const app::Manifest& manifest);

/// The explanation as text for a terminal. Values of variables are not in it.
std::string explain(std::string_view name, std::span<const Capability> capabilities,
                    const policy::Grants& grants, const telemetry::Audit& audit);
/// Of an application, by component and in the manifest's words.
std::string explain(const app::Manifest& manifest, std::span<const std::string_view> capabilities,
                    const telemetry::Audit& audit);

}  // namespace favo::cli
