#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/routes.h"
#include "http/exchange.h"
#include "server/deployment.h"

namespace favo::server {

/// An application as a server answers with it, and which of its deployments a request gets.
/// Immutable, so all shards share it. All deployments have the limits of the first.
struct Application {
  std::string name;  ///< for logs; differs from that of others of its site
  std::vector<std::shared_ptr<const Deployment>> deployments;  ///< one at least
  /// Targets are indices into `deployments`. None: the first answers everything.
  std::optional<app::RouteTable> routes;

  const policy::Limits& limits() const { return deployments.front()->limits; }
  /// Null when there is no route. Cost: see `RouteTable::find`.
  const Deployment* find(const http::RequestHead& request) const {
    if (!routes) return deployments.front().get();
    const auto target = routes->find(request.authority, request.target);
    return target ? deployments[*target].get() : nullptr;
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
