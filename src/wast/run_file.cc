#include "wast/run_file.h"

#include <unistd.h>

#include <filesystem>
#include <optional>

#include "base/format.h"
#include "fs/file.h"
#include "wast/convert.h"
#include "wast/directives.h"
#include "wast/isolate.h"
#include "wast/runner.h"

namespace favo::wast {
namespace {

constexpr std::uint64_t kMaxScriptBytes = std::uint64_t{256} << 20;

Result<std::string> read_text(const std::string& path) {
  const std::vector<std::uint8_t> bytes = FAVO_TRY(fs::read_file(path, kMaxScriptBytes));
  return std::string(as_text(bytes));
}

/// The directives of the text that a script was made from, as far as it can be found: the path is
/// the one that was given to the converter then, relative to its directory.
Directives directives_of(const std::string& source, const std::string& folder) {
  for (const std::string& path : {source, folder + "/" + source}) {
    const Result<std::string> text = read_text(path);
    if (text) return read_directives(*text);
  }
  return {};
}

Result<Settings> settings_for(const Directives& directives, const FileOptions& options) {
  Settings settings;
  settings.validate_only = options.validate_only || directives.validate_only;
  if (directives.validate_only) settings.features = Features::base();
  for (const std::string& feature : directives.with) FAVO_TRY(settings.features.set(feature, true));
  for (const std::string& feature : directives.without)
    FAVO_TRY(settings.features.set(feature, false));
  for (const std::string& feature : options.with) FAVO_TRY(settings.features.set(feature, true));
  for (const std::string& feature : options.without)
    FAVO_TRY(settings.features.set(feature, false));
  return settings;
}

/// The body of the forked process.
void run_commands(const std::vector<Command>& commands, const Settings& settings,
                  const std::string& folder, const Tell& tell) {
  const Result<engine::Engine> engine = script_engine(settings.features);
  if (!engine) _exit(1);
  Runner runner(*engine, settings, folder);
  for (const Command& command : commands) tell(runner.run(command));
}

Result<std::vector<Check>> run_script(const std::string& json, const FileOptions& options) {
  const std::string text = FAVO_TRY(read_text(json));
  Script script = FAVO_TRY(parse_script(text));
  std::string folder = std::filesystem::path(json).parent_path();
  if (folder.empty()) folder = ".";
  const Settings settings = FAVO_TRY(settings_for(directives_of(script.source, folder), options));
  std::erase_if(script.commands, [](const Command& command) { return command.text_only; });
  return run_isolated(script.commands, options.time_limit, [&](const Tell& tell) {
    run_commands(script.commands, settings, folder, tell);
  });
}

Result<std::vector<Check>> run_wast(const std::string& path, const FileOptions& options) {
  const TemporaryDirectory folder = FAVO_TRY(TemporaryDirectory::create());
  const std::string json = FAVO_TRY(convert(path, folder));
  return run_script(json, options);
}

}  // namespace

Result<Report> run_file(const std::string& path, const FileOptions& options) {
  FAVO_TRY(settings_for({}, options));  // before anything is run
  const bool text = path.ends_with(".wast");
  if (text) FAVO_TRY(check_converter());
  Result<std::vector<Check>> checks = text ? run_wast(path, options) : run_script(path, options);
  if (!checks) return Report{path, checks.error().message(), {}};
  return Report{path, {}, std::move(*checks)};
}

}  // namespace favo::wast
