#include <CLI/CLI.hpp>
#include <memory>

#include "app/hosts.h"
#include "base/format.h"
#include "cli/application.h"
#include "cli/explain.h"
#include "cli/options.h"
#include "cli/serving.h"
#include "cli/site.h"
#include "cli/variable_option.h"

namespace favo::cli {
namespace {

struct UpOptions {
  std::vector<std::string> manifests = {"."};
  VariableOption variables;
  ServingOptions serving;
  ExplainOption explain;
};

Result<std::vector<app::Manifest>> read_manifests(const std::vector<std::string>& paths,
                                                  const app::VariableInputs& inputs) {
  std::vector<app::Manifest> manifests;
  for (const std::string& path : paths) {
    manifests.push_back(FAVO_TRY(read_manifest(path, &inputs)));
    FAVO_TRY(check_answers(manifests.back()));
  }
  return manifests;
}

/// The line that tells where it is served.
Served::Line line_of(const app::Manifest& manifest, bool alone) {
  Served::Line line{"application", manifest.name};
  if (alone && manifest.hosts.empty()) return line;
  line.hosts = format("{}", fmt::join(app::hosts_of(manifest), " "));
  return line;
}

/// What an explanation is made from, by application: the applications themselves are gone by then.
struct Explained {
  std::shared_ptr<const telemetry::Audit> audit;
  std::vector<fuse::Program> programs;
};
using Explanations = std::vector<Explained>;

Explained noted(const server::Application& application) {
  Explained explained{std::make_shared<telemetry::Audit>(), {}};
  for (const auto& deployment : application.deployments) {
    explained.audit = deployment->config.audit;
    explained.programs.push_back(deployment->pre->program());
  }
  return explained;
}

Result<int> bring_up(const UpOptions& options) {
  const app::VariableInputs inputs = FAVO_TRY(options.variables.inputs());
  const std::vector<app::Manifest> manifests = FAVO_TRY(read_manifests(options.manifests, inputs));
  FAVO_TRY(VariableOption::check(inputs, manifests));
  Served served{.file = manifests.front().path, .grants = union_of(manifests)};
  for (const app::Manifest& manifest : manifests) {
    served.logged.push_back(line_of(manifest, manifests.size() == 1));
    served.loads.push_back({manifest.limits.concurrent_requests,
                            static_cast<std::uint32_t>(manifest.components.size())});
    served.sources.push_back(manifest.path);
    for (const app::Component& component : manifest.components)
      served.sources.push_back(component.source);
  }
  Explanations explanations;
  served.make = [&](const engine::Engine& engine, abi::Host& host) -> Result<server::Site> {
    server::Site site = FAVO_TRY(
        make_site(manifests, options.serving.cache, options.explain.scope(), engine, host));
    if (options.explain.on)
      for (const auto& application : site.applications) explanations.push_back(noted(*application));
    return site;
  };
  const int code = FAVO_TRY(serve_site(options.serving, served));
  for (std::size_t i = 0; i < explanations.size(); ++i)
    options.explain.print(manifests[i], explanations[i].programs, *explanations[i].audit);
  return code;
}

}  // namespace

void add_up(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app, {.name = "up",
            .summary = "Run applications of several components",
            .description = "Links the components of a favo.toml in memory and answers HTTP by its "
                           "routes, each request\nin a fresh instance of all that takes part. Each "
                           "component gets its own grants and no others.\nSeveral applications are "
                           "told apart by their hosts: those of the manifest, or NAME.localhost.",
            .examples = {"favo up", "favo up shop --listen 0.0.0.0:80", "favo up shop blog",
                         "favo up shop --var region=eu"}});
  auto options = std::make_shared<UpOptions>();
  add_manifests(command, options->manifests);
  options->variables.add_to(command);
  options->serving.add_to(command);
  options->explain.add_to(command);
  command.callback([&action, options] { action = [options] { return bring_up(*options); }; });
}

}  // namespace favo::cli
