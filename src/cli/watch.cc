#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <thread>

#include "base/format.h"
#include "cli/application.h"
#include "cli/build_view.h"
#include "cli/interruption.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/serving.h"
#include "cli/site.h"
#include "cli/variable_option.h"
#include "develop/project.h"
#include "fs/file.h"

namespace favo::cli {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Until nothing has changed for so long: editors, formatters and git write many files.
constexpr auto kQuiet = 40ms;
/// But who never stops writing is not waited for.
constexpr auto kLongestWait = 500ms;

struct WatchOptions {
  std::string manifest = ".";
  VariableOption variables;
  ServingOptions serving;
};

/// Builds an application, and again what changed, and makes what is served of it.
///
/// Threads: one at a time: main's until something is served, then its own.
class Workshop {
 public:
  Workshop(const WatchOptions& options, telemetry::LogFormat format, develop::Project project)
      : options_(options), log_(output_, format), project_(std::move(project)) {}

  const app::Manifest& manifest() const { return project_.manifest(); }

  /// The first that can be served, however many changes it takes. Errors: Cancelled.
  Result<server::Site> first(const engine::Engine& engine, const abi::Host& host, int stop) {
    engine_ = &engine;
    host_ = &host;
    while (true) {
      if (auto site = next(stop)) return std::move(*site);
      if (!wait(stop)) return Error(Code::Cancelled, "");
    }
  }

  /// What was made by an engine goes before it.
  void forget() { compiled_.clear(); }

  /// Replaces what is served at each change, until `stop` becomes readable.
  void follow(const server::Serving& serving, int stop) {
    serves_ = true;
    while (true) {
      // What changed while the last version was built.
      while (project_.changed()) {
        if (auto site = next(stop)) replace(serving, std::move(*site));
        if (is_stopped_) return;
      }
      if (!wait(stop)) return;
    }
  }

 private:
  /// Builds what is to be built; nothing where that cannot be served, which was told then.
  std::optional<server::Site> next(int stop) {
    stale_ = format("{}", fmt::join(project_.stale(), ","));
    // A line that stays open would be torn apart by the log.
    BuildView view(BuildView::Live::No);
    auto built = project_.build(std::thread::hardware_concurrency(), stop, view);
    built_ = Clock::now();
    if (!built) {
      is_stopped_ = built.error().code() == Code::Cancelled;
      if (!is_stopped_) refuse(built.error());
      return {};
    }
    // A version is soon replaced by the next: only the one that a start begins with is kept.
    CacheOption cache = options_.serving.cache;
    cache.off = serves_;
    auto site = made(cache);
    if (site) return std::move(*site);
    refuse(site.error());
    return {};
  }

  Result<server::Site> made(const CacheOption& cache) {
    FAVO_TRY(check_answers(manifest()));
    return make_site(std::span(&manifest(), 1), cache, telemetry::Audit::Scope::Refusals, *engine_,
                     *host_, &compiled_);
  }

  void replace(const server::Serving& serving, server::Site site) {
    serving.replace(std::make_shared<const server::Site>(std::move(site)));
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - built_);
    log_.event(
        telemetry::Level::Info, "new version",
        {{"application", manifest().name}, {"built", stale_}, {"duration_us", took.count()}});
    log_.flush();
  }

  void refuse(const Error& why) {
    print_error(why.message(), "", kFailure);
    log_.event(telemetry::Level::Warning, serves_ ? "old version stays" : "waiting for a change",
               {{"application", manifest().name}});
    log_.flush();
  }

  /// Waits for a change and takes it in; false: it is to stop.
  bool wait(int stop) {
    do {
      if (!poll_for(stop, {})) return false;
      const auto limit = Clock::now() + kLongestWait;
      do {
        project_.look();
      } while (poll_for(stop, kQuiet) && Clock::now() < limit);
      if (is_stopped_) return false;
      for (const std::string& problem : project_.take_problems()) print_warning(problem);
      if (auto read = project_.reload(); !read) refuse(read.error());
    } while (!project_.changed());
    return true;
  }

  /// Whether there is something to look at, waited for at most so long; not when it is to stop.
  bool poll_for(int stop, std::optional<std::chrono::milliseconds> limit) {
    pollfd both[] = {{.fd = project_.fd(), .events = POLLIN, .revents = 0},
                     {.fd = stop, .events = POLLIN, .revents = 0}};
    const int milliseconds = limit ? static_cast<int>(limit->count()) : -1;
    while (poll(both, std::size(both), milliseconds) < 0 && errno == EINTR) {
    }
    is_stopped_ = both[1].revents != 0;
    return !is_stopped_ && both[0].revents != 0;
  }

  const WatchOptions& options_;
  StderrLog output_;
  telemetry::Log log_;
  develop::Project project_;
  const engine::Engine* engine_ = nullptr;
  const abi::Host* host_ = nullptr;
  Compiled compiled_;          ///< of the last version
  std::string stale_;          ///< what the last build was for
  Clock::time_point built_{};  ///< when it ended
  bool serves_ = false;
  bool is_stopped_ = false;
};

Result<int> run_watch(const WatchOptions& options) {
  // Mistakes on the command line before anything is built.
  const telemetry::LogFormat format =
      FAVO_TRY(telemetry::parse_log_format(options.serving.log.format));
  const app::VariableInputs inputs = FAVO_TRY(options.variables.inputs());
  auto project = FAVO_TRY(develop::Project::open([&options, &inputs] {
    return read_manifest(options.manifest, &inputs, app::Sources::MayBeMade);
  }));
  const app::Manifest manifest = project.manifest();
  FAVO_TRY(VariableOption::check(inputs, std::span(&manifest, 1)));
  const fs::Fd signals = take_signals({SIGINT, SIGTERM});
  const fs::Fd stop(eventfd(0, EFD_CLOEXEC));
  Workshop workshop(options, format, std::move(project));

  std::jthread follower;
  Served served{.file = manifest.path, .confined = false};
  served.logged.push_back({"application", manifest.name, {}});
  // Room for some components that are still to be thought of: the engine's pool is made once.
  served.loads.push_back({manifest.limits.concurrent_requests,
                          static_cast<std::uint32_t>(manifest.components.size()) + 4});
  served.make = [&](const engine::Engine& engine, abi::Host& host) {
    return workshop.first(engine, host, signals.get());
  };
  served.started = [&](const server::Serving& serving) {
    follower = std::jthread([&, serving] { workshop.follow(serving, stop.get()); });
  };
  served.ended = [&] {
    eventfd_write(stop.get(), 1);
    if (follower.joinable()) follower.join();
    workshop.forget();
  };
  auto result = serve_site(options.serving, served);
  if (!result && result.error().code() == Code::Cancelled) return kSuccess;
  return result;
}

}  // namespace

void add_watch(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app,
      {.name = "watch",
       .summary = "Build and run an application while you change it",
       .description =
           "As `favo build` and `favo up`. When a file changes that a `build.watch` means, or the "
           "favo.toml,\nwhat is concerned is built again and replaces what is served: no request "
           "fails. A version that\ndoes not build replaces nothing.\n\n"
           "For development: as it runs build commands, the process does not confine itself by "
           "Landlock and\nseccomp. Guests are in their sandboxes all the same.",
       .examples = {"favo watch", "favo watch shop --listen 127.0.0.1:9000"}});
  auto options = std::make_shared<WatchOptions>();
  add_manifest(command, options->manifest);
  options->variables.add_to(command);
  options->serving.add_to(command, false);
  command.callback([&action, options] { action = [options] { return run_watch(*options); }; });
}

}  // namespace favo::cli
