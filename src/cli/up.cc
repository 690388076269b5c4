#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/format.h"
#include "cli/application.h"
#include "cli/artifact.h"
#include "cli/options.h"
#include "cli/serving.h"

namespace favo::cli {
namespace {

struct UpOptions {
  std::string manifest = ".";
  ServingOptions serving;
};

/// Each component's own grants; what belongs to none of them gets nothing.
server::Granted granted_by(const app::Manifest& manifest) {
  server::Granted granted;
  for (const app::Component& component : manifest.components)
    granted.parts.emplace(component.name, component.grants);
  return granted;
}

/// One deployment for each component that answers requests, with all that it is linked to.
Result<server::Site> make_site(const app::Manifest& manifest, const CacheOption& cache,
                               const engine::Engine& engine, const abi::Host& host) {
  const std::vector<std::size_t> entries = manifest.entries();
  std::vector<std::string> roots;
  for (const std::size_t entry : entries) roots.push_back(manifest.components[entry].name);
  // Core modules are judged when the composition is compiled.
  const auto accept = [](Bytes) -> Result<void> { return {}; };
  const auto composed = FAVO_TRY(compose_application(manifest, roots, accept));

  server::Site site;
  const auto audit = std::make_shared<telemetry::Audit>();
  for (std::size_t i = 0; i < roots.size(); ++i) {
    auto pre = FAVO_TRY(load_application(engine, host, manifest.name, composed[i], cache));
    auto deployment = server::deploy_http(format("{}.{}", manifest.name, roots[i]), std::move(pre),
                                          granted_by(manifest), manifest.limits, audit);
    if (!deployment) return std::move(deployment).error().within(manifest.path);
    site.deployments.push_back(std::move(*deployment));
  }
  std::vector<app::Route> routes = manifest.routes;
  for (app::Route& route : routes)
    route.target =
        static_cast<std::size_t>(std::ranges::find(entries, route.target) - entries.begin());
  site.routes = FAVO_TRY(app::RouteTable::create(routes));
  return site;
}

/// What all components together may do: what the process itself must be able to do.
policy::Grants union_of(const app::Manifest& manifest) {
  policy::Grants all;
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (const app::Component& component : manifest.components) {
    append(all.directories, component.grants.directories);
    append(all.http, component.grants.http);
    append(all.tcp, component.grants.tcp);
    append(all.udp, component.grants.udp);
    append(all.listen_sockets, component.grants.listen_sockets);
  }
  return all;
}

Result<int> bring_up(const UpOptions& options) {
  const app::Manifest manifest = FAVO_TRY(read_manifest(options.manifest));
  if (manifest.routes.empty())
    return error(Code::NotFound,
                 "{} has no [[trigger.http]], so there is nothing to answer requests",
                 manifest.path);
  Served served{.logged = {"application", manifest.name},
                .file = manifest.path,
                .grants = union_of(manifest),
                .limits = manifest.limits,
                .components = static_cast<std::uint32_t>(manifest.components.size())};
  for (const app::Component& component : manifest.components)
    served.sources.push_back(component.source);
  served.make = [&](const engine::Engine& engine, abi::Host& host) {
    return make_site(manifest, options.serving.cache, engine, host);
  };
  return serve_site(options.serving, served);
}

}  // namespace

void add_up(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app, {.name = "up",
            .summary = "Run an application of several components",
            .description = "Links the components of a favo.toml in memory and answers HTTP by its "
                           "routes, each request\nin a fresh instance of all that takes part. Each "
                           "component gets its own grants and no others.",
            .examples = {"favo up", "favo up shop --listen 0.0.0.0:80"}});
  auto options = std::make_shared<UpOptions>();
  add_manifest(command, options->manifest);
  options->serving.add_to(command);
  command.callback([&action, options] { action = [options] { return bring_up(*options); }; });
}

}  // namespace favo::cli
