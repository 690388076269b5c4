#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "engine/ticker.h"
#include "fs/helpers.h"
#include "http/exchange.h"
#include "http/server.h"
#include "loop/loop.h"
#include "net/tls.h"
#include "server/request.h"
#include "server/site.h"
#include "server/tenant.h"
#include "telemetry/log.h"
#include "wasi/clocks.h"
#include "wasi/random.h"

namespace favo::server {

/// One core's share of the server: its loop, its connections, its sandboxes. Shards share only what
/// does not change.
///
/// Threads: made anywhere, then belongs to the thread that calls `run`; `replace`, `renew_tls` and
///          `stop` from any.
class Shard final : private http::Handler {
 public:
  /// `shards`: how many share what the application may do at once. `disposal`: frees what may take
  /// its time; outlives `run`.
  Shard(std::shared_ptr<const Site> site, unsigned shards, engine::Ticker& ticker,
        fs::Helpers& disposal, telemetry::LogOutput& output, telemetry::LogFormat format);
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
  /// What requests get from the next turn of the loop on. From any thread.
  void replace(std::shared_ptr<const Site> site);
  /// Serves until `stop`, and then until running requests have ended or the limit is over.
  void run();
  void stop();

  // For `Request` and `Tenant`.
  Loop& loop() { return loop_; }
  wasi::Clock& clock() { return clock_; }
  wasi::RandomSource& random() { return random_; }
  engine::Ticker& ticker() { return ticker_; }
  telemetry::Log& log() { return log_; }
  std::uint64_t next_number();
  void finished(Request& request, Tenant& tenant);
  void joined(Tenant& tenant) { tenants_.push_back(&tenant); }
  void left(Tenant& tenant) { std::erase(tenants_, &tenant); }
  /// Lets go of an object whose end may take its time (code to unmap, threads to wait for), where
  /// that holds up nobody.
  void dispose(std::shared_ptr<const void> object);

 private:
  /// Its part of what the application may do at once.
  struct Share {
    std::size_t requests, queued;
  };

  void handle(http::Exchange& exchange) override;
  void cancelled(http::Exchange& exchange) override;
  void refused(std::string_view peer, int status, std::string_view reason) override;
  void handshake_failed(std::string_view peer, std::string_view reason) override;
  void install(std::shared_ptr<const Site> site);
  bool is_full() const { return requests_.size() - free_.size() >= share_.requests; }
  /// Gives an exchange a request's place. REQUIRES: !is_full()
  void admit(http::Exchange& exchange, const Deployment& deployment);
  /// Those that wait, as far as there are places.
  void admit_waiting();
  void refuse_overload(http::Exchange& exchange, std::string_view limit, std::string value);
  void refuse_unrouted(http::Exchange& exchange);
  /// Ends what is past its deadline and hands over the log; again later while requests are at work.
  void sweep();
  void sweep_requests(Tenant& tenant);
  void start_sweeping();
  void shut_down();

  engine::Ticker& ticker_;
  fs::Helpers& disposal_;
  Loop loop_;
  telemetry::Log log_;
  wasi::SystemClock clock_;
  wasi::SystemRandom random_;
  std::uint64_t number_seed_, numbers_ = 0;
  const unsigned shards_;
  const policy::Limits connection_limits_;  ///< of the first site
  bool running_ = false;

  std::vector<Tenant*> tenants_;  ///< those that there are: the current, and former ones at work
  Tenant::Pointer current_;       ///< new requests get it; null once `run` has ended
  Share share_;                   ///< of what it may do
  std::vector<std::unique_ptr<Request>> requests_;  ///< all of them
  std::vector<Request*> free_;
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
