#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

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

/// Serves `site` over HTTP until SIGTERM or SIGINT, then lets running requests finish. A
/// second signal ends at once. Blocks.
///
/// `listening` is called once with the port, when every shard accepts connections.
/// Threads: from main, before other threads exist: it blocks the signals for all.
/// Errors: Io when the address is in use or not ours.
Result<void> serve(const engine::Engine& engine, std::shared_ptr<const Site> site,
                   const ServeOptions& options, std::function<void(std::uint16_t)> listening);

}  // namespace favo::server
