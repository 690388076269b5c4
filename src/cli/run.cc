#include <CLI/CLI.hpp>
#include <memory>

#include "cli/artifact.h"
#include "cli/confinement.h"
#include "cli/explain.h"
#include "cli/options.h"
#include "cli/report.h"
#include "server/command.h"
#include "wasi/preview1.h"
#include "wasi/wasi.h"

namespace favo::cli {
namespace {

struct RunOptions {
  std::string path;
  std::vector<std::string> arguments;
  GrantOptions grants;
  LimitOptions limits{LimitOptions::For::Run, {}};
  CacheOption cache;
  ConfineOption confine;
  ExplainOption explain;
};

/// The guest's own doing, as opposed to ours or the command line's.
bool is_guests_fault(Code code) {
  return code == Code::Trap || code == Code::DeadlineExceeded || code == Code::LimitExceeded;
}

Result<int> run_file(const RunOptions& options) {
  policy::Grants grants = FAVO_TRY(options.grants.grants());
  const policy::Limits limits = FAVO_TRY(options.limits.limits());
  grants.args = options.arguments;
  grants.args.insert(grants.args.begin(), file_name(options.path));

  FAVO_TRY(options.confine.apply(options.path, options.cache, grants));
  const engine::Engine engine = FAVO_TRY(small_engine());
  abi::Host host;
  wasi::add_to(host);
  wasi::add_preview1(host);
  auto pre = FAVO_TRY(load_application(engine, host, options.path, options.cache));
  StderrLog log;
  const std::shared_ptr<telemetry::Audit> audit = options.explain.audit();
  // The terminal is the guest's: only what it was told is an error.
  audit->log_to(log, telemetry::LogFormat::Logfmt, telemetry::Level::Warning);
  Result<int> code = server::run_command(*pre, grants, limits, audit);
  audit->stop_logging();
  options.explain.print(file_name(options.path), pre->program(), grants, *audit);
  if (!code && is_guests_fault(code.error().code()))
    return print_error(code.error().message(), {}, kTrapped);
  return code;
}

}  // namespace

void add_run(CLI::App& app, Action& action, const std::vector<std::string>& arguments) {
  CLI::App& command = add_command(
      app, {.name = "run",
            .summary = "Run a command-line component",
            .description = "Runs a component that exports wasi:cli/run, or a core module of WASI "
                           "preview 1, with this\nterminal's input and output. The exit code is "
                           "the guest's own; 70 when it traps or meets a limit.",
            .examples = {"favo run tool.wasm -- --flag", "favo run tool.wasm <in.txt >out.txt",
                         "favo run tool.wasm --env LANG=en --dir ./data:/data:ro -- one two"}});
  auto options = std::make_shared<RunOptions>();
  options->arguments = arguments;
  add_component(command, options->path);
  options->cache.add_to(command);
  options->grants.add_to(command);
  options->limits.add_to(command);
  options->confine.add_to(command);
  options->explain.add_to(command);
  command.callback([&action, options] { action = [options] { return run_file(*options); }; });
}

}  // namespace favo::cli
