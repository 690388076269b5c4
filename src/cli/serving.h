#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/confinement.h"
#include "cli/options.h"
#include "cli/tls_option.h"
#include "component/abi/host.h"
#include "engine/engine.h"
#include "server/server.h"
#include "server/site.h"

namespace favo::cli {

/// What `favo serve`, `favo up` and `favo watch` have in common.
struct ServingOptions {
  std::string listen = "127.0.0.1:8080";
  std::string threads;  ///< empty: one per core
  CacheOption cache;
  LogOption log;
  TlsOption tls;
  ConfineOption confine;

  /// `confined`: whether the process shuts itself in, which can be turned off then.
  void add_to(CLI::App& command, bool confined = true);
};

/// What is served.
struct Served {
  /// A line that tells where: of what kind, its name, and the only hosts that it answers, if any.
  struct Line {
    std::string_view kind;
    std::string name;
    std::string hosts;
  };
  /// What an application may need of the engine's pool.
  struct Load {
    std::uint32_t requests;        ///< at once
    std::uint32_t components = 1;  ///< about how many take part in one
  };

  std::vector<Line> logged;
  std::string file;                  ///< its own, for the process's sandbox
  policy::Grants grants;             ///< of all components together, for the same
  std::vector<std::string> sources;  ///< other files that are read
  std::vector<Load> loads;
  /// Makes it, in the sandbox. The engine and the host outlive the site.
  std::function<Result<server::Site>(const engine::Engine&, abi::Host&)> make;
  bool confined = true;
  /// Called once it is served, unless it is null, with the handle to replace it by.
  std::function<void(const server::Serving&)> started = {};
  /// Called unless it is null when nothing is served any more, while there is still an engine: who
  /// makes replacements must end.
  std::function<void()> ended = {};
};

/// Confines the process, makes the site and serves it until it is told to stop.
/// Errors: InvalidArgument for options, before anything is made.
Result<int> serve_site(const ServingOptions& options, const Served& served);

}  // namespace favo::cli
