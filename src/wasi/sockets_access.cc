#include "wasi/sockets_access.h"

#include <algorithm>
#include <string>

#include "base/format.h"
#include "policy/option.h"
#include "wasi/sockets_address.h"

namespace favo::wasi::sockets {
namespace {

std::string_view option_of(Protocol protocol) {
  return protocol == Protocol::Tcp ? "--tcp" : "--udp";
}

std::string print(const IpSocketAddress& address) {
  return sockets::print(policy_address(address), port_of(address));
}

/// As on the command line.
std::string grant_text(std::string_view option, std::string_view endpoint) {
  return format("{} {}", option, policy::shell_word(endpoint));
}

}  // namespace

bool Access::may_open(Protocol protocol, Function function) const {
  if (!grants(protocol).empty() || !grant_.listen_sockets.empty()) return true;
  refused(function, protocol == Protocol::Tcp ? "any TCP socket" : "any UDP socket",
          format("{} HOST:PORT", option_of(protocol)), Exact::No);
  return false;
}

bool Access::may_listen(const IpSocketAddress& local) const {
  return policy::allows_listening(grant_.listen_sockets, policy_address(local), port_of(local));
}

bool Access::may_bind(Protocol protocol, const IpSocketAddress& local, Function function) const {
  if (port_of(local) == 0 && !grants(protocol).empty()) return true;
  if (may_listen(local)) {
    if (context_.explains()) granted(function, "--listen-socket", print(local));
    return true;
  }
  refuse_to_listen(local, function);
  return false;
}

void Access::refuse_to_listen(const IpSocketAddress& local, Function function) const {
  refused(function, print(local), grant_text("--listen-socket", print(local)));
}

const policy::HostName* Access::name_of(Protocol protocol, const policy::IpAddress& address,
                                        std::uint16_t port) const {
  for (const Known& known : known_) {
    if (known.address == address &&
        policy::allows_connection(grants(protocol), &known.name, address, port))
      return &known.name;
  }
  return nullptr;
}

bool Access::reaches(Protocol protocol, const policy::IpAddress& remote, std::uint16_t port) const {
  return policy::allows_connection(grants(protocol), nullptr, remote, port) ||
         name_of(protocol, remote, port);
}

bool Access::may_reach(Protocol protocol, const IpSocketAddress& remote, Function function) const {
  const policy::IpAddress address = policy_address(remote);
  const std::uint16_t port = port_of(remote);
  const bool allowed = reaches(protocol, address, port);
  if (!allowed) {
    refused(function, print(remote), grant_text(option_of(protocol), print(remote)));
  } else if (context_.explains()) {
    const policy::HostName* name = name_of(protocol, address, port);
    if (name) granted(function, option_of(protocol), format("{}:{}", name->text(), port));
    if (!name || !address.is_public()) granted(function, option_of(protocol), print(remote));
  }
  return allowed;
}

bool Access::may_resolve(const policy::HostName& name, Function function) const {
  for (const Protocol protocol : {Protocol::Tcp, Protocol::Udp}) {
    const auto matches = [&](const policy::EndpointGrant& grant) {
      return grant.host.matches(name);
    };
    if (std::ranges::any_of(grants(protocol), matches)) return true;
  }
  refused(function, name.text(), format("--tcp {}:PORT", name.text()), Exact::No);
  return false;
}

void Access::learn(const policy::HostName& name, net::Resolver::Addresses& addresses,
                   Function function) {
  const auto usable = [&](const policy::IpAddress& address) {
    if (address.is_public()) return true;
    const auto matches = [&](const policy::EndpointGrant& grant) {
      return grant.host.matches(address);
    };
    return std::ranges::any_of(grant_.tcp, matches) || std::ranges::any_of(grant_.udp, matches);
  };
  std::erase_if(addresses, [&](const policy::IpAddress& address) {
    if (usable(address)) return false;
    refused(function, format("{}, which is {}", name.text(), address.print()),
            format("--tcp {}:PORT", address.print_host()), Exact::No);
    return true;
  });
  for (const policy::IpAddress& address : addresses) {
    const auto same = [&](const Known& known) {
      return known.address == address && known.name == name;
    };
    if (std::ranges::any_of(known_, same)) continue;
    if (known_.size() < kMostKnown) {
      known_.push_back({name, address});
    } else {
      known_[oldest_] = {name, address};
      oldest_ = (oldest_ + 1) % kMostKnown;
    }
  }
}

void Access::refused(Function function, std::string_view target, std::string_view grant,
                     Exact exact) const {
  context_.refused(component_,
                   {{}, function.interface, function.name, target, grant, exact == Exact::Yes});
}

void Access::granted(Function function, std::string_view option, std::string_view endpoint) const {
  const std::string grant = grant_text(option, endpoint);
  context_.granted(component_, {{}, function.interface, function.name, endpoint, grant});
}

}  // namespace favo::wasi::sockets
