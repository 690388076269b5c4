#include "cli/confinement.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

#include "component/compile/cache.h"

namespace favo::cli {

void ConfineOption::add_to(CLI::App& command) {
  command.add_flag("--no-confine", off,
                   "do without Landlock, seccomp and dropped privileges, for debugging");
}

Result<std::optional<confine::Report>> ConfineOption::apply(const std::string& component,
                                                            const CacheOption& cache,
                                                            const policy::Grants& grants,
                                                            confine::Reach reach) const {
  if (off) return std::optional<confine::Report>();
  reach.paths.push_back({component, false});
  for (const policy::DirectoryGrant& directory : grants.directories)
    reach.paths.push_back({directory.host, directory.write});
  if (!grants.http.empty()) {
    reach.connect = true;
    if (const char* roots = std::getenv("SSL_CERT_FILE")) reach.paths.push_back({roots, false});
  }
  if (const auto directory = cache.directory()) {
    // Only what exists can be allowed. Why it cannot be made is told by those who use it.
    const auto made = compile::Cache::open(*directory);
    static_cast<void>(made);
    reach.paths.push_back({*directory, true});
  }
  return std::optional(FAVO_TRY(confine::confine(reach)));
}

}  // namespace favo::cli
