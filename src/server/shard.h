#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "engine/ticker.h"
#include "http/exchange.h"
#include "http/server.h"
#include "loop/loop.h"
#include "net/tls.h"
#include "server/deployment.h"
#include "server/request.h"
#include "server/site.h"
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
  /// Its part of what the application may do at once.
  struct Share {
    std::size_t requests, queued;
  };

  Shard(std::shared_ptr<const Site> site, engine::Ticker& ticker, telemetry::LogOutput& output,
        telemetry::LogFormat format, Share share);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// Opens the listening socket; where it listens. `tls`: what clients are shown; null: plain HTTP.
  /// Errors: see `http::Listener::open`.
  Result<http::Listener::Endpoint> listen(const http::Listener::Endpoint& endpoint,
                                          http::Listener::Port port,
                                          std::shared_ptr<const net::ServerContext> tls);
  /// What clients are shown that connect later. From any thread.
  void renew_tls(std::shared_ptr<const net::ServerContext> tls);
  /// Serves until `stop`, and then until running requests have ended or the limit is over.
  void run();
  void stop();

  // For `Request`.
  Loop& loop() { return loop_; }
  wasi::Clock& clock() { return clock_; }
  wasi::RandomSource& random() { return random_; }
  engine::Ticker& ticker() { return ticker_; }
  telemetry::Log& log() { return log_; }
  http::client::Client* http_client() { return http_client_.get(); }
  std::uint64_t next_number();
  void finished(Request& request);

 private:
  void handle(http::Exchange& exchange) override;
  void cancelled(http::Exchange& exchange) override;
  void refused(std::string_view peer, int status, std::string_view reason) override;
  void handshake_failed(std::string_view peer, std::string_view reason) override;
  bool is_full() const { return requests_.size() - free_.size() >= share_.requests; }
  /// Gives an exchange a request's place. REQUIRES: !is_full()
  void admit(http::Exchange& exchange);
  /// Those that wait, as far as there are places.
  void admit_waiting();
  void refuse_overload(http::Exchange& exchange, std::string_view limit, std::string value);
  void refuse_unrouted(http::Exchange& exchange);
  /// Ends what is past its deadline and hands over the log; again later while requests are at work.
  void sweep();
  void start_sweeping();
  void shut_down();

  std::shared_ptr<const Site> site_;
  engine::Ticker& ticker_;
  Loop loop_;
  telemetry::Log log_;
  std::unique_ptr<http::client::Client> http_client_;  ///< null where nothing is granted
  wasi::SystemClock clock_;
  wasi::SystemRandom random_;
  const Share share_;
  std::uint64_t number_seed_, numbers_ = 0;

  std::vector<std::unique_ptr<Request>> requests_;  ///< all of them
  std::vector<Request*> free_;
  Request* oldest_ = nullptr;  ///< at work, by deadline
  Request* newest_ = nullptr;
  std::deque<http::Exchange*> queue_;  ///< those that wait for a place, oldest first
  bool admitting_ = false;             ///< `admit_waiting` is posted
  Loop::Clock::time_point next_overload_line_{};
  std::uint64_t overloads_ = 0;  ///< refused since the last line about it
  Timer sweep_timer_;
  bool sweeping_ = false;
  bool stopping_ = false;
  http::Server server_;
};

}  // namespace favo::server
