#include "server/deployment.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "base/format.h"
#include "base/permits.h"
#include "component/compose/compose.h"
#include "fs/directory.h"
#include "fs/helpers.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "policy/manifest_form.h"
#include "wasi/random.h"

namespace favo::server {
namespace {

constexpr std::string_view kHandler = "wasi:http/incoming-handler@0.2.0";
constexpr std::string_view kHandlerType =
    "func(own<wasi:http/types.incoming-request>, own<wasi:http/types.response-outparam>)";

/// Turns grants into what host functions take. What components share lies in the configuration, and
/// is made when the first needs it.
class Granter {
 public:
  Granter(wasi::Config& config, const policy::Limits& limits)
      : config_(config),
        limits_(limits),
        files_(std::make_shared<fs::OpenFiles>(limits.open_files)) {}

  Result<wasi::Grant> grant(policy::Grants grants) const {
    wasi::Grant made;
    made.environment = std::move(grants.env);
    made.arguments = std::move(grants.args);
    const bool sockets =
        !grants.tcp.empty() || !grants.udp.empty() || !grants.listen_sockets.empty();
    if ((sockets || !grants.http.empty()) && !config_.resolver)
      config_.resolver = std::make_shared<net::SystemResolver>();
    if (sockets && !config_.sockets) config_.sockets = std::make_shared<Permits>(limits_.sockets);
    made.tcp = std::move(grants.tcp);
    made.udp = std::move(grants.udp);
    made.listen_sockets = std::move(grants.listen_sockets);
    if (!grants.http.empty() && !config_.tls) {
      config_.tls = FAVO_TRY(net::ClientContext::create());
      config_.http_connections = std::make_shared<Permits>(limits_.outbound_connections);
    }
    made.http = std::move(grants.http);
    if (!grants.directories.empty() && !config_.helpers) {
      config_.helpers = std::make_shared<fs::Helpers>();
      wasi::SystemRandom random;
      config_.hash_key = {random.u64(), random.u64()};
    }
    for (policy::DirectoryGrant& directory : grants.directories) {
      const auto access = directory.write ? fs::Access::ReadWrite : fs::Access::ReadOnly;
      auto root = fs::Directory::open_root(directory.host, access, files_, directory.guest);
      if (!root)
        return error(Code::InvalidArgument, "cannot grant the directory {}",
                     root.error().message());
      made.directories.push_back({std::move(*root), std::move(directory.guest)});
    }
    return made;
  }

 private:
  wasi::Config& config_;
  const policy::Limits& limits_;
  std::shared_ptr<fs::OpenFiles> files_;
};

/// Which memories count for which part.
Result<std::unique_ptr<const runtime::PartBudgets>> part_budgets_of(
    const std::map<std::string, std::uint64_t, std::less<>>& limits, const fuse::Program& program) {
  using runtime::PartBudgets;
  if (limits.empty()) return std::unique_ptr<const PartBudgets>();
  auto budgets = std::make_unique<PartBudgets>();
  for (const auto& [name, bytes] : limits) budgets->parts.push_back({name, bytes, 0});
  for (const fuse::Memory& memory : program.memories) {
    const std::string_view name = compose::part_of(program.components[memory.component]);
    const auto part = std::ranges::find(budgets->parts, name, &PartBudgets::Part::name);
    if (part == budgets->parts.end()) {
      budgets->by_memory.push_back(PartBudgets::kNone);
      continue;
    }
    budgets->by_memory.push_back(static_cast<std::uint32_t>(part - budgets->parts.begin()));
    // Neither can overflow: both are sums that stay within the limit.
    if (memory.initial_bytes > part->memory_bytes - part->initial_bytes)
      return error(Code::LimitExceeded,
                   "the component {0} begins with more memory than its limit of {1} bytes: raise "
                   "memory in [component.{0}.limit], or remove it",
                   name, part->memory_bytes);
    part->initial_bytes += memory.initial_bytes;
  }
  return std::unique_ptr<const PartBudgets>(std::move(budgets));
}

/// Where grants are looked for: of `app.core@2.parser.deeper` that is `core.parser.deeper`.
std::string key_of(std::string_view path) {
  const std::string_view part = compose::part_of(path);
  if (part.empty()) return {};
  const auto begin = static_cast<std::size_t>(part.data() - path.data());
  const std::size_t dot = path.find('.', begin + part.size());
  std::string key(part);
  if (dot != path.npos) key += path.substr(dot);
  return key;
}

/// Of the component itself, or the nearest around it that has some of its own.
auto find_grants(const Granted& granted, std::string key) {
  for (;;) {
    const auto found = granted.parts.find(key);
    const std::size_t dot = key.rfind('.');
    if (found != granted.parts.end() || dot == key.npos) return found;
    key.resize(dot);
  }
}

/// A name that is not there would leave what was meant with all that its part may do.
Result<void> check_inner(const Granted& granted, std::span<const std::string> paths) {
  std::set<std::string> keys;
  for (const std::string& path : paths) keys.insert(key_of(path));
  for (const auto& [key, grants] : granted.parts) {
    const std::size_t dot = key.find('.');
    if (dot == key.npos || !keys.contains(key.substr(0, dot)) || keys.contains(key)) continue;
    std::string there;
    for (const std::string& other : keys) {
      if (!other.starts_with(key.substr(0, dot + 1))) continue;
      const std::string_view name = std::string_view(other).substr(dot + 1);
      if (!name.contains('.')) there += format("{}{}", there.empty() ? "" : ", ", name);
    }
    return error(Code::InvalidArgument,
                 "component {} has no component {:?} inside of it; it has {}", key.substr(0, dot),
                 key.substr(dot + 1), there.empty() ? "none" : there);
  }
  return {};
}

}  // namespace

std::string Deployment::in_its_words(std::string message) const {
  return from_manifest ? policy::with_manifest_limits(message) : message;
}

runtime::Budget budget_of(const policy::Limits& limits) {
  return {.memory_bytes = limits.memory,
          .table_elements = limits.table_elements,
          .handles = limits.handles,
          .cpu_time = limits.cpu};
}

Result<wasi::Config> config_of(Granted granted, const policy::Limits& limits,
                               const runtime::PreInstance& pre,
                               std::shared_ptr<telemetry::Audit> audit) {
  wasi::Config config;
  config.audit = std::move(audit);
  config.max_open_files = limits.open_files;
  config.names = pre.program().components;
  const Granter granter(config, limits);
  config.others = FAVO_TRY(granter.grant(std::move(granted.others)));
  if (granted.parts.empty()) return config;
  FAVO_TRY(check_inner(granted, pre.program().components));
  std::map<std::string_view, wasi::Grant> parts;  // those that take part
  for (const std::string& path : pre.program().components) {
    const auto grants = find_grants(granted, key_of(path));
    if (grants == granted.parts.end()) {
      config.components.push_back(config.others);
      continue;
    }
    auto made = parts.find(grants->first);
    if (made == parts.end()) {
      wasi::Grant grant = FAVO_TRY(granter.grant(grants->second));
      made = parts.emplace(grants->first, std::move(grant)).first;
    }
    config.components.push_back(made->second);
  }
  return config;
}

std::unique_ptr<http::client::Client> http_client_of(const wasi::Config& config, Loop& loop,
                                                     http::client::Neighbours* neighbours) {
  const auto grants = [](const wasi::Grant& grant) { return !grant.http.empty(); };
  if (!grants(config.others) && std::ranges::none_of(config.components, grants)) return nullptr;
  return std::make_unique<http::client::Client>(loop, *config.resolver, config.tls,
                                                config.http_connections, http::client::Limits(),
                                                neighbours);
}

std::string exports_of(const runtime::PreInstance& pre) {
  std::string text;
  std::string_view last;
  for (const fuse::FuncExport& item : pre.program().exports) {
    const std::string& name = item.interface.empty() ? item.name : item.interface;
    if (name == last) continue;
    if (!text.empty()) text += ", ";
    text += name;
    last = name;
  }
  return text.empty() ? "nothing" : text;
}

Result<std::shared_ptr<const Deployment>> deploy_http(
    std::string name, std::shared_ptr<const runtime::PreInstance> pre, Granted granted,
    const policy::Limits& limits, std::shared_ptr<telemetry::Audit> audit, StartFunctions start) {
  const fuse::FuncExport* handler = pre->find_export(kHandler, "handle");
  if (!handler) {
    const bool command =
        pre->find_export("wasi:cli/run@0.2.0", "run") || pre->find_export({}, "_start");
    return error(
        Code::NotFound,
        "{} exports no wasi:http/incoming-handler@0.2, so it cannot answer HTTP; it exports {}{}",
        name, exports_of(*pre), command ? ". It is a command: try `favo run`" : "");
  }
  if (handler->type_text != kHandlerType) {
    return error(Code::InvalidComponent,
                 "{} exports {} with another type\n  exported: {}\n  expected: {}", name,
                 handler->interface, handler->type_text, kHandlerType);
  }
  auto parts = FAVO_TRY(part_budgets_of(granted.memory, pre->program()));
  runtime::Budget budget = budget_of(limits);
  budget.parts = parts.get();
  const bool from_manifest = !granted.parts.empty();
  wasi::Config config = FAVO_TRY(config_of(std::move(granted), limits, *pre, std::move(audit)));
  std::unique_ptr<runtime::Snapshot> snapshot;
  if (start == StartFunctions::InFirst) snapshot = FAVO_TRY(runtime::Snapshot::create(*pre));
  return std::make_shared<const Deployment>(Deployment{
      .name = std::move(name),
      .pre = std::move(pre),
      .handler = handler,
      .config = std::move(config),
      .limits = limits,
      .parts = std::move(parts),
      .budget = budget,
      .snapshot = std::move(snapshot),
      .from_manifest = from_manifest,
  });
}

}  // namespace favo::server
