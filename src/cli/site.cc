#include "cli/site.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "app/hosts.h"
#include "base/format.h"
#include "cli/application.h"
#include "cli/artifact.h"
#include "cli/explain.h"

namespace favo::cli {
namespace {

/// Each component's own grants; what belongs to none of them gets nothing.
server::Granted granted_by(const app::Manifest& manifest) {
  server::Granted granted;
  for (const app::Component& component : manifest.components) {
    granted.parts.emplace(component.name, component.grants);
    for (const auto& [name, grants] : component.inner)
      granted.parts.emplace(format("{}.{}", component.name, name), grants);
    if (component.memory) granted.memory.emplace(component.name, *component.memory);
  }
  return granted;
}

/// What the routes lead to. `deployments`: of the components in `entries`.
Result<std::vector<server::Target>> make_targets(
    const app::Manifest& manifest, const std::vector<std::size_t>& entries,
    const std::vector<std::shared_ptr<const server::Deployment>>& deployments) {
  const auto helpers = std::make_shared<fs::Helpers>();
  const auto open_files = std::make_shared<fs::OpenFiles>(manifest.limits.open_files);
  std::vector<server::Target> targets;
  for (const app::Route& route : manifest.routes) {
    const app::HttpTarget& from = manifest.targets[route.target];
    http::Fields headers;
    for (const auto& [name, value] : from.headers) headers.add(name, value);
    server::Target target{.deployment = nullptr};
    if (from.component) {
      const auto entry = std::ranges::find(entries, *from.component) - entries.begin();
      target.deployment = deployments[static_cast<std::size_t>(entry)];
      target.limits = from.limits;
      target.headers = std::move(headers);
      target.methods = from.methods;
    } else {
      // `/assets/...` has one segment before what names a file.
      const auto slashes = static_cast<std::size_t>(std::ranges::count(route.path, '/'));
      target.files = FAVO_TRY(server::StaticFiles::open({.folder = from.files.folder,
                                                         .index = from.files.index,
                                                         .fallback = from.files.fallback,
                                                         .headers = std::move(headers),
                                                         .route_segments = slashes - 1},
                                                        helpers, open_files));
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace

Result<std::shared_ptr<const server::Application>> make_application(
    const app::Manifest& manifest, const CacheOption& cache, telemetry::Audit::Scope audited,
    const engine::Engine& engine, const abi::Host& host, Compiled* last) {
  const std::vector<std::size_t> entries = manifest.entries();
  std::vector<std::string> roots;
  for (const std::size_t entry : entries) roots.push_back(manifest.components[entry].name);
  const Parts parts = FAVO_TRY(read_parts(manifest));
  const compile::Digest inputs = parts.digest(manifest.name);
  // For all roots at once, when the cache lacks one.
  std::vector<std::vector<std::uint8_t>> composed;
  const auto compose = [&](std::size_t root) -> Result<Bytes> {
    // Core modules are judged when the composition is compiled.
    const auto accept = [](Bytes) -> Result<void> { return {}; };
    if (composed.empty()) composed = FAVO_TRY(compose_application(manifest, parts, roots, accept));
    return Bytes(composed[root]);
  };

  server::Application application{.name = manifest.name, .common_limits = manifest.limits};
  // A connection takes what one of its routes does; each route then holds to its own.
  for (const app::HttpTarget& target : manifest.targets)
    application.common_limits.request_body =
        std::max(application.common_limits.request_body, target.limits.request_body);
  const auto audit = std::make_shared<telemetry::Audit>(audited, words_of(manifest));
  Compiled compiled;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const compile::Digest made_from = compile::Sha256().update(inputs).update(roots[i]).finish();
    auto& pre = compiled[made_from];
    if (last && last->contains(made_from)) {
      pre = last->at(made_from);
    } else {
      pre = FAVO_TRY(load_application(
          engine, host, manifest.name, made_from, [&] { return compose(i); }, cache));
    }
    auto deployment = server::deploy_http(
        format("{}.{}", manifest.name, roots[i]), pre, granted_by(manifest), manifest.limits, audit,
        manifest.snapshot ? server::StartFunctions::InFirst : server::StartFunctions::InEach);
    if (!deployment) return std::move(deployment).error().within(manifest.path);
    application.deployments.push_back(std::move(*deployment));
  }
  application.targets = FAVO_TRY(make_targets(manifest, entries, application.deployments));
  application.routes = FAVO_TRY(app::RouteTable::create(manifest.routes));
  if (last) *last = std::move(compiled);
  return std::make_shared<const server::Application>(std::move(application));
}

Result<server::Site> make_site(std::span<const app::Manifest> manifests, const CacheOption& cache,
                               telemetry::Audit::Scope audited, const engine::Engine& engine,
                               const abi::Host& host, Compiled* last) {
  server::Site site;
  auto hosts = app::host_table(manifests);
  // A mistake in files is none on the command line, whose help would not help.
  if (!hosts) return Error(Code::InvalidComponent, hosts.error().message());
  if (manifests.size() > 1 || !manifests.front().hosts.empty()) site.hosts = std::move(*hosts);
  site.local = FAVO_TRY(app::local_table(manifests));
  for (const app::Manifest& manifest : manifests)
    site.applications.push_back(
        FAVO_TRY(make_application(manifest, cache, audited, engine, host, last)));
  return site;
}

policy::Grants union_of(std::span<const app::Manifest> manifests) {
  policy::Grants all;
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (const app::Manifest& manifest : manifests) {
    for (const app::Component& component : manifest.components) {
      append(all.directories, component.grants.directories);
      append(all.http, component.grants.http);
      append(all.tcp, component.grants.tcp);
      append(all.udp, component.grants.udp);
      append(all.listen_sockets, component.grants.listen_sockets);
    }
    for (const app::HttpTarget& target : manifest.targets)
      if (!target.component) all.directories.push_back({target.files.folder, {}, false});
  }
  return all;
}

}  // namespace favo::cli
