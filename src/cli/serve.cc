#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "base/format.h"
#include "cli/address.h"
#include "cli/artifact.h"
#include "cli/confinement.h"
#include "cli/explain.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/tls_option.h"
#include "policy/units.h"
#include "server/server.h"
#include "wasi/preview1.h"
#include "wasi/wasi.h"

namespace favo::cli {
namespace {

struct ServeOptions {
  std::string path;
  std::string listen = "127.0.0.1:8080";
  std::string threads;  ///< empty: one per core
  GrantOptions grants;
  LimitOptions limits{LimitOptions::For::Serve, {}};
  CacheOption cache;
  LogOption log;
  ConfineOption confine;
  ExplainOption explain;
  TlsOption tls;
};

/// The first line of the log, written before any shard has one.
void log_listening(telemetry::LogFormat format, const std::string& url, const std::string& path) {
  StderrLog output;
  telemetry::Log log(output, format);
  log.event(telemetry::Level::Info, "listening", {{"url", url}, {"component", path}});
}

/// Only what is amiss: a process that is confined as it should be has nothing to tell.
void log_confinement(telemetry::LogFormat format, const std::optional<confine::Report>& report) {
  const std::string lacking = report ? report->lacking() : "--no-confine was given";
  if (lacking.empty()) return;
  StderrLog output;
  telemetry::Log log(output, format);
  log.event(telemetry::Level::Warning, "not confined", {{"reason", lacking}});
}

Result<unsigned> parse_threads(const std::string& text) {
  if (text.empty()) return 0u;
  const Result<std::uint32_t> count = policy::parse_count(text);
  if (!count || *count < 1 || *count > 1024)
    return error(Code::InvalidArgument, "--threads {}: expected a number from 1 to 1024", text);
  return *count;
}

/// An engine whose pool lets that many applications run at once.
Result<engine::Engine> engine_for(const policy::Limits& limits) {
  // Each memory reserves 4 GiB, and a process has addresses for 128 TiB.
  constexpr std::uint32_t kMostMemories = 24'000;
  // An application may have up to as many memories and tables as the engine takes in a module.
  constexpr std::uint32_t kFewest = 100;
  const std::uint32_t requests = limits.concurrent_requests;
  if (requests > kMostMemories)
    return error(Code::InvalidArgument, "--max-concurrent-requests {}: expected {} at most",
                 requests, kMostMemories);
  // It is one instance, with a memory or two; its tables are those of the modules it came from.
  return engine::Engine::create({.instances = requests,
                                 .memories = std::clamp(2 * requests, kFewest, kMostMemories),
                                 .tables = std::max(4 * requests, kFewest)});
}

Result<int> serve_file(const ServeOptions& options) {
  // All of the command line first: a mistake there must not wait for the compiler.
  const Address address = FAVO_TRY(parse_address(options.listen));
  const unsigned threads = FAVO_TRY(parse_threads(options.threads));
  const policy::Grants grants = FAVO_TRY(options.grants.grants());
  const policy::Limits limits = FAVO_TRY(options.limits.limits());
  const telemetry::LogFormat format = FAVO_TRY(telemetry::parse_log_format(options.log.format));
  FAVO_TRY(options.tls.check());

  confine::Reach reach{.listen = {address.port}};
  options.tls.add_reach(reach);
  log_confinement(format, FAVO_TRY(options.confine.apply(options.path, options.cache, grants,
                                                         std::move(reach))));
  // Confined, as it will be read again later.
  auto tls = FAVO_TRY(options.tls.load());
  const engine::Engine engine = FAVO_TRY(engine_for(limits));
  abi::Host host;
  wasi::add_to(host);
  // To tell a preview 1 command that it belongs to `favo run`.
  wasi::add_preview1(host);
  auto pre = FAVO_TRY(load_application(engine, host, options.path, options.cache));
  const std::shared_ptr<telemetry::Audit> audit = options.explain.audit();
  auto deployment =
      FAVO_TRY(server::deploy_http(file_name(options.path), pre, grants, limits, audit));
  server::ServeOptions serve{
      .host = address.host, .port = address.port, .threads = threads, .log_format = format};
  if (tls) {
    serve.tls = std::move(tls);
    serve.reload_tls = [&options] { return options.tls.load(); };
  }
  const std::string_view scheme = serve.tls ? "https" : "http";
  FAVO_TRY(server::serve(engine, std::move(deployment), serve, [&](std::uint16_t port) {
    log_listening(format, url_of(scheme, address.host, port), options.path);
  }));
  options.explain.print(file_name(options.path), pre->program(), grants, *audit);
  return kSuccess;
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app, {.name = "serve",
            .summary = "Answer HTTP with a component",
            .description = "Serves a component that exports wasi:http/incoming-handler, each "
                           "request in a fresh sandbox.\nSIGTERM and Ctrl-C let running requests "
                           "finish.",
            .examples = {"favo serve app.wasm",
                         "favo serve app.wasm --listen 0.0.0.0:80 --env GREETING=hello",
                         "favo serve app.wasm --max-memory 64MiB --max-cpu 200ms",
                         "favo serve app.wasm --tls-cert chain.pem --tls-key key.pem"}});
  auto options = std::make_shared<ServeOptions>();
  add_component(command, options->path);
  command
      .add_option("--listen", options->listen, "where to accept connections; port 0: any free one")
      ->type_name("ADDRESS:PORT")
      ->default_str(options->listen);
  command.add_option("--threads", options->threads, "event loops")
      ->type_name("N")
      ->default_str("one per core");
  options->cache.add_to(command);
  options->log.add_to(command);
  options->tls.add_to(command);
  options->grants.add_to(command);
  options->limits.add_to(command);
  options->confine.add_to(command);
  options->explain.add_to(command);
  command.callback([&action, options] { action = [options] { return serve_file(*options); }; });
}

}  // namespace favo::cli
