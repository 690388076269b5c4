#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>

#include "app/schema.h"
#include "base/format.h"
#include "cli/application.h"
#include "cli/artifact.h"
#include "cli/options.h"

namespace favo::cli {
namespace {

struct ComposeOptions {
  std::string manifest = ".";
  std::string output, component;
};

/// The grants of the components in a composition of `root`, as options: they stay behind.
std::vector<std::string> granted_to(const app::Manifest& manifest, const std::string& root) {
  std::vector<std::string> open = {root}, seen, options;
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    if (std::ranges::find(seen, name) != seen.end()) continue;
    seen.push_back(name);
    const auto& component = *std::ranges::find(manifest.components, name, &app::Component::name);
    for (const std::string& option : component.options)
      if (std::ranges::find(options, option) == options.end()) options.push_back(option);
    for (const auto& [import, provider] : component.links) open.push_back(provider);
  }
  return options;
}

Result<int> compose_file(const ComposeOptions& options) {
  const app::Manifest manifest = FAVO_TRY(read_manifest(options.manifest));
  const std::string root = FAVO_TRY(root_of(manifest, options.component));
  const engine::Engine engine = FAVO_TRY(small_engine());
  const std::string roots[] = {root};
  const Parts parts = FAVO_TRY(read_parts(manifest));
  const auto composed = FAVO_TRY(compose_application(
      manifest, parts, roots, [&](Bytes module) { return engine.validate(module); }));
  const std::string_view bytes = as_text(composed.front());
  std::ofstream file(options.output, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return error(Code::Io, "cannot write {}", options.output);
  fmt::print("{}: {} with what is linked to it, {}\n", options.output, root,
             human_size(bytes.size()));
  if (const auto granted = granted_to(manifest, root); !granted.empty())
    fmt::print("whoever runs it has to grant, for all its parts alike: {}\n",
               fmt::join(granted, " "));
  return kSuccess;
}

}  // namespace

void add_compose(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app, {.name = "compose",
            .summary = "Write an application as one component",
            .description =
                "Writes a standard component that holds the components of a favo.toml and their "
                "links,\nfor Favo or any other runtime. Grants, limits and routes stay behind; the "
                "options that grant the\nsame are printed.",
            .examples = {"favo compose -o app.wasm",
                         "favo compose shop/favo.toml --component cart -o cart.wasm"}});
  auto options = std::make_shared<ComposeOptions>();
  add_manifest(command, options->manifest);
  command.add_option("-o,--output", options->output, "where to write it")
      ->required()
      ->type_name("app.wasm");
  command
      .add_option("--component", options->component,
                  "whose exports it has; needed when several could be meant")
      ->type_name("NAME");
  command.callback([&action, options] { action = [options] { return compose_file(*options); }; });
}

void add_schema(CLI::App& app, Action& action) {
  CLI::App& command =
      add_command(app, {.name = "schema",
                        .summary = "Print the JSON Schema of favo.toml",
                        .description = "For editors, which then complete and check manifests.",
                        .examples = {"favo schema >favo.schema.json"}});
  command.callback([&action] {
    action = []() -> Result<int> {
      fmt::print("{}", app::manifest_json_schema());
      return kSuccess;
    };
  });
}

}  // namespace favo::cli
