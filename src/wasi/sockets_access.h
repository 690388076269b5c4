#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "net/resolver.h"
#include "policy/endpoint.h"
#include "wasi/context.h"
#include "wasi/sockets.h"

namespace favo::wasi::sockets {

/// A WIT function, for the audit: `{"wasi:sockets/tcp", "tcp-socket.start-connect"}`.
struct Function {
  std::string_view interface, name;
};

enum class Protocol : std::uint8_t { Tcp, Udp };

/// What one component of one instance may do with the network: its grants, and the addresses that
/// granted names have led it to. Each question tells the audit what came of it.
///
/// Ownership: the instance's `Context` has it, and outlives all resources of the guest.
/// Threads:   one shard.
class Access {
 public:
  /// Names that were looked up are remembered with their addresses, this many; then the oldest go.
  static constexpr std::size_t kMostKnown = 256;

  Access(const Context& context, std::uint32_t component)
      : context_(context), grant_(context.grant(component)), component_(component) {}

  /// Whether a socket could be of any use.
  bool may_open(Protocol protocol, Function function) const;
  /// Whether to listen, or to receive datagrams from anybody.
  bool may_listen(const IpSocketAddress& local) const;
  /// Whether to bind. A port that the system chooses is for everybody who may connect or send.
  bool may_bind(Protocol protocol, const IpSocketAddress& local, Function function) const;
  void refuse_to_listen(const IpSocketAddress& local, Function function) const;
  /// Whether to connect, or to send a datagram.
  bool may_reach(Protocol protocol, const IpSocketAddress& remote, Function function) const;
  /// The same for what comes in, which no audit needs to hear of.
  bool reaches(Protocol protocol, const policy::IpAddress& remote, std::uint16_t port) const;

  bool may_resolve(const policy::HostName& name, Function function) const;
  /// Leaves of a name's addresses those that a guest may use, and remembers them.
  void learn(const policy::HostName& name, net::Resolver::Addresses& addresses, Function function);

  Loop& loop() const { return context_.loop(); }
  const std::shared_ptr<net::Resolver>& resolver() const { return context_.resolver(); }

 private:
  struct Known {
    policy::HostName name;
    policy::IpAddress address;
  };

  std::span<const policy::EndpointGrant> grants(Protocol protocol) const {
    return protocol == Protocol::Tcp ? grant_.tcp : grant_.udp;
  }
  /// The name that led to an address and may be connected to at this port; null when none did.
  const policy::HostName* name_of(Protocol protocol, const policy::IpAddress& address,
                                  std::uint16_t port) const;
  /// Whether a grant can be pasted as it stands.
  enum class Exact : bool { No, Yes };
  void refused(Function function, std::string_view target, std::string_view grant,
               Exact exact = Exact::Yes) const;
  void granted(Function function, std::string_view option, std::string_view endpoint) const;

  const Context& context_;
  const Grant& grant_;
  const std::uint32_t component_;
  std::vector<Known> known_;
  std::size_t oldest_ = 0;  ///< once it is full
};

}  // namespace favo::wasi::sockets
