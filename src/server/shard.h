#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/ticker.h"
#include "http/exchange.h"
#include "http/server.h"
#include "loop/loop.h"
#include "server/deployment.h"
#include "server/request.h"
#include "telemetry/log.h"
#include "wasi/clocks.h"
#include "wasi/random.h"

namespace favo::server {

/// One core's share of the server: its loop, its connections, its sandboxes. Shards share only what
/// does not change.
///
/// Threads: made anywhere, then belongs to the thread that calls `run`; `stop` from any.
class Shard final : private http::Handler {
 public:
  Shard(std::shared_ptr<const Deployment> deployment, engine::Ticker& ticker,
        telemetry::LogOutput& output, telemetry::LogFormat format, std::size_t max_requests);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// Opens the listening socket; where it listens. Errors: see `http::Listener::open`.
  Result<http::Listener::Endpoint> listen(const http::Listener::Endpoint& endpoint,
                                          http::Listener::Port port);
  /// Serves until `stop`, and then until running requests have ended or the limit is over.
  void run();
  void stop();

  // For `Request`.
  Loop& loop() { return loop_; }
  wasi::Clock& clock() { return clock_; }
  wasi::RandomSource& random() { return random_; }
  engine::Ticker& ticker() { return ticker_; }
  telemetry::Log& log() { return log_; }
  std::uint64_t next_number();
  void finished(Request& request);

 private:
  void handle(http::Exchange& exchange) override;
  void cancelled(http::Exchange& exchange) override;
  void refused(std::string_view peer, int status, std::string_view reason) override;
  void refuse_overload(http::Exchange& exchange);
  /// Ends what is past its deadline and hands over the log; again later while requests are at work.
  void sweep();
  void start_sweeping();
  void shut_down();

  std::shared_ptr<const Deployment> deployment_;
  engine::Ticker& ticker_;
  Loop loop_;
  telemetry::Log log_;
  wasi::SystemClock clock_;
  wasi::SystemRandom random_;
  const std::size_t max_requests_;
  std::uint64_t number_seed_, numbers_ = 0;

  std::vector<std::unique_ptr<Request>> requests_;  ///< all of them
  std::vector<Request*> free_;
  Request* oldest_ = nullptr;  ///< at work, by deadline
  Request* newest_ = nullptr;
  Timer sweep_timer_;
  bool sweeping_ = false;
  bool stopping_ = false;
  http::Server server_;
};

}  // namespace favo::server
