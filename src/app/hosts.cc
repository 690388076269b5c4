#include "app/hosts.h"

#include <algorithm>

#include "base/format.h"

namespace favo::app {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// Errors: InvalidArgument when the two cannot be served together.
Result<void> check_apart(const Manifest& a, const Manifest& b) {
  if (a.name == b.name)
    return error(Code::InvalidArgument, "{} and {} both have the name {:?}; rename one of them",
                 a.path, b.path, a.name);
  const std::vector<std::string> others = hosts_of(b);
  for (const std::string& host : hosts_of(a)) {
    if (std::ranges::none_of(others,
                             [&](const std::string& other) { return is_same_host(host, other); }))
      continue;
    return error(Code::InvalidArgument,
                 "{} and {} both claim the host {}; give one of them another, as in hosts = "
                 "[\"{}.example.com\"]",
                 a.path, b.path, host, b.name);
  }
  return {};
}

}  // namespace

bool is_same_host(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::vector<std::string> hosts_of(const Manifest& manifest) {
  if (!manifest.hosts.empty()) return manifest.hosts;
  return {manifest.name + ".localhost"};
}

Result<RouteTable> host_table(std::span<const Manifest> manifests) {
  std::vector<Route> routes;
  for (std::size_t i = 0; i < manifests.size(); ++i) {
    for (std::size_t other = 0; other < i; ++other)
      FAVO_TRY(check_apart(manifests[other], manifests[i]));
    for (std::string& host : hosts_of(manifests[i]))
      routes.push_back({std::move(host), "/...", i, manifests[i].path});
  }
  return RouteTable::create(routes);
}

Result<RouteTable> local_table(std::span<const Manifest> manifests) {
  if (manifests.size() != 1) return host_table(manifests);
  const Manifest& alone = manifests.front();
  std::vector<std::string> hosts = hosts_of(alone);
  for (const Route& route : alone.routes) {
    const auto is_known = [&](const std::string& host) { return is_same_host(host, route.host); };
    if (!route.host.empty() && std::ranges::none_of(hosts, is_known)) hosts.push_back(route.host);
  }
  std::vector<Route> routes;
  for (std::string& host : hosts) routes.push_back({std::move(host), "/...", 0, alone.path});
  return RouteTable::create(routes);
}

}  // namespace favo::app
