#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/format.h"
#include "cli/application.h"
#include "cli/options.h"
#include "develop/toolchains.h"
#include "telemetry/line.h"

namespace favo::cli {
namespace {

using develop::Finding;
using develop::Tool;

struct DoctorOptions {
  std::string manifest;  ///< empty: the current folder's, if there is one
  bool json = false;
};

/// None where there is none in the current folder and none was named.
Result<std::optional<app::Manifest>> manifest_of(const DoctorOptions& options) {
  const bool named = !options.manifest.empty();
  auto manifest =
      read_manifest(named ? options.manifest : std::string("."), nullptr, app::Sources::MayBeMade);
  if (manifest) return std::optional(std::move(*manifest));
  if (!named && manifest.error().code() == Code::NotFound) return std::optional<app::Manifest>();
  return std::move(manifest).error();
}

std::string oldest(const Tool& tool) {
  return tool.major == 0 ? "" : format(" {}.{} or newer", tool.major, tool.minor);
}

std::string row(const Finding& finding) {
  const Tool& tool = *finding.tool;
  std::string state;
  if (finding.found) {
    state = finding.version.empty() ? "there" : finding.version;
  } else if (tool.by_build) {
    state = format("installed by {}", tool.get);
  } else if (!finding.version.empty()) {
    state = format("{} is too old:{}, {}", finding.version, oldest(tool), tool.get);
  } else {
    state = format("missing{}: {}", oldest(tool), tool.get);
  }
  // A tool may print anything as its version.
  return format("  {} {:<16} {}\n", finding.missing() ? "-" : " ", tool.name,
                telemetry::printable(state));
}

std::string kernel_text(const develop::Kernel& kernel) {
  return format(
      "\nLinux {}\n"
      "    {:<16} {}\n    {:<16} {}\n    {:<16} {}\n    {:<16} {}\n",
      kernel.release,  //
      "Landlock", kernel.landlock > 0 ? format("ABI {}", kernel.landlock) : "none", "seccomp",
      kernel.seccomp ? "yes" : "none",  //
      "pagemap scan", kernel.pagemap_scan ? "yes" : "none: resets of sandboxes are slower",
      "huge pages", kernel.huge_pages.empty() ? "none" : kernel.huge_pages);
}

std::string text_of(const std::vector<Finding>& findings,
                    const std::optional<app::Manifest>& manifest) {
  if (manifest) {
    std::string text = format("{} is built with\n", manifest->path);
    for (const Finding& finding : findings) text += row(finding);
    if (findings.empty()) text += "    nothing that is known here\n";
    return text;
  }
  std::string text;
  std::string_view languages;
  for (const Finding& finding : findings) {
    if (finding.tool->languages != languages)
      text += format("{}{}\n", text.empty() ? "" : "\n", finding.tool->languages);
    languages = finding.tool->languages;
    text += row(finding);
  }
  return text;
}

std::string json_of(const std::vector<Finding>& findings,
                    const std::optional<app::Manifest>& manifest, bool ok) {
  using Json = nlohmann::ordered_json;
  Json tools = Json::array();
  for (const Finding& finding : findings) {
    tools.push_back({{"name", finding.tool->name},
                     {"languages", finding.tool->languages},
                     {"found", finding.found},
                     {"version", finding.version},
                     {"missing", finding.missing()},
                     {"get", finding.tool->get}});
  }
  const develop::Kernel kernel = develop::kernel();
  const Json json = {{"manifest", manifest ? Json(manifest->path) : Json()},
                     {"ok", ok},
                     {"tools", tools},
                     {"kernel",
                      {{"release", kernel.release},
                       {"landlock", kernel.landlock},
                       {"seccomp", kernel.seccomp},
                       {"pagemap_scan", kernel.pagemap_scan},
                       {"huge_pages", kernel.huge_pages}}}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<int> examine(const DoctorOptions& options) {
  const auto manifest = FAVO_TRY(manifest_of(options));
  std::vector<const Tool*> wanted;
  if (manifest) {
    wanted = develop::needed_by(*manifest);
  } else {
    for (const Tool& tool : develop::tools()) wanted.push_back(&tool);
  }
  const std::vector<Finding> findings = develop::look_for(wanted, manifest ? manifest->folder : "");
  bool ok = true;
  if (manifest)
    for (const Finding& finding : findings) ok = ok && !finding.missing();
  const std::string text = options.json
                               ? json_of(findings, manifest, ok)
                               : text_of(findings, manifest) + kernel_text(develop::kernel());
  std::fputs(text.c_str(), stdout);
  return ok ? kSuccess : kFailure;
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app,
      {.name = "doctor",
       .summary = "Tell which toolchains are missing",
       .description = "And how to get them: for the languages of all templates, or for what the "
                      "build commands of a\nfavo.toml name; then the exit code is 1 when something "
                      "is missing.",
       .examples = {"favo doctor", "favo doctor shop", "favo doctor --json"}});
  auto options = std::make_shared<DoctorOptions>();
  add_manifest(command, options->manifest);
  command.add_flag("--json", options->json, "print JSON");
  command.callback([&action, options] { action = [options] { return examine(*options); }; });
}

}  // namespace favo::cli
