#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/grants.h"
#include "policy/limits.h"
#include "telemetry/log.h"

namespace CLI {
class App;
}

/// What several commands share on the command line.
namespace favo::cli {

/// Exit codes. `favo run` adds the guest's own.
constexpr int kSuccess = 0;
constexpr int kFailure = 1;
constexpr int kUsage = 2;     ///< the command line; also errors of Code::InvalidArgument
constexpr int kTrapped = 70;  ///< `favo run`: the guest trapped or met a limit (EX_SOFTWARE)

/// The command that was chosen, to be run once the command line is known to be right: its exit
/// code, or an error that `main` prints.
using Action = std::function<Result<int>()>;

/// Name, one-line summary and examples, for the help; each example is a command line.
struct Command {
  std::string name, summary, description;
  std::vector<std::string> examples;
};
CLI::App& add_command(CLI::App& app, const Command& command);

// One per command; each sets `action` when it was chosen.
void add_serve(CLI::App& app, Action& action);
/// `arguments`: what came after `--`.
void add_run(CLI::App& app, Action& action, const std::vector<std::string>& arguments);
void add_inspect(CLI::App& app, Action& action);
void add_compile(CLI::App& app, Action& action);
void add_call(CLI::App& app, Action& action);
void add_compose(CLI::App& app, Action& action);
void add_schema(CLI::App& app, Action& action);
void add_up(CLI::App& app, Action& action);
void add_build(CLI::App& app, Action& action);
void add_watch(CLI::App& app, Action& action);
void add_new(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_wast(CLI::App& app, Action& action);

struct GrantOptions {
  std::vector<std::string> assignments, directories, http;
  std::vector<std::string> tcp, udp, listen_sockets;
  void add_to(CLI::App& command);
  Result<policy::Grants> grants() const;
};

struct CacheOption {
  std::string path;  ///< empty: the default
  bool off = false;  ///< no option: for what is not worth keeping
  void add_to(CLI::App& command);
  /// `--cache-dir`, `FAVO_CACHE_DIR`, or `artifacts` in favo's folder of the user's cache.
  /// Errors: InvalidArgument when none of it is known.
  Result<std::string> directory() const;
};

struct LimitOptions {
  /// A command at a terminal may take its time: whoever started it can stop it.
  enum class For : bool { Run, Serve };
  For purpose;
  std::vector<std::string> texts;  ///< by limit; empty: its default

  void add_to(CLI::App& command);
  Result<policy::Limits> limits() const;
};

struct LogOption {
  std::string format = "logfmt";
  void add_to(CLI::App& command);
};

/// The required positional.
void add_component(CLI::App& command, std::string& path);

/// The optional positional of an application: a manifest or its folder.
void add_manifest(CLI::App& command, std::string& path);
/// The same of several.
void add_manifests(CLI::App& command, std::vector<std::string>& paths);

/// `90.4 KB`, `18.1 MB`: for people.
std::string human_size(std::uint64_t bytes);

}  // namespace favo::cli
