#pragma once

#include <memory>
#include <span>
#include <string>

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
  /// Prints the explanation to standard error, if one was asked for.
  void print(std::string_view name, const fuse::Program& program, const policy::Grants& grants,
             const telemetry::Audit& audit) const;
};

/// The explanation as text for a terminal. Values of variables are not in it.
std::string explain(std::string_view name, std::span<const Capability> capabilities,
                    const policy::Grants& grants, const telemetry::Audit& audit);

}  // namespace favo::cli
