#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "cli/artifact.h"
#include "cli/options.h"

namespace favo::cli {
namespace {

struct CompileOptions {
  std::vector<std::string> paths;
  CacheOption cache;
  bool json = false;
};

struct Outcome {
  std::string path;
  double seconds = 0;
  compile::Artifact artifact;
};

Result<Outcome> compile_one(const engine::Engine& engine, const std::string& path,
                            const CacheOption& cache) {
  const auto start = std::chrono::steady_clock::now();
  compile::Artifact artifact = FAVO_TRY(load_artifact(engine, path, cache));
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  // The whole point of the command: what is not kept was compiled for nothing.
  if (artifact.path.empty())
    return error(Code::Io, "{} compiles, but the result could not be kept", path);
  return Outcome{path, elapsed.count(), std::move(artifact)};
}

std::string print(const Outcome& outcome) {
  const compile::Artifact& artifact = outcome.artifact;
  return format("{} {} in {}: {} of code\n  {}\n", outcome.path,
                artifact.cached ? "was compiled before, loaded" : "compiled",
                outcome.seconds < 0.1 ? format("{:.2f} ms", outcome.seconds * 1000)
                                      : format("{:.1f} s", outcome.seconds),
                human_size(artifact.code_bytes), artifact.path);
}

nlohmann::ordered_json to_json(const Outcome& outcome) {
  return {{"component", outcome.path},
          {"artifact", outcome.artifact.path},
          {"code_bytes", outcome.artifact.code_bytes},
          {"cached", outcome.artifact.cached},
          {"seconds", outcome.seconds}};
}

Result<int> compile_all(const CompileOptions& options) {
  const engine::Engine engine = FAVO_TRY(small_engine());
  auto results = nlohmann::ordered_json::array();
  for (const std::string& path : options.paths) {
    const Outcome outcome = FAVO_TRY(compile_one(engine, path, options.cache));
    if (options.json) {
      results.push_back(to_json(outcome));
    } else {
      fmt::print("{}", print(outcome));
    }
  }
  if (options.json) {
    // Paths need not be UTF-8.
    constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;
    fmt::print("{}\n", results.dump(2, ' ', false, kReplace));
  }
  return kSuccess;
}

}  // namespace

void add_compile(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app, {.name = "compile",
            .summary = "Compile components ahead of time",
            .description = "Fills the cache, so that `favo serve` and `favo run` start at once.",
            .examples = {"favo compile app.wasm", "favo compile --json a.wasm b.wasm"}});
  auto options = std::make_shared<CompileOptions>();
  command.add_option("components", options->paths, "the components")
      ->required()
      ->type_name("app.wasm");
  options->cache.add_to(command);
  command.add_flag("--json", options->json, "print a JSON array instead of text");
  command.callback([&action, options] { action = [options] { return compile_all(*options); }; });
}

}  // namespace favo::cli
