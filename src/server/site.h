#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/routes.h"
#include "base/format.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "policy/manifest_form.h"
#include "server/deployment.h"
#include "server/static_files.h"

namespace favo::server {

/// What a route leads to: a deployment, or files.
struct Target {
  std::shared_ptr<const Deployment> deployment;  ///< null where files answer
  std::shared_ptr<const StaticFiles> files = {};

  // Of a deployment:
  policy::Limits limits = {};             ///< of the requests
  http::Fields headers = {};              ///< of the responses, in place of its own
  std::vector<std::string> methods = {};  ///< that it answers; none: all of them

  /// All that a deployment answers, as it is.
  static Target of(std::shared_ptr<const Deployment> deployment) {
    const policy::Limits limits = deployment->limits;
    return {.deployment = std::move(deployment), .limits = limits};
  }
  /// Whether it answers requests of this method: with GET goes HEAD.
  bool answers(std::string_view method) const {
    const auto is_listed = [&](std::string_view other) {
      return std::ranges::find(methods, other) != methods.end();
    };
    return methods.empty() || is_listed(method) || (method == "HEAD" && is_listed("GET"));
  }
};

/// An application as a server answers with it, and which of its parts a request gets. Immutable, so
/// all shards share it.
struct Application {
  std::string name;              ///< for logs; differs from that of others of its site
  policy::Limits common_limits;  ///< of all deployments
  /// Those that targets name.
  std::vector<std::shared_ptr<const Deployment>> deployments = {};
  std::vector<Target> targets = {};  ///< one at least
  /// Targets are indices into `targets`. None: the first answers everything.
  std::optional<app::RouteTable> routes = {};

  /// One deployment that answers everything.
  static Application of(std::string name, std::shared_ptr<const Deployment> deployment) {
    Application made{.name = std::move(name), .common_limits = deployment->limits};
    made.deployments.push_back(deployment);
    made.targets.push_back(Target::of(std::move(deployment)));
    return made;
  }

  const policy::Limits& limits() const { return common_limits; }
  /// How that limit is raised, in the words of who set it.
  std::string raise(std::string_view limit) const {
    const std::string option = format("--max-{}", limit);
    // Without a deployment there are files, which only a manifest can name.
    return deployments.empty() ? policy::with_manifest_limits(option)
                               : deployments.front()->in_its_words(option);
  }
  /// Null when there is no route. Cost: see `RouteTable::find`.
  const Target* find(const http::RequestHead& request) const {
    if (!routes) return &targets.front();
    const auto target = routes->find(request.authority, request.target);
    return target ? &targets[*target] : nullptr;
  }
};

/// What one server answers with: applications, told apart by the host of a request. Immutable.
///
/// Sites may share applications: what has not changed is then not even noticed to have been
/// replaced.
struct Site {
  std::vector<std::shared_ptr<const Application>> applications;  ///< one at least
  /// Targets are indices into `applications`. None: the first answers every host.
  std::optional<app::RouteTable> hosts;
  /// The hosts by which guests reach these applications without a socket; targets as above. None:
  /// they do not.
  std::optional<app::RouteTable> local;

  /// The index of the application that answers a request.
  std::optional<std::size_t> find(const http::RequestHead& request) const {
    if (!hosts) return 0;
    return hosts->find(request.authority, "/");
  }
};

}  // namespace favo::server
