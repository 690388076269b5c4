#include "cli/capabilities.h"

#include <algorithm>
#include <span>
#include <variant>

namespace favo::cli {
namespace {

struct Rule {
  std::string_view prefix;      ///< of an interface's name, without its version
  std::string_view capability;  ///< empty: plumbing, asks for nothing by itself
};

constexpr Rule kRules[] = {
    {"wasi:http/outgoing-handler", "http"},
    {"wasi:http/", ""},
    {"wasi:sockets/", "sockets"},
    {"wasi:filesystem/", "files"},
    {"wasi:cli/environment", "env"},
    {"wasi:cli/exit", ""},
    {"wasi:cli/", "stdio"},
    {"wasi:clocks/", "clocks"},
    {"wasi:random/", "random"},
    {"wasi:io/", ""},
    {"", kOther},
};

/// Preview 1 has one interface for all; the functions tell. What works on any descriptor is counted
/// as stdio, since files come by those of `files`.
constexpr std::string_view kPreview1 = "wasi_snapshot_preview1";
constexpr Rule kPreview1Rules[] = {
    {"path_", "files"},      {"fd_prestat_", "files"},
    {"fd_readdir", "files"}, {"fd_", "stdio"},
    {"environ_", "env"},     {"args_", "env"},
    {"clock_", "clocks"},    {"poll_", "clocks"},
    {"random_", "random"},   {"", ""},
};

constexpr std::pair<std::string_view, std::string_view> kGrants[] = {
    {"http", "no servers unless given by --http https://HOST[:PORT]"},
    {"sockets", "none unless given by --tcp, --udp HOST:PORT or --listen-socket ADDRESS:PORT"},
    {"files", "no directories unless given by --dir HOST:GUEST[:ro]"},
    {"env", "empty unless given by --env KEY=VALUE"},
    {"stdio", "granted: the log of `favo serve`, the terminal of `favo run`"},
    {"clocks", "granted: the time of day and a monotonic clock"},
    {"random", "granted: the system's random numbers"},
    {kOther, "not provided: the component does not start"},
};

std::string_view capability_of(const fuse::HostCall& call) {
  const bool preview1 = call.interface == kPreview1;
  const std::string_view name = preview1 ? call.name : call.interface;
  const auto rules = preview1 ? std::span<const Rule>(kPreview1Rules) : std::span(kRules);
  const auto rule = std::ranges::find_if(
      rules, [&](const Rule& candidate) { return name.starts_with(candidate.prefix); });
  return rule->capability;
}

}  // namespace

std::vector<Capability> capabilities_of(const fuse::Program& program) {
  std::vector<Capability> all;
  for (const auto& [name, grant] : kGrants) all.push_back({name, grant, {}});
  for (const fuse::Import& import : program.imports) {
    const auto* call = std::get_if<fuse::HostCall>(&import.kind);
    if (!call) continue;
    const bool by_function = call->interface.empty() || call->interface == kPreview1;
    const std::string& shown = by_function ? call->name : call->interface;
    const auto found = std::ranges::find(all, capability_of(*call), &Capability::name);
    if (found != all.end() &&
        std::ranges::find(found->interfaces, shown) == found->interfaces.end())
      found->interfaces.push_back(shown);
  }
  std::erase_if(all, [](const Capability& capability) { return capability.interfaces.empty(); });
  for (Capability& capability : all) std::ranges::sort(capability.interfaces);
  return all;
}

}  // namespace favo::cli
