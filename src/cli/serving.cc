#include "cli/serving.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "base/format.h"
#include "cli/address.h"
#include "cli/report.h"
#include "policy/units.h"
#include "server/server.h"
#include "wasi/wasi.h"

namespace favo::cli {
namespace {

/// The first line of the log, written before any shard has one.
void log_listening(telemetry::LogFormat format, const std::string& url,
                   const std::pair<std::string_view, std::string>& what) {
  StderrLog output;
  telemetry::Log log(output, format);
  log.event(telemetry::Level::Info, "listening", {{"url", url}, {what.first, what.second}});
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

/// An engine whose pool lets that many applications of so many components run at once.
Result<engine::Engine> engine_for(const policy::Limits& limits, std::uint32_t components) {
  // Each memory reserves 4 GiB, and a process has addresses for 128 TiB.
  constexpr std::uint32_t kMostMemories = 24'000;
  // An application may have up to as many memories and tables as the engine takes in a module.
  constexpr std::uint32_t kFewest = 100;
  const std::uint32_t requests = limits.concurrent_requests;
  if (requests > kMostMemories)
    return error(Code::InvalidArgument, "--max-concurrent-requests {}: expected {} at most",
                 requests, kMostMemories);
  // It is one instance, with a memory or two for each component; its tables are those of the
  // modules it came from.
  const std::uint64_t memories = std::uint64_t{2} * requests * components;
  return engine::Engine::create(
      {.instances = requests,
       .memories =
           static_cast<std::uint32_t>(std::clamp<std::uint64_t>(memories, kFewest, kMostMemories)),
       .tables = std::max(std::max(4u, 2 * components) * requests, kFewest)});
}

}  // namespace

void ServingOptions::add_to(CLI::App& command) {
  command.add_option("--listen", listen, "where to accept connections; port 0: any free one")
      ->type_name("ADDRESS:PORT")
      ->default_str(listen);
  command.add_option("--threads", threads, "event loops")
      ->type_name("N")
      ->default_str("one per core");
  cache.add_to(command);
  log.add_to(command);
  tls.add_to(command);
  confine.add_to(command);
}

Result<int> serve_site(const ServingOptions& options, const Served& served) {
  // All of the command line first: a mistake there must not wait for the compiler.
  const Address address = FAVO_TRY(parse_address(options.listen));
  const unsigned threads = FAVO_TRY(parse_threads(options.threads));
  const telemetry::LogFormat format = FAVO_TRY(telemetry::parse_log_format(options.log.format));
  FAVO_TRY(options.tls.check());

  confine::Reach reach;
  reach.listen = {address.port};
  options.tls.add_reach(reach);
  for (const std::string& source : served.sources) reach.paths.push_back({source, false});
  log_confinement(format, FAVO_TRY(options.confine.apply(served.file, options.cache, served.grants,
                                                         std::move(reach))));
  // Confined, as it will be read again later.
  auto tls = FAVO_TRY(options.tls.load());
  const engine::Engine engine = FAVO_TRY(engine_for(served.limits, served.components));
  abi::Host host;
  wasi::add_to(host);
  auto site = std::make_shared<const server::Site>(FAVO_TRY(served.make(engine, host)));
  server::ServeOptions serve{
      .host = address.host, .port = address.port, .threads = threads, .log_format = format};
  if (tls) {
    serve.tls = std::move(tls);
    serve.reload_tls = [&options] { return options.tls.load(); };
  }
  const std::string_view scheme = serve.tls ? "https" : "http";
  FAVO_TRY(server::serve(engine, std::move(site), serve, [&](std::uint16_t port, server::Serving&) {
    log_listening(format, url_of(scheme, address.host, port), served.logged);
  }));
  return kSuccess;
}

}  // namespace favo::cli
