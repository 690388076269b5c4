#include "policy/http_grant.h"

#include <algorithm>

#include "base/format.h"

namespace favo::policy {
namespace {

bool covers_scheme(const HttpGrant& grant, bool secure) {
  return grant.scheme == HttpGrant::Scheme::Any ||
         (grant.scheme == HttpGrant::Scheme::Https) == secure;
}

/// Where a host's pattern ends: at the colon of a port, if one is written.
std::size_t end_of_host(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  return bracket == std::string_view::npos ? text.size()
                                           : std::min(text.find(':', bracket), text.size());
}

/// The path of a URL begins at a slash that is no range's: `10.0.0.0/8`.
bool has_path(std::string_view text) {
  if (text.find_first_of("?#\\") != std::string_view::npos) return true;
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const std::size_t slash = text.find('/', bracket);
  if (slash == std::string_view::npos) return false;
  const std::string_view base = text.substr(0, slash);
  if (!IpAddress::parse(base)) return true;
  return text.find('/', slash + 1) != std::string_view::npos;
}

}  // namespace

Result<HttpGrant> HttpGrant::parse(std::string_view text) {
  auto fail = [text](std::string_view why) {
    return error(Code::InvalidArgument, "outbound HTTP {:?}: {}", text, why);
  };
  HttpGrant grant{Scheme::Any, EndpointGrant{HostPattern::any(), PortRange()}};
  if (text == "*") return grant;
  std::string_view rest = text;
  if (text.starts_with("https://")) {
    grant.scheme = Scheme::Https;
    rest.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    grant.scheme = Scheme::Http;
    rest.remove_prefix(7);
  } else if (text.contains("://")) {
    return fail("the scheme must be http or https");
  } else {
    return fail(format("expected a URL of a server; did you mean https://{}?",
                       text.empty() ? "api.example.com" : text));
  }
  if (rest.contains('@')) return fail("a user name does not belong to a server");
  if (has_path(rest))
    return fail("a grant is for a whole server, without a path, as in https://api.example.com");
  const std::size_t end = end_of_host(rest);
  auto host = HostPattern::parse(rest.substr(0, end));
  if (!host) return fail(host.error().message());
  grant.endpoint.host = std::move(*host);
  grant.endpoint.ports = PortRange::of(default_port(grant.scheme == Scheme::Https));
  if (end < rest.size()) {
    const std::string_view port = rest.substr(end + 1);
    if (port.contains(':')) return fail("IPv6 needs brackets, as in https://[fd00::/8]:8443");
    const auto ports = PortRange::parse(port);
    if (!ports) return fail(ports.error().message());
    grant.endpoint.ports = *ports;
  }
  return grant;
}

bool HttpGrant::covers(const HttpGrant& narrower) const {
  return (scheme == Scheme::Any || scheme == narrower.scheme) && endpoint.covers(narrower.endpoint);
}

std::string HttpGrant::print() const {
  const std::string host = endpoint.host.print();
  if (scheme == Scheme::Any) return host;  // `*`: no other form has no scheme
  const bool secure = scheme == Scheme::Https;
  const std::string origin = format("{}://{}", secure ? "https" : "http", host);
  return endpoint.ports == PortRange::of(default_port(secure))
             ? origin
             : format("{}:{}", origin, endpoint.ports.print());
}

std::string Origin::print() const {
  const auto* name = std::get_if<HostName>(&host);
  const std::string text = name ? name->text() : std::get<IpAddress>(host).print_host();
  const std::string origin = format("{}://{}", secure ? "https" : "http", text);
  return port == default_port(secure) ? origin : format("{}:{}", origin, port);
}

bool allows_request(std::span<const HttpGrant> grants, const Origin& origin) {
  const auto allows = [&](const auto& host) {
    return std::ranges::any_of(grants, [&](const HttpGrant& grant) {
      return covers_scheme(grant, origin.secure) && grant.endpoint.ports.contains(origin.port) &&
             grant.endpoint.host.matches(host);
    });
  };
  return std::visit(allows, origin.host);
}

bool allows_by_name(std::span<const HttpGrant> grants, const Origin& origin) {
  const auto* name = std::get_if<HostName>(&origin.host);
  return name && std::ranges::any_of(grants, [&](const HttpGrant& grant) {
           return covers_scheme(grant, origin.secure) && !grant.endpoint.host.is_any() &&
                  grant.endpoint.allows_name(*name, origin.port);
         });
}

bool allows_connection(std::span<const HttpGrant> grants, const Origin& origin,
                       const IpAddress& address) {
  if (!allows_request(grants, origin)) return false;
  if (address.is_public() && std::holds_alternative<HostName>(origin.host)) return true;
  return std::ranges::any_of(grants, [&](const HttpGrant& grant) {
    return covers_scheme(grant, origin.secure) &&
           grant.endpoint.allows_address(address, origin.port);
  });
}

}  // namespace favo::policy
