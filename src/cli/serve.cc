#include <CLI/CLI.hpp>
#include <memory>

#include "cli/artifact.h"
#include "cli/explain.h"
#include "cli/options.h"
#include "cli/serving.h"
#include "wasi/preview1.h"

namespace favo::cli {
namespace {

struct ServeOptions {
  std::string path;
  ServingOptions serving;
  GrantOptions grants;
  LimitOptions limits{LimitOptions::For::Serve, {}};
  ExplainOption explain;
  bool snapshot = false;
};

Result<int> serve_file(const ServeOptions& options) {
  const policy::Grants grants = FAVO_TRY(options.grants.grants());
  const policy::Limits limits = FAVO_TRY(options.limits.limits());
  const std::string name = file_name(options.path);
  const std::shared_ptr<telemetry::Audit> audit = options.explain.audit();
  fuse::Program program;
  const auto make = [&](const engine::Engine& engine, abi::Host& host) -> Result<server::Site> {
    // To tell a preview 1 command that it belongs to `favo run`.
    wasi::add_preview1(host);
    auto pre = FAVO_TRY(load_application(engine, host, options.path, options.serving.cache));
    if (options.explain.on) program = pre->program();
    auto deployment = FAVO_TRY(server::deploy_http(
        name, std::move(pre), grants, limits, audit,
        options.snapshot ? server::StartFunctions::InFirst : server::StartFunctions::InEach));
    return server::Site{{std::make_shared<const server::Application>(
        server::Application::of(name, std::move(deployment)))}};
  };
  const int code = FAVO_TRY(serve_site(options.serving, {.logged = {{"component", options.path}},
                                                         .file = options.path,
                                                         .grants = grants,
                                                         .loads = {{limits.concurrent_requests}},
                                                         .make = make}));
  options.explain.print(name, program, grants, *audit);
  return code;
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
  options->serving.add_to(command);
  options->grants.add_to(command);
  options->limits.add_to(command);
  options->explain.add_to(command);
  command.add_flag("--snapshot", options->snapshot, "Run start functions once for all instances");
  command.callback([&action, options] { action = [options] { return serve_file(*options); }; });
}

}  // namespace favo::cli
