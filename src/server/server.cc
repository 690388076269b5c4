#include "server/server.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/format.h"
#include "engine/ticker.h"
#include "fs/helpers.h"
#include "net/resolver.h"
#include "server/shard.h"
#include "telemetry/audit.h"
#include "telemetry/log_writer.h"

namespace favo::server {
namespace {

/// SIGTERM, SIGINT and SIGUSR1, and SIGHUP if it means something, taken by waiting instead of by a
/// handler.
class Signals {
 public:
  explicit Signals(bool hangup) {
    sigemptyset(&stop_);
    sigaddset(&stop_, SIGTERM);
    sigaddset(&stop_, SIGINT);
    sigset_t all = stop_;
    sigaddset(&all, SIGUSR1);
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

/// The shards, and what belongs to the applications that they have had.
struct Serving::State {
  State(telemetry::LogOutput& output, telemetry::LogFormat format)
      : output(output), format(format) {}

  /// The site is about to be used: what its audits are told is logged. REQUIRES: locked
  void note(const std::shared_ptr<const Site>& site);
  void log_recent();
  /// Nothing of any site answers to the shards' loops any more, or writes to the log.
  void end(fs::Helpers& disposal);

  telemetry::LogOutput& output;  ///< while there are shards
  const telemetry::LogFormat format;
  std::mutex mutex;
  std::span<const std::unique_ptr<Shard>> shards;  ///< none before they run, and afterwards
  /// Those that are still needed: a request keeps its application beyond its site.
  std::vector<std::weak_ptr<const Application>> applications;
  std::vector<std::weak_ptr<telemetry::Audit>> audits;
};

void Serving::State::note(const std::shared_ptr<const Site>& site) {
  std::erase_if(applications, [](const auto& known) { return known.expired(); });
  std::erase_if(audits, [](const auto& known) { return known.expired(); });
  for (const auto& application : site->applications) {
    const auto is_this = [&](const auto& known) { return known.lock() == application; };
    if (std::ranges::any_of(applications, is_this)) continue;
    applications.push_back(application);
    for (const auto& deployment : application->deployments) {
      const std::shared_ptr<telemetry::Audit>& audit = deployment->config.audit;
      const auto is_same = [&](const auto& known) { return known.lock() == audit; };
      if (!audit || std::ranges::any_of(audits, is_same)) continue;
      audit->log_to(output, format);
      audits.push_back(audit);
    }
  }
}

void Serving::State::log_recent() {
  const std::lock_guard lock(mutex);
  for (const auto& known : audits)
    if (const auto audit = known.lock()) audit->log_recent();
}

void Serving::State::end(fs::Helpers& disposal) {
  const std::lock_guard lock(mutex);
  shards = {};
  for (const auto& known : applications) {
    const std::shared_ptr<const Application> application = known.lock();
    if (!application) continue;
    for (const auto& deployment : application->deployments) {
      if (deployment->config.helpers) deployment->config.helpers->stop();
      if (deployment->config.resolver) deployment->config.resolver->stop();
    }
    for (const Target& target : application->targets)
      if (target.files) target.files->helpers().stop();
  }
  disposal.stop();
  for (const auto& known : audits)
    if (const auto audit = known.lock()) audit->stop_logging();
}

void Serving::replace(std::shared_ptr<const Site> site) const {
  const std::lock_guard lock(state_->mutex);
  if (state_->shards.empty()) return;
  state_->note(site);
  for (const auto& shard : state_->shards) shard->replace(site);
}

Result<void> serve(const engine::Engine& engine, std::shared_ptr<const Site> site,
                   const ServeOptions& options,
                   std::function<void(std::uint16_t, Serving&)> listening) {
  Signals signals(options.reload_tls != nullptr);
  signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  telemetry::LogWriter writer(options.log_fd, options.log_format);
  engine::Ticker ticker(engine);
  fs::Helpers disposal;
  const unsigned count =
      options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());

  boost::system::error_code malformed;
  http::Listener::Endpoint endpoint(boost::asio::ip::make_address(options.host, malformed),
                                    options.port);
  if (malformed) return error(Code::InvalidArgument, "{:?} is not an IP address", options.host);
  std::vector<std::unique_ptr<Shard>> shards;
  for (unsigned i = 0; i < count; ++i) {
    shards.push_back(
        std::make_unique<Shard>(site, count, ticker, disposal, writer, options.log_format));
    const auto port = i == 0 ? http::Listener::Port::Claim : http::Listener::Port::Join;
    endpoint = FAVO_TRY(shards.back()->listen(endpoint, port, options.tls));
  }
  const auto state = std::make_shared<Serving::State>(writer, options.log_format);
  state->note(site);
  site.reset();  // the shards have it, for as long as they need it
  state->shards = shards;
  std::vector<std::thread> threads;
  for (const auto& shard : shards) threads.emplace_back([&shard] { shard->run(); });
  Serving serving(state);
  listening(endpoint.port(), serving);

  for (int signal; (signal = signals.wait()) == SIGHUP || signal == SIGUSR1;) {
    if (signal == SIGHUP) {
      reload_tls(options, shards, writer);
    } else {
      state->log_recent();
    }
  }
  signals.unblock_stop();
  for (const auto& shard : shards) shard->stop();
  for (std::thread& thread : threads) thread.join();
  state->end(disposal);
  return {};
}

}  // namespace favo::server
