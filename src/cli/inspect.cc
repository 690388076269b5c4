#include <CLI/CLI.hpp>
#include <memory>

#include "base/format.h"
#include "cli/artifact.h"
#include "cli/inspection.h"
#include "cli/options.h"
#include "fs/file.h"

namespace favo::cli {
namespace {

struct InspectOptions {
  std::string path;
  bool json = false;
};

Result<int> inspect_file(const InspectOptions& options) {
  const std::vector<std::uint8_t> bytes =
      FAVO_TRY(fs::read_file(options.path, compile::kMaxComponentBytes));
  const engine::Engine engine = FAVO_TRY(small_engine());
  const Result<Inspection> inspection = inspect(engine, file_name(options.path), bytes);
  if (!inspection) return Error(inspection.error()).within(options.path);
  fmt::print("{}", options.json ? to_json(*inspection) : to_text(*inspection));
  return kSuccess;
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app,
      {.name = "inspect",
       .summary = "Show what a component asks for",
       .description = "Shows imports and exports in WIT, what the component could ask of the "
                      "world outside,\nits core modules and what they are fused into. "
                      "Compiles and runs nothing.",
       .examples = {"favo inspect app.wasm", "favo inspect --json app.wasm | jq .capabilities"}});
  auto options = std::make_shared<InspectOptions>();
  add_component(command, options->path);
  command.add_flag("--json", options->json, "print JSON instead of text");
  command.callback([&action, options] { action = [options] { return inspect_file(*options); }; });
}

}  // namespace favo::cli
