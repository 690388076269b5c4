#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>

#include "base/format.h"
#include "base/text.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/report.h"
#include "engine/engine.h"

namespace favo::cli {
namespace {

/// The option and command names that could stand where an unknown one did.
std::vector<std::string> known_names(const CLI::App& app, bool option) {
  std::vector<std::string> names;
  if (option) {
    for (const CLI::Option* known : app.get_options({}))
      for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
  } else {
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  }
  return names;
}

/// CLI11's own words where they are clear enough.
std::string message_of(const CLI::ParseError& parse_error) {
  if (dynamic_cast<const CLI::RequiredError*>(&parse_error)) {
    std::string_view positional = parse_error.what();  // "components is required"
    positional = positional.substr(0, positional.find(' '));
    if (positional.ends_with('s')) positional.remove_suffix(1);
    return format("no {} given", positional);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&parse_error)) {
    const std::string_view text = parse_error.what();
    return format("{} takes one value, and only once", text.substr(0, text.find(':')));
  }
  return parse_error.what();
}

int usage_error(const CLI::App& app, const CLI::ParseError& parse_error) {
  const auto chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const std::string help =
      chosen.empty() ? "favo --help" : format("favo {} --help", command.get_name());
  const std::vector<std::string> unknown = app.remaining(true);
  if (unknown.empty()) return print_error(message_of(parse_error), "see " + help, kUsage);

  const std::string typed = unknown.front().substr(0, unknown.front().find('='));
  const bool option = typed.starts_with('-');
  const std::string_view meant = nearest(typed, known_names(command, option));
  const std::string_view what = option ? "option" : chosen.empty() ? "command" : "argument";
  std::string hint = meant.empty() ? "see " + help : format("did you mean {}?", meant);
  if (meant.empty() && command.get_name() == "run")
    hint = format("the guest's own arguments go after `--`; see {}", help);
  return print_error(format("unknown {} {:?}", what, typed), hint, kUsage);
}

int run_program(std::vector<std::string> arguments) {
  // What follows `--` is the guest's and none of our business.
  const auto separator = std::ranges::find(arguments, "--");
  const bool separated = separator != arguments.end();
  std::vector<std::string> guest_arguments(separated ? separator + 1 : separator, arguments.end());
  arguments.erase(separator, arguments.end());

  CLI::App app(
      "Favo runs WebAssembly components: services and tools in sandboxes that start in\n"
      "microseconds and get nothing they were not granted.",
      "favo");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer("`favo <command> --help` shows a command's options and more examples.");
  app.require_subcommand(1);
  app.get_help_ptr()->description("show this help");
  app.set_version_flag("-V,--version",
                       format("favo {} ({})", FAVO_VERSION, engine::Engine::compatibility()),
                       "show the version");
  Action action;
  add_serve(app, action);
  add_up(app, action);
  add_build(app, action);
  add_watch(app, action);
  add_new(app, action);
  add_doctor(app, action);
  add_run(app, action, guest_arguments);
  add_inspect(app, action);
  add_compile(app, action);
  add_call(app, action);
  add_compose(app, action);
  add_schema(app, action);
  add_wast(app, action);

  if (arguments.empty()) {
    std::fputs(app.help().c_str(), stderr);
    return kUsage;
  }
  try {
    std::ranges::reverse(arguments);  // as CLI11 wants them
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return kSuccess;
  } catch (const CLI::CallForVersion& version) {
    std::fprintf(stdout, "%s\n", version.what());
    return kSuccess;
  } catch (const CLI::ParseError& parse_error) {
    return usage_error(app, parse_error);
  }
  const std::string command = app.get_subcommands().front()->get_name();
  if (separated && command != "run")
    return print_error(format("favo {} takes no arguments after `--`", command),
                       format("see favo {} --help", command), kUsage);

  const Result<int> code = action();
  if (code) return *code;
  if (code.error().code() == Code::InvalidArgument)
    return print_error(code.error().message(), format("see favo {} --help", command), kUsage);
  return print_error(code.error().message(), {}, kFailure);
}

/// Without this, the first files we open would become the standard streams of a process that was
/// started without them, and take a guest's output.
void open_standard_streams() {
  int opened;
  do {
    opened = open("/dev/null", O_RDWR);
  } while (opened >= 0 && opened <= STDERR_FILENO);
  if (opened >= 0) close(opened);
}

}  // namespace
}  // namespace favo::cli

int main(int argc, char** argv) {
  favo::cli::open_standard_streams();
  // Ours throws nothing; the libraries may.
  try {
    return favo::cli::run_program({argv + 1, argv + argc});
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "favo: error: %s\n", exception.what());
    return favo::cli::kFailure;
  }
}
