#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "engine/engine.h"
#include "net/tls.h"
#include "server/site.h"
#include "telemetry/log.h"

namespace favo::server {

struct ServeOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  ///< 0: any free one
  unsigned threads = 0;       ///< shards; 0: one per core
  telemetry::LogFormat log_format = telemetry::LogFormat::Logfmt;
  int log_fd = 2;
  std::shared_ptr<const net::ServerContext> tls;  ///< null: plain HTTP
  /// Called on SIGHUP: what new connections are shown from then on. An error is logged, and all
  /// stays as it was. Without it, SIGHUP ends the process as usual.
  std::function<Result<std::shared_ptr<const net::ServerContext>>()> reload_tls;
};

/// A server at work, for those who change it meanwhile. A handle: copies mean the same server, and
/// may outlive it.
///
/// Threads: any.
///
/// Example:
///   serve(engine, site, options, [&](std::uint16_t port, Serving& serving) {
///     watcher = std::jthread([serving] { … serving.replace(newer); … });
///   });
class Serving {
 public:
  struct State;
  explicit Serving(std::shared_ptr<State> state) : state_(std::move(state)) {}

  /// Requests that arrive from now on get `site`, on each shard from its next turn on. Those at
  /// work end on the site that they began with, and those that wait in the queue are routed anew;
  /// no connection is closed. The former site is freed when the last of its requests has ended.
  /// Sites may share applications: what has not changed need not be made again, and keeps its
  /// connections.
  ///
  /// The limits of connections stay those of the first site: `header`, `header-fields`,
  /// `request-body`, `connections`, `header-time`, `body-wait`, `idle`, `shutdown`. So does the
  /// engine's pool: instances that it has no room for are refused with 503.
  ///
  /// The engine and what the site was bound to outlive `serve`. Once that has ended, this does
  /// nothing.
  void replace(std::shared_ptr<const Site> site) const;

 private:
  std::shared_ptr<State> state_;
};

/// Serves `site` over HTTP until SIGTERM or SIGINT, then lets running requests finish. A
/// second signal ends at once. SIGUSR1 logs what was refused lately. Blocks.
///
/// `listening` is called once, when every shard accepts connections, with the port and the handle.
/// Threads: from main, before other threads exist: it blocks the signals for all.
/// Errors: Io when the address is in use or not ours.
Result<void> serve(const engine::Engine& engine, std::shared_ptr<const Site> site,
                   const ServeOptions& options,
                   std::function<void(std::uint16_t, Serving&)> listening);

}  // namespace favo::server
