#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "policy/endpoint.h"
#include "policy/http_grant.h"
#include "telemetry/audit.h"

namespace favo {
class Loop;
class Permits;
class Signal;
}  // namespace favo
namespace favo::fs {
class Directory;
class Helpers;
}  // namespace favo::fs
namespace favo::http {
struct Caller;
class Exchange;
}  // namespace favo::http
namespace favo::http::client {
class Client;
}
namespace favo::net {
class ClientContext;
class Resolver;
}  // namespace favo::net

namespace favo::wasi {

class Blocking;
class Clock;
class Pollable;
class RandomSource;
class Stdio;
namespace preview1 {
class State;
}
namespace sockets {
class Access;
}

/// A directory as a guest knows it.
struct Preopen {
  std::shared_ptr<const fs::Directory> directory;
  std::string name;
};

/// What one component may see. Empty: nothing.
struct Grant {
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> arguments;
  std::vector<Preopen> directories;
  /// Servers to send HTTP requests to.
  std::vector<policy::HttpGrant> http;
  /// Sockets: where to connect and send, and where to listen.
  std::vector<policy::EndpointGrant> tcp, udp, listen_sockets;
};

/// The part of a `Context` that all instances of an application share. Immutable once in use, so
/// shards may read it together.
struct Config {
  /// By component instance (`abi::Call::component`). Components beyond the end get `others`.
  std::vector<Grant> components;
  Grant others;

  /// Who makes the calls on files. Null where no directory is granted.
  std::shared_ptr<fs::Helpers> helpers;
  /// The sockets of all instances. Null where none is granted.
  std::shared_ptr<Permits> sockets;
  /// Who notes what is refused; null: nobody.
  std::shared_ptr<telemetry::Audit> audit;
  /// What the components are called there, by component instance.
  std::vector<std::string> names;
  /// Who looks names up. Null where no network is granted.
  std::shared_ptr<net::Resolver> resolver;
  /// Whom to trust by https. Null where no server is granted.
  std::shared_ptr<const net::ClientContext> tls;
  /// Connections to servers, of all instances. Null where no server is granted.
  std::shared_ptr<Permits> http_connections;
  /// Keeps guests from learning what a metadata hash is made from.
  std::array<std::uint64_t, 2> hash_key{};
  /// The limit of open files, for the message about it.
  std::uint32_t max_open_files = 0;

  const Grant& grant(std::uint32_t component) const {
    return component < components.size() ? components[component] : others;
  }
  std::string_view name(std::uint32_t component) const {
    return component < names.size() ? std::string_view(names[component]) : std::string_view();
  }
};

/// What the host functions of WASI know of the application instance that calls them: they reach it
/// by `call.host<Context>()`. Authority is here or nowhere.
///
/// Ownership: borrows everything; the embedder keeps it all alive until the instance is gone, its
///            handle table included.
/// Threads:   one shard.
/// Cost:      made once per request; no allocation.
///
/// Example:
///   Context context(shard.loop(), deployment.config(), shard.clock(), shard.random());
///   context.set_exchange(&exchange);
///   // instantiate with Instance::Options::host = &context, call the export, drop the instance
class Context {
 public:
  Context(Loop& loop, const Config& config, Clock& clock, RandomSource& random);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Loop& loop() const { return loop_; }
  Clock& clock() const { return clock_; }
  RandomSource& random() const { return random_; }
  const Grant& grant(std::uint32_t component) const { return config_.grant(component); }
  const std::array<std::uint64_t, 2>& hash_key() const { return config_.hash_key; }
  std::uint32_t max_open_files() const { return config_.max_open_files; }
  /// `wasi:random/insecure-seed`: one for the whole life of the instance.
  const std::array<std::uint64_t, 2>& insecure_seed();
  /// Notified in a later turn of the loop: for work in steps, between which others have their turn.
  Signal& next_turn();
  /// Calls on files. Cost: an allocation the first time.
  Blocking& blocking();
  /// What `component` may do with the network. Cost: an allocation the first time.
  sockets::Access& access(std::uint32_t component);
  const std::shared_ptr<Permits>& sockets() const { return config_.sockets; }
  const std::shared_ptr<net::Resolver>& resolver() const { return config_.resolver; }
  /// What a preview 1 guest has open: standard streams and the directories of `component`, at
  /// first.
  preview1::State& preview1_state(std::uint32_t component);

  /// Null: standard input is at its end, and output is thrown away.
  Stdio* stdio() const { return stdio_; }
  void set_stdio(Stdio* stdio) { stdio_ = stdio; }

  /// Notes that a component was refused something, and by which grant it would not have been.
  /// `use.component` is filled in here. `level`: see `Audit::refused`.
  void refused(std::uint32_t component, telemetry::CapabilityUse use,
               telemetry::Level level = telemetry::Level::Warning) const;
  /// The same, in words: interface without a version, WIT function without its `[method]`.
  void refused(std::uint32_t component, std::string_view interface, std::string_view function,
               std::string_view target, std::string_view grant) const {
    refused(component, {{}, interface, function, target, grant});
  }
  /// Whether what is allowed is to be noted, by `granted`. Ask before making texts for it.
  bool explains() const { return config_.audit && config_.audit->explains(); }
  /// Notes that a component used what it was granted; `use.grant` is the least that covers it.
  void granted(std::uint32_t component, telemetry::CapabilityUse use) const;
  /// Who sends requests; null: nobody, whatever is granted.
  http::client::Client* http_client() const { return http_client_; }
  void set_http_client(http::client::Client* client) { http_client_ = client; }

  /// The request that is being answered; null when none is.
  http::Exchange* exchange() const { return exchange_; }
  /// `id`: what logs call it, and servers of this process that are asked for its sake; lives as
  /// long as the exchange.
  void set_exchange(http::Exchange* exchange, std::string_view id = {}) {
    exchange_ = exchange;
    request_id_ = id;
  }
  /// As who `component` sends its next request.
  http::Caller next_caller(std::uint32_t component);

  /// `wasi:cli/exit`: notes the code and gives the error that unwinds the guest.
  Error exit(std::uint8_t code);
  /// Set when the guest asked to exit: the error its call failed with is then no trap.
  std::optional<std::uint8_t> exit_code() const { return exit_code_; }

 private:
  Loop& loop_;
  const Config& config_;
  Clock& clock_;
  RandomSource& random_;
  Stdio* stdio_ = nullptr;
  http::client::Client* http_client_ = nullptr;
  http::Exchange* exchange_ = nullptr;
  std::string_view request_id_;
  std::uint32_t sent_ = 0;  ///< requests
  std::optional<std::uint8_t> exit_code_;
  std::optional<std::array<std::uint64_t, 2>> insecure_seed_;
  std::unique_ptr<Pollable> turn_;
  std::unique_ptr<Blocking> blocking_;
  std::map<std::uint32_t, std::unique_ptr<sockets::Access>> accesses_;  ///< by component
  std::unique_ptr<preview1::State> preview1_;
};

}  // namespace favo::wasi
