#include "develop/build.h"

#include <signal.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <thread>

#include "base/format.h"
#include "cli/application.h"
#include "cli/build_view.h"
#include "cli/interruption.h"
#include "cli/options.h"

namespace favo::cli {
namespace {

struct BuildOptions {
  std::string manifest = ".";
  std::vector<std::string> components;
};

/// Whether an argument means an application rather than a component of the current folder's: a
/// component's sources often lie in a folder of its name.
bool is_application(const std::string& argument) {
  struct stat found;
  return argument.contains('/') || argument.starts_with('.') || argument.ends_with(".toml") ||
         stat((argument + "/favo.toml").c_str(), &found) == 0;
}

Result<int> run_build(BuildOptions options) {
  if (!is_application(options.manifest)) {
    options.components.insert(options.components.begin(), options.manifest);
    options.manifest = ".";
  }
  const app::Manifest manifest =
      FAVO_TRY(read_manifest(options.manifest, nullptr, app::Sources::MayBeMade));
  const auto jobs = FAVO_TRY(develop::jobs_of(manifest, options.components));

  // Commands run in groups of their own, which a Ctrl-C at the terminal does not reach: it stops
  // the build, and the build stops them.
  const fs::Fd stop = take_signals({SIGINT, SIGTERM, SIGHUP});
  BuildView view(BuildView::Live::Yes);
  const develop::BuildOptions how{.folder = manifest.folder,
                                  .at_once = std::thread::hardware_concurrency(),
                                  .stop = stop.get()};
  FAVO_TRY(develop::build(jobs, how, view));
  // Files of components that nothing builds must have been there all along.
  if (options.components.empty()) FAVO_TRY(read_manifest(options.manifest));
  return kSuccess;
}

}  // namespace

void add_build(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app,
      {.name = "build",
       .summary = "Build an application's components",
       .description = "Runs `build.command` of each component of a favo.toml, or of those that "
                      "are named: as many at\nonce as there are cores. The first that fails stops "
                      "the others.",
       .examples = {"favo build", "favo build shop", "favo build shop core data"}});
  auto options = std::make_shared<BuildOptions>();
  add_manifest(command, options->manifest);
  command.add_option("component", options->components, "only these components")
      ->type_name("component");
  command.callback([&action, options] { action = [options] { return run_build(*options); }; });
}

}  // namespace favo::cli
