#include "server/server.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/format.h"
#include "engine/ticker.h"
#include "fs/helpers.h"
#include "net/resolver.h"
#include "server/shard.h"
#include "telemetry/log_writer.h"

namespace favo::server {
namespace {

/// SIGTERM and SIGINT, and SIGHUP if it means something, taken by waiting instead of by a handler.
class Signals {
 public:
  explicit Signals(bool hangup) {
    sigemptyset(&stop_);
    sigaddset(&stop_, SIGTERM);
    sigaddset(&stop_, SIGINT);
    sigset_t all = stop_;
    if (hangup) sigaddset(&all, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
    all_ = all;
  }
  ~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  int wait() {
    int signal;
    sigwait(&all_, &signal);
    return signal;
  }
  /// From now on SIGTERM and SIGINT end the process as usual.
  void unblock_stop() { pthread_sigmask(SIG_UNBLOCK, &stop_, nullptr); }

 private:
  sigset_t stop_, all_, before_;
};

/// Hands a new certificate to all shards, each at a time of its own.
void reload_tls(const ServeOptions& options, const std::vector<std::unique_ptr<Shard>>& shards,
                telemetry::LogOutput& output) {
  telemetry::Log log(output, options.log_format);
  auto renewed = options.reload_tls();
  if (!renewed) {
    log.event(telemetry::Level::Error, "certificate not reloaded, the old one stays in use",
              {{"error", renewed.error().message()}});
    return;
  }
  for (const auto& shard : shards) shard->renew_tls(*renewed);
  log.event(telemetry::Level::Info, "certificate reloaded");
}

/// A connection is a descriptor: take as many as the system gives.
void raise_descriptor_limit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Result<void> serve(const engine::Engine& engine, std::shared_ptr<const Site> site,
                   const ServeOptions& options, std::function<void(std::uint16_t)> listening) {
  Signals signals(options.reload_tls != nullptr);
  signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  telemetry::LogWriter writer(options.log_fd, options.log_format);
  engine::Ticker ticker(engine);
  const unsigned count =
      options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  const policy::Limits& limits = site->limits();
  const Shard::Share share{.requests = std::max(1u, limits.concurrent_requests / count),
                           .queued = (limits.queue + count - 1) / count};

  boost::system::error_code malformed;
  http::Listener::Endpoint endpoint(boost::asio::ip::make_address(options.host, malformed),
                                    options.port);
  if (malformed) return error(Code::InvalidArgument, "{:?} is not an IP address", options.host);
  std::vector<std::unique_ptr<Shard>> shards;
  for (unsigned i = 0; i < count; ++i) {
    shards.push_back(std::make_unique<Shard>(site, ticker, writer, options.log_format, share));
    const auto port = i == 0 ? http::Listener::Port::Claim : http::Listener::Port::Join;
    endpoint = FAVO_TRY(shards.back()->listen(endpoint, port, options.tls));
  }
  // One for all: it tells components apart.
  telemetry::Audit* const audit = site->deployments.front()->config.audit.get();
  if (audit) audit->log_to(writer, options.log_format);
  std::vector<std::thread> threads;
  for (const auto& shard : shards) threads.emplace_back([&shard] { shard->run(); });
  listening(endpoint.port());

  while (signals.wait() == SIGHUP) reload_tls(options, shards, writer);
  signals.unblock_stop();
  for (const auto& shard : shards) shard->stop();
  for (std::thread& thread : threads) thread.join();
  // They answer to the shards' loops.
  for (const auto& deployment : site->deployments) {
    if (deployment->config.helpers) deployment->config.helpers->stop();
    if (deployment->config.resolver) deployment->config.resolver->stop();
  }
  if (audit) audit->stop_logging();
  return {};
}

}  // namespace favo::server
