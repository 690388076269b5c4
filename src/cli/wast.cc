#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/format.h"
#include "cli/options.h"
#include "telemetry/line.h"
#include "wast/run_file.h"

namespace favo::cli {
namespace {

struct WastOptions {
  std::vector<std::string> paths;
  wast::FileOptions file;
  unsigned seconds = 10;
  bool json = false;
};

Result<int> run_scripts(const WastOptions& options) {
  wast::FileOptions file = options.file;
  file.time_limit = std::chrono::seconds(options.seconds);
  std::vector<wast::Report> reports;
  std::size_t failed = 0;
  for (const std::string& path : options.paths) {
    reports.push_back(FAVO_TRY(wast::run_file(path, file)));
    failed += reports.back().count(wast::Verdict::Failed);
    if (options.json) continue;
    fmt::print("{}", telemetry::printable(wast::to_text(reports.back())));
    std::fflush(stdout);  // a file may take seconds, and the next one forks
  }
  fmt::print("{}", options.json ? wast::to_json(reports) : wast::summary(reports));
  return failed == 0 ? kSuccess : kFailure;
}

}  // namespace

void add_wast(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app,
      {.name = "wast",
       .summary = "Run component test scripts",
       .description =
           "Runs scripts of the Component Model's test suites: the .json that\n"
           "`wasm-tools json-from-wast` makes, or a .wast, which the wasm-tools in PATH\n"
           "converts (version 1.257.1). Prints passed/total for each, what was skipped for a\n"
           "feature that is not built, and the failures; exits with 1 if there is one.\n\n"
           "These features are on unless --without names them, or the comments at the top of\n"
           "the script do (`;;! component_model_map = false`, `;; RUN: wast -f -exceptions`):\n" +
           wast::feature_list(true) + ".\nThese are off unless --with or the script names them: " +
           wast::feature_list(false) + ".",
       .examples = {"favo wast script.wast", "favo wast --json out/*/*.json",
                    "favo wast --without cm-implements script.json"}});
  auto options = std::make_shared<WastOptions>();
  command.add_option("scripts", options->paths, "the scripts")
      ->required()
      ->type_name("script.wast");
  command.add_option("--without", options->file.without, "switch a feature off; may be repeated")
      ->type_name("FEATURE")
      ->allow_extra_args(false);
  command
      .add_option("--with", options->file.with, "switch a feature on that is off; may be repeated")
      ->type_name("FEATURE")
      ->allow_extra_args(false);
  command.add_flag("--validate-only", options->file.validate_only,
                   "instantiate nothing: a module's imports need not exist. On by itself for "
                   "scripts that begin with `;; RUN: wast`");
  command.add_option("--timeout", options->seconds, "seconds that one script may take")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  command.add_flag("--json", options->json, "print JSON instead of text");
  command.callback([&action, options] { action = [options] { return run_scripts(*options); }; });
}

}  // namespace favo::cli
