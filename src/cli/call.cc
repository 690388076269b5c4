#include <CLI/CLI.hpp>
#include <memory>

#include "base/format.h"
#include "cli/artifact.h"
#include "cli/call_target.h"
#include "cli/confinement.h"
#include "cli/options.h"
#include "cli/report.h"
#include "component/values/json.h"
#include "component/values/wave.h"
#include "fs/file.h"
#include "server/command.h"
#include "telemetry/line.h"
#include "wasi/wasi.h"

namespace favo::cli {
namespace {

struct CallOptions {
  std::string path, call;
  GrantOptions grants;
  LimitOptions limits{LimitOptions::For::Run, {}};
  CacheOption cache;
  ConfineOption confine;
  bool json = false;
};

/// Where the arguments begin, counted in characters from 1: messages name columns of the whole.
std::size_t column_of(const values::WaveCall& call) {
  const auto starts_character = [](char c) { return (c & 0xc0) != 0x80; };
  return 1 + static_cast<std::size_t>(std::ranges::count_if(call.function, starts_character));
}

void print_result(const CallOptions& options, const link::Plan& plan, const link::FuncExport& func,
                  const std::optional<values::Value>& result) {
  const std::optional<types::TypeId> type = func.func.type.result;
  if (options.json) {
    fmt::print("{}\n", result ? values::to_json(*result, plan.types, *type) : "null");
  } else if (result) {
    fmt::print("{}\n", telemetry::printable(values::to_wave(*result, plan.types, *type)));
  }
}

Result<int> call_function(const CallOptions& options) {
  policy::Grants grants = FAVO_TRY(options.grants.grants());
  const policy::Limits limits = FAVO_TRY(options.limits.limits());
  FAVO_TRY(options.confine.apply(options.path, options.cache, grants));
  const engine::Engine engine = FAVO_TRY(small_engine());
  abi::Host host;
  wasi::add_to(host);
  const auto pre = FAVO_TRY(load_application(engine, host, options.path, options.cache));
  // The artifact holds no types: a caller who learns them at run time has to look.
  const std::vector<std::uint8_t> bytes =
      FAVO_TRY(fs::read_file(options.path, compile::kMaxComponentBytes));
  const compile::Linked linked = FAVO_TRY(compile::link_component(engine, bytes, {}));
  const link::Plan& plan = linked.plan;

  const values::WaveCall call = values::split_wave_call(options.call);
  Result<std::size_t> index = find_function(plan, call.function);
  if (!index) return print_error(index.error().message(), {}, kFailure);
  const link::FuncExport& func = plan.exports[*index];
  Result<std::vector<values::Value>> arguments =
      values::parse_wave_arguments(call.arguments, column_of(call), plan.types, func.func.type);
  if (!arguments) return print_error(arguments.error().message(), signature(plan, func), kUsage);

  const Result<std::optional<values::Value>> result = server::call_function(
      *pre, std::move(grants), limits, nullptr,
      {.index = *index, .types = plan.types, .type = func.func.type}, std::move(*arguments));
  if (!result) {
    const Code code = result.error().code();
    const bool guests_fault =
        code == Code::Trap || code == Code::DeadlineExceeded || code == Code::LimitExceeded;
    return print_error(result.error().message(), {}, guests_fault ? kTrapped : kFailure);
  }
  print_result(options, plan, func, *result);
  return kSuccess;
}

}  // namespace

void add_call(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app,
      {.name = "call",
       .summary = "Call a function of a component",
       .description =
           "Calls one exported function in a fresh instance and prints its result. Values are\n"
           "written in WAVE: 1, \"text\", [1, 2], {name: \"a\", tags: []}, some(1), ok.\n"
           "Functions are named as in interface.function; the package, the version and an\n"
           "interface that no other function shares can be left out.",
       .examples = {"favo call app.wasm 'add(1, 2)'",
                    "favo call app.wasm 'ns:shop/prices@1.0.0.total([{sku: \"a\", n: 2}])'",
                    "favo call app.wasm --json 'prices.all' | jq ."}});
  auto options = std::make_shared<CallOptions>();
  add_component(command, options->path);
  command.add_option("call", options->call, "the function and its arguments")
      ->required()
      ->type_name("'function(arguments)'");
  command.add_flag("--json", options->json, "print the result as JSON");
  options->cache.add_to(command);
  options->grants.add_to(command);
  options->limits.add_to(command);
  options->confine.add_to(command);
  command.callback([&action, options] { action = [options] { return call_function(*options); }; });
}

}  // namespace favo::cli
