#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favo::app {

/// Which requests go where: patterns of a host and a path.
///
///   path   `/about`            that path alone
///          `/users/:id/photo`  one segment, not empty, in the place of `:id`
///          `/api/...`          `/api` and all below it; `/...` is everything
///   host   empty               any
///          `shop.example.com`  that host
///          `*.example.com`     any host below it
struct Route {
  std::string host, path;
  std::size_t target = 0;  ///< the caller's
  std::string origin;      ///< where it was written, for messages: `favo.toml:12`
};

/// Finds the route of a request: of all that fit, the most specific. A host beats its pattern, the
/// longer pattern the shorter, and any the lack of one. Then segment by segment from the left: a
/// literal beats a parameter, and both beat `...`.
///
/// Paths are compared as they were sent, but for percent-encoded bytes, which are decoded one
/// segment at a time: `/a%70i` is `/api`, and an encoded slash separates nothing. Nothing else is
/// changed: `//` has an empty segment in it, and `..` is a segment like any other.
///
/// Threads: any, once made. Cost of `find`: no allocation; linear in the path, and at worst in the
///          number of segments of all routes.
///
/// Example:
///   const auto table = FAVO_TRY(RouteTable::create(routes));
///   if (const auto target = table.find("example.com:8080", "/api/users?page=2")) …
class RouteTable {
 public:
  /// Errors: InvalidArgument for a pattern that is none, and for two that mean the same requests,
  ///         with both their origins.
  static Result<RouteTable> create(std::span<const Route> routes);

  /// The target of the route for a request. `host`: as the request names it, a port included; empty
  /// when it names none. `path`: as sent, a query included.
  std::optional<std::size_t> find(std::string_view host, std::string_view path) const;

 private:
  /// Of a tree of segments. Indices are into `nodes_`.
  struct Node {
    std::vector<std::pair<std::string, std::uint32_t>> literals;  ///< sorted
    std::optional<std::uint32_t> parameter;
    std::optional<std::uint32_t> exact, rest;  ///< routes that end here, or in `...`
  };
  struct Host {
    std::string name;  ///< in lower case, without `*.`
    bool is_suffix = false;
    std::uint32_t root = 0;
  };

  Result<void> add(const Route& route, std::uint32_t index, std::span<const Route> all);
  std::uint32_t host_root(std::string_view pattern);
  std::uint32_t child(std::uint32_t node, std::string_view segment);
  std::optional<std::uint32_t> match(std::uint32_t node, std::string_view rest, bool at_end) const;

  std::vector<Node> nodes_;
  std::vector<Host> hosts_;  ///< the most specific first
  std::vector<std::size_t> targets_;
};

/// Whether a pattern's path, or host, is one. Errors: InvalidArgument, with what was expected.
Result<void> check_route_path(std::string_view path);
Result<void> check_route_host(std::string_view host);

}  // namespace favo::app
