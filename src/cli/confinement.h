#pragma once

#include <optional>
#include <string>

#include "cli/options.h"
#include "confine/confine.h"

namespace favo::cli {

/// `--no-confine`, and what a command that runs guests needs in any case.
struct ConfineOption {
  bool off = false;
  void add_to(CLI::App& command);

  /// Confines the process to `reach`, the component's file, the cache and what was granted; nothing
  /// with `--no-confine`. Before any thread is started.
  Result<std::optional<confine::Report>> apply(const std::string& component,
                                               const CacheOption& cache,
                                               const policy::Grants& grants,
                                               confine::Reach reach = {}) const;
};

}  // namespace favo::cli
