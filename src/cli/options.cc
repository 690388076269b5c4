#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/format.h"

namespace favo::cli {

CLI::App& add_command(CLI::App& app, const Command& command) {
  CLI::App* added = app.add_subcommand(command.name, command.summary);
  std::string footer = command.description + "\n\nExamples:\n";
  for (const std::string& example : command.examples) footer += "  " + example + "\n";
  added->footer(footer);
  added->get_help_ptr()->description("show this help");
  return *added;
}

void add_component(CLI::App& command, std::string& path) {
  command.add_option("component", path, "the component, a .wasm file")
      ->required()
      ->type_name("app.wasm");
}

void add_manifest(CLI::App& command, std::string& path) {
  command.add_option("manifest", path, "the application: a favo.toml, or the folder where it is")
      ->type_name("favo.toml")
      ->default_str("the current folder's");
}

void add_manifests(CLI::App& command, std::vector<std::string>& paths) {
  command
      .add_option("manifest", paths,
                  "the applications: each a favo.toml, or the folder where it is")
      ->type_name("favo.toml")
      ->default_str("the current folder's");
}

void GrantOptions::add_to(CLI::App& command) {
  constexpr const char* kGroup = "Grants (nothing is granted by default)";
  command.add_option("--env", assignments, "set a variable for the guest; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->group(kGroup);
  command
      .add_option("--dir", directories,
                  "let the guest use a directory by the name GUEST; may be repeated")
      ->type_name("HOST[:GUEST[:ro|rw]]")
      ->allow_extra_args(false)
      ->group(kGroup);
  command
      .add_option("--http", http, "let the guest send HTTP requests to a server; may be repeated")
      ->type_name("URL")
      ->allow_extra_args(false)
      ->group(kGroup);
  const auto add_endpoints = [&](const char* name, std::vector<std::string>& texts,
                                 const char* help, const char* form) {
    command.add_option(name, texts, help)->type_name(form)->allow_extra_args(false)->group(kGroup);
  };
  add_endpoints("--tcp", tcp, "let the guest connect by TCP; may be repeated", "HOST:PORT");
  add_endpoints("--udp", udp, "let the guest exchange UDP datagrams; may be repeated", "HOST:PORT");
  add_endpoints("--listen-socket", listen_sockets,
                "let the guest listen, by TCP and UDP; may be repeated", "ADDRESS:PORT");
}

Result<policy::Grants> GrantOptions::grants() const {
  policy::Grants grants;
  for (const std::string& assignment : assignments) FAVO_TRY(grants.add_env(assignment));
  for (const std::string& directory : directories) FAVO_TRY(grants.add_directory(directory));
  for (const std::string& server : http) FAVO_TRY(grants.add_http(server));
  for (const std::string& endpoint : tcp) FAVO_TRY(grants.add_tcp(endpoint));
  for (const std::string& endpoint : udp) FAVO_TRY(grants.add_udp(endpoint));
  for (const std::string& endpoint : listen_sockets) FAVO_TRY(grants.add_listen_socket(endpoint));
  return grants;
}

void CacheOption::add_to(CLI::App& command) {
  command.add_option("--cache-dir", path, "where compiled components are kept")
      ->type_name("DIR")
      ->envname("FAVO_CACHE_DIR");
}

Result<std::string> CacheOption::directory() const {
  if (!path.empty()) return path;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache == '/') return std::string(cache) + "/favo/artifacts";
  const char* home = std::getenv("HOME");
  if (home && *home == '/') return std::string(home) + "/.cache/favo/artifacts";
  return Error(Code::InvalidArgument, "neither HOME nor XDG_CACHE_HOME is set");
}

namespace {

policy::Limits defaults_for(LimitOptions::For purpose) {
  policy::Limits limits;
  if (purpose == LimitOptions::For::Run) limits.cpu = limits.wall = std::chrono::hours(24);
  return limits;
}

}  // namespace

void LimitOptions::add_to(CLI::App& command) {
  const policy::Limits defaults = defaults_for(purpose);
  const auto specs = policy::limit_specs();
  texts.resize(specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const policy::LimitSpec& spec = specs[i];
    if (spec.serve_only && purpose != For::Serve) continue;
    const bool duration = std::holds_alternative<policy::LimitSpec::Duration>(spec.member);
    const bool size =
        std::holds_alternative<policy::LimitSpec::Size>(spec.member) && !spec.plain_number;
    command.add_option(format("--max-{}", spec.name), texts[i], std::string(spec.help))
        ->type_name(duration ? "TIME"
                    : size   ? "SIZE"
                             : "N")
        ->default_str(spec.print(defaults))
        ->group("Limits");
  }
}

Result<policy::Limits> LimitOptions::limits() const {
  policy::Limits limits = defaults_for(purpose);
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (!texts[i].empty()) FAVO_TRY(policy::limit_specs()[i].parse(limits, texts[i]));
  return limits;
}

void LogOption::add_to(CLI::App& command) {
  command.add_option("--log-format", format, "logfmt or json, one line per event on stderr")
      ->type_name("FORMAT")
      ->default_str("logfmt");
}

std::string human_size(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KB", "MB", "GB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? format("{} B", bytes) : format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace favo::cli
