#include "cli/confinement.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

#include "component/compile/cache.h"

namespace favo::cli {
namespace {

/// More ports than this are not worth a rule each.
constexpr int kMostPorts = 256;

/// What granted sockets need. Of UDP, Landlock knows nothing; names are looked up by TCP, too.
void add_sockets(const policy::Grants& grants, confine::Reach& reach) {
  if (!grants.tcp.empty() || !grants.udp.empty()) reach.connect = reach.chosen_ports = true;
  for (const policy::EndpointGrant& grant : grants.listen_sockets) {
    const auto [first, last] = grant.ports;
    if (last - first >= kMostPorts) {
      reach.listen.push_back(0);
      continue;
    }
    for (int port = first; port <= last; ++port) {
      if (port == 0) {
        reach.chosen_ports = true;
      } else {
        reach.listen.push_back(static_cast<std::uint16_t>(port));
      }
    }
  }
}

}  // namespace

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
  add_sockets(grants, reach);
  if (const auto directory = cache.directory()) {
    // Only what exists can be allowed. Why it cannot be made is told by those who use it.
    const auto made = compile::Cache::open(*directory);
    static_cast<void>(made);
    reach.paths.push_back({*directory, true});
  }
  return std::optional(FAVO_TRY(confine::confine(reach)));
}

}  // namespace favo::cli
