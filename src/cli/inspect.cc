#include <CLI/CLI.hpp>
#include <memory>

#include "base/format.h"
#include "cli/artifact.h"
#include "cli/capability_diff.h"
#include "cli/inspection.h"
#include "cli/options.h"
#include "cli/report.h"
#include "fs/file.h"

namespace favo::cli {
namespace {

struct InspectOptions {
  std::string path;
  std::string old_path;  ///< empty: no comparison
  bool json = false;
};

Result<Inspection> inspect_path(const engine::Engine& engine, const std::string& path) {
  const std::vector<std::uint8_t> bytes =
      FAVO_TRY(fs::read_file(path, compile::kMaxComponentBytes));
  Result<Inspection> inspection = inspect(engine, file_name(path), bytes);
  if (!inspection) return std::move(inspection).error().within(path);
  return inspection;
}

/// Exit code 1 stands for "it wants more", so what goes wrong is 2.
Result<int> compare_files(const engine::Engine& engine, const InspectOptions& options) {
  const Result<Inspection> older = inspect_path(engine, options.old_path);
  if (!older) return print_error(older.error().message(), {}, kUsage);
  const Result<Inspection> newer = inspect_path(engine, options.path);
  if (!newer) return print_error(newer.error().message(), {}, kUsage);
  CapabilityDiff difference = diff(older->capabilities, newer->capabilities);
  difference.old_name = options.old_path;
  difference.new_name = options.path;
  fmt::print("{}", options.json ? to_json(difference) : to_text(difference));
  return difference.more ? kFailure : kSuccess;
}

Result<int> inspect_file(const InspectOptions& options) {
  const engine::Engine engine = FAVO_TRY(small_engine());
  if (!options.old_path.empty()) return compare_files(engine, options);
  const Inspection inspection = FAVO_TRY(inspect_path(engine, options.path));
  fmt::print("{}", options.json ? to_json(inspection) : to_text(inspection));
  return kSuccess;
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app, {.name = "inspect",
            .summary = "Show what a component asks for",
            .description = "Shows imports and exports in WIT, what the component could ask of the "
                           "world outside,\nits core modules and what they are fused into. "
                           "Compiles and runs nothing.",
            .examples = {"favo inspect app.wasm", "favo inspect --json app.wasm | jq .capabilities",
                         "favo inspect --diff old.wasm new.wasm"}});
  auto options = std::make_shared<InspectOptions>();
  add_component(command, options->path);
  command.add_flag("--json", options->json, "print JSON instead of text");
  command
      .add_option("--diff", options->old_path,
                  "compare with this older version; exit code 1 if it could ask for more")
      ->type_name("OLD.wasm");
  command.callback([&action, options] { action = [options] { return inspect_file(*options); }; });
}

}  // namespace favo::cli
