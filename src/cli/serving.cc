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

/// The first lines of the log, written before any shard has one.
void log_listening(telemetry::LogFormat format, const std::string& url,
                   const std::vector<Served::Line>& lines) {
  StderrLog output;
  telemetry::Log log(output, format);
  for (const Served::Line& line : lines) {
    if (line.hosts.empty()) {
      log.event(telemetry::Level::Info, "listening", {{"url", url}, {line.kind, line.name}});
    } else {
      log.event(telemetry::Level::Info, "listening",
                {{"url", url}, {line.kind, line.name}, {"hosts", line.hosts}});
    }
  }
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

/// An engine whose pool lets all applications have as many requests at work as they may.
Result<engine::Engine> engine_for(const std::vector<Served::Load>& loads) {
  // Each memory reserves 4 GiB and a guard, all of them in one piece. The largest that a process
  // has is what lies below the program: two thirds of 128 TiB.
  constexpr std::uint32_t kMostMemories = 21'000;
  // An application may have up to as many memories and tables as the engine takes in a module.
  constexpr std::uint32_t kFewest = 100;
  // A request is one instance, with a memory or two for each component; its tables are those of the
  // modules it came from.
  std::uint64_t instances = 0, memories = 0, tables = 0;
  for (const auto& [requests, components] : loads) {
    if (requests > kMostMemories)
      return error(Code::InvalidArgument, "--max-concurrent-requests {}: expected {} at most",
                   requests, kMostMemories);
    instances += requests;
    memories += std::uint64_t{2} * requests * components;
    tables += std::uint64_t{std::max(4u, 2 * components)} * requests;
  }
  const auto within = [](std::uint64_t wanted, std::uint64_t fewest, std::uint64_t most) {
    return static_cast<std::uint32_t>(std::clamp(wanted, fewest, most));
  };
  return engine::Engine::create({.instances = within(instances, 1, kMostMemories),
                                 .memories = within(memories, kFewest, kMostMemories),
                                 .tables = within(tables, kFewest, UINT32_MAX)});
}

}  // namespace

void ServingOptions::add_to(CLI::App& command, bool confined) {
  command.add_option("--listen", listen, "where to accept connections; port 0: any free one")
      ->type_name("ADDRESS:PORT")
      ->default_str(listen);
  command.add_option("--threads", threads, "event loops")
      ->type_name("N")
      ->default_str("one per core");
  cache.add_to(command);
  log.add_to(command);
  tls.add_to(command);
  if (confined) confine.add_to(command);
}

Result<int> serve_site(const ServingOptions& options, const Served& served) {
  // All of the command line first: a mistake there must not wait for the compiler.
  const Address address = FAVO_TRY(parse_address(options.listen));
  const unsigned threads = FAVO_TRY(parse_threads(options.threads));
  const telemetry::LogFormat format = FAVO_TRY(telemetry::parse_log_format(options.log.format));
  FAVO_TRY(options.tls.check());

  if (served.confined) {
    confine::Reach reach;
    reach.listen = {address.port};
    options.tls.add_reach(reach);
    for (const std::string& source : served.sources) reach.paths.push_back({source, false});
    log_confinement(format, FAVO_TRY(options.confine.apply(served.file, options.cache,
                                                           served.grants, std::move(reach))));
  }
  // Confined, as it will be read again later.
  auto tls = FAVO_TRY(options.tls.load());
  const engine::Engine engine = FAVO_TRY(engine_for(served.loads));
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
  auto result = server::serve(
      engine, std::move(site), serve, [&](std::uint16_t port, server::Serving& serving) {
        log_listening(format, url_of(scheme, address.host, port), served.logged);
        if (served.started) served.started(serving);
      });
  if (served.ended) served.ended();
  FAVO_TRY(std::move(result));
  return kSuccess;
}

}  // namespace favo::cli
