#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/cpu_clock.h"
#include "engine/slice_timer.h"
#include "engine/ticker.h"
#include "fs/helpers.h"
#include "http/exchange.h"
#include "http/server.h"
#include "loop/background.h"
#include "loop/loop.h"
#include "net/tls.h"
#include "server/file_request.h"
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
class Shard final : private http::Handler, private http::client::Neighbours {
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

  // For `Request`, `Tenant` and `Admission`.
  Loop& loop() { return loop_; }
  wasi::Clock& clock() { return clock_; }
  wasi::RandomSource& random() { return random_; }
  engine::Ticker& ticker() { return ticker_; }
  engine::CpuClock& cpu_clock() { return cpu_clock_; }
  /// Where guests go on that compute for long.
  Background& background() { return background_; }
  telemetry::Log& log() { return log_; }
  /// The applications of the current site, by their local hosts.
  http::client::Neighbours& neighbours() { return *this; }
  std::uint64_t next_number();
  /// Gives an exchange to a sandbox.
  void begin(http::Exchange& exchange, Tenant& tenant, const Target& target);
  void finished(Request& request, Tenant& tenant);
  void finished(FileRequest& request);
  void joined(Tenant& tenant) { tenants_.push_back(&tenant); }
  void left(Tenant& tenant) { std::erase(tenants_, &tenant); }
  /// Lets go of an object whose end may take its time (code to unmap, threads to wait for), where
  /// that holds up nobody.
  void dispose(std::shared_ptr<const void> object);

 private:
  void handle(http::Exchange& exchange) override;
  void cancelled(http::Exchange& exchange) override;
  void refused(std::string_view peer, int status, std::string_view reason) override;
  void refused(const http::Caller& caller, int status, std::string_view reason) override;
  void handshake_failed(std::string_view peer, std::string_view reason) override;
  std::optional<Neighbour> find(const policy::Origin& origin) override;
  void install(std::shared_ptr<const Site> site);
  Tenant::Pointer tenant_of(const std::shared_ptr<const Application>& application);
  void begin_file(http::Exchange& exchange, Tenant& tenant, const Target& target);
  /// Answers 404: `application` has no route for it; null: no application has its host.
  void refuse_unrouted(http::Exchange& exchange, const Application* application);
  /// Answers 508: it was sent for too many others.
  void refuse_loop(http::Exchange& exchange, const http::Caller& caller);
  /// Answers what the target does not take: another method, or too large a body. False when it may
  /// be answered by it.
  bool refuse_by_target(http::Exchange& exchange, const Application& application,
                        const Target& target);
  /// Ends what is past its deadline and hands over the log; again later while requests are at work.
  void sweep();
  void sweep_requests(Tenant& tenant);
  void start_sweeping();
  void shut_down();

  engine::Ticker& ticker_;
  fs::Helpers& disposal_;
  engine::CpuClock cpu_clock_;
  engine::SliceTimer slice_timer_;
  Loop loop_;
  Background background_;
  telemetry::Log log_;
  wasi::SystemClock clock_;
  wasi::SystemRandom random_;
  std::uint64_t number_seed_, numbers_ = 0;
  const unsigned shards_;
  const policy::Limits connection_limits_;
  std::uint16_t port_ = 0;
  bool running_ = false;

  std::vector<Tenant*> tenants_;      ///< those that there are: current, and former ones at work
  std::shared_ptr<const Site> site_;  ///< the current one; null once `run` has ended
  std::vector<Tenant::Pointer> current_;            ///< by index into its applications
  std::vector<std::unique_ptr<Request>> requests_;  ///< all of them
  std::vector<Request*> free_;
  std::unordered_map<FileRequest*, std::shared_ptr<FileRequest>> file_requests_;  ///< at work
  Timer sweep_timer_;
  bool sweeping_ = false;
  bool stopping_ = false;
  http::Server server_;
};

}  // namespace favo::server
