#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/endpoint.h"
#include "policy/http_grant.h"

namespace favo::policy {

/// A directory of this machine, and what the guest calls it.
struct DirectoryGrant {
  std::string host, guest;
  bool write = true;
  bool operator==(const DirectoryGrant&) const = default;
};

/// What a component was given. Deny by default: an empty `Grants` is no environment, no arguments,
/// no directories, no network. Pure data; `wasi` turns it into objects.
struct Grants {
  /// In the order given; names are unique.
  std::vector<std::pair<std::string, std::string>> env;
  /// The guest's arguments, its own name first.
  std::vector<std::string> args;
  /// In the order given; guests' names are unique.
  std::vector<DirectoryGrant> directories;
  /// Servers to send HTTP requests to. These lists are in the order given, without repetitions.
  std::vector<HttpGrant> http;
  /// Where to connect by TCP, and to send UDP datagrams.
  std::vector<EndpointGrant> tcp, udp;
  /// Addresses and ports to listen on, without names: see `allows_listening`.
  std::vector<EndpointGrant> listen_sockets;

  /// Adds `KEY=VALUE`; a later value replaces an earlier one.
  /// Errors: InvalidArgument without `=`, with an empty name, or with a NUL.
  Result<void> add_env(std::string_view assignment);

  /// Adds `HOST`, `HOST:GUEST` or `HOST:GUEST:ro|rw`. Without GUEST the guest knows it by the name
  /// HOST; without `ro` it may change what is there. The directory is not looked at.
  /// Errors: InvalidArgument for another form, an empty part, a NUL, a GUEST that is not UTF-8 or
  ///         is taken.
  Result<void> add_directory(std::string_view text);

  /// As `HttpGrant::parse` and `EndpointGrant::parse` read them. Errors: theirs.
  Result<void> add_http(std::string_view text);
  Result<void> add_tcp(std::string_view text);
  Result<void> add_udp(std::string_view text);
  Result<void> add_listen_socket(std::string_view text);

  /// Something that this allows and `wider` does not, as `http "https://api.example.com"`; none
  /// when this may be handed on by whoever has `wider`. A directory is compared by its name on this
  /// machine, a server or an address must be covered by one grant alone; arguments do not count.
  std::optional<std::string> beyond(const Grants& wider) const;
};

}  // namespace favo::policy
