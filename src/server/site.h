#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "app/routes.h"
#include "http/exchange.h"
#include "server/deployment.h"

namespace favo::server {

/// What one server answers with, and which of it a request gets. Immutable, so all shards share it.
/// All deployments have the limits of the first.
struct Site {
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

}  // namespace favo::server
