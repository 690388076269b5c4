#include "server/deployment.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/permits.h"
#include "fs/directory.h"
#include "fs/helpers.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "wasi/random.h"

namespace favo::server {
namespace {

constexpr std::string_view kHandler = "wasi:http/incoming-handler@0.2.0";
constexpr std::string_view kHandlerType =
    "func(own<wasi:http/types.incoming-request>, own<wasi:http/types.response-outparam>)";

}  // namespace

runtime::Budget budget_of(const policy::Limits& limits) {
  return {.memory_bytes = limits.memory,
          .table_elements = limits.table_elements,
          .handles = limits.handles,
          .cpu_time = limits.cpu};
}

Result<wasi::Config> config_of(policy::Grants grants, const policy::Limits& limits,
                               const runtime::PreInstance& pre,
                               std::shared_ptr<telemetry::Audit> audit) {
  wasi::Config config;
  config.audit = std::move(audit);
  config.max_open_files = limits.open_files;
  config.names = pre.program().components;
  config.others.environment = std::move(grants.env);
  config.others.arguments = std::move(grants.args);
  if (!grants.http.empty()) config.resolver = std::make_shared<net::SystemResolver>();
  if (!grants.http.empty()) {
    config.tls = FAVO_TRY(net::ClientContext::create());
    config.http_connections = std::make_shared<Permits>(limits.outbound_connections);
  }
  config.others.http = std::move(grants.http);
  if (grants.directories.empty()) return config;
  config.helpers = std::make_shared<fs::Helpers>();
  wasi::SystemRandom random;
  config.hash_key = {random.u64(), random.u64()};
  const auto files = std::make_shared<fs::OpenFiles>(limits.open_files);
  for (policy::DirectoryGrant& grant : grants.directories) {
    const auto access = grant.write ? fs::Access::ReadWrite : fs::Access::ReadOnly;
    auto root = fs::Directory::open_root(grant.host, access, files, grant.guest);
    if (!root)
      return error(Code::InvalidArgument, "cannot grant the directory {}", root.error().message());
    config.others.directories.push_back({std::move(*root), std::move(grant.guest)});
  }
  return config;
}

std::unique_ptr<http::client::Client> http_client_of(const wasi::Config& config, Loop& loop) {
  const auto grants = [](const wasi::Grant& grant) { return !grant.http.empty(); };
  if (!grants(config.others) && std::ranges::none_of(config.components, grants)) return nullptr;
  return std::make_unique<http::client::Client>(loop, *config.resolver, config.tls,
                                                config.http_connections, http::client::Limits());
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
    std::string name, std::shared_ptr<const runtime::PreInstance> pre, policy::Grants grants,
    const policy::Limits& limits, std::shared_ptr<telemetry::Audit> audit) {
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
  wasi::Config config = FAVO_TRY(config_of(std::move(grants), limits, *pre, std::move(audit)));
  return std::make_shared<const Deployment>(Deployment{
      .name = std::move(name),
      .pre = std::move(pre),
      .handler = handler,
      .config = std::move(config),
      .limits = limits,
      .budget = budget_of(limits),
  });
}

}  // namespace favo::server
