#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/endpoint.h"

namespace favo::policy {

/// Servers that a guest may send HTTP requests to:
///   `https://api.example.com`           port 443 of this host
///   `http://*.internal:8080`            of all names below `internal`
///   `https://10.0.0.0/8:8000-8999`      of these addresses
///   `https://*`                         of any public one
///   `*`                                 any public one by http or https, at any port
/// Hosts and ports match as those of an `EndpointGrant` do; a grant speaks of a whole server, never
/// of paths.
struct HttpGrant {
  enum class Scheme : std::uint8_t { Any, Http, Https };

  Scheme scheme = Scheme::Any;
  EndpointGrant endpoint;

  /// Errors: InvalidArgument, with what was expected.
  static Result<HttpGrant> parse(std::string_view text);

  /// Whether it allows nothing that this does not allow.
  bool covers(const HttpGrant& narrower) const;
  std::string print() const;
  bool operator==(const HttpGrant&) const = default;
};

/// A server: a URL without user, path and query.
struct Origin {
  bool secure = false;  ///< https
  Host host;
  std::uint16_t port = 0;

  /// `https://api.example.com:8443`; the port only when it is not the scheme's. Read by
  /// `HttpGrant::parse`, it grants this server.
  std::string print() const;
  friend auto operator<=>(const Origin&, const Origin&) = default;
};

/// The port of a URL that names none.
constexpr std::uint16_t default_port(bool secure) { return secure ? 443 : 80; }

/// Whether `grants` let a guest send requests to `origin`. Its name may then be looked up.
bool allows_request(std::span<const HttpGrant> grants, const Origin& origin);
/// Whether one of `grants` speaks of the origin by its name, or by a pattern of names: `*`, any
/// public server, does not. For what is reached without an address.
bool allows_by_name(std::span<const HttpGrant> grants, const Origin& origin);
/// Whether a connection for it may be made to `address`, to which its name resolved or which it
/// names itself.
bool allows_connection(std::span<const HttpGrant> grants, const Origin& origin,
                       const IpAddress& address);

}  // namespace favo::policy
