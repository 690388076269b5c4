#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "component/runtime/instance.h"
#include "component/runtime/pre_instance.h"
#include "component/runtime/snapshot.h"
#include "http/client/client.h"
#include "policy/limits.h"
#include "server/granted.h"
#include "wasi/context.h"

namespace favo::server {

/// What requests are answered with: an application ready to start, what it was granted and its
/// limits. Immutable, so all shards share it.
struct Deployment {
  std::string name;  ///< for logs
  std::shared_ptr<const runtime::PreInstance> pre;
  const fuse::FuncExport* handler = nullptr;  ///< into `pre`
  wasi::Config config;
  policy::Limits limits;
  std::unique_ptr<const runtime::PartBudgets> parts;  ///< of `budget`; null: there are none
  runtime::Budget budget;
  std::unique_ptr<runtime::Snapshot> snapshot;  ///< of `pre`; null: each instance starts by itself
  bool from_manifest = false;                   ///< so limits are keys of it, not options

  /// A message that may name limits, in the words of who sets them.
  std::string in_its_words(std::string message) const;
};

/// Where start functions run: in each instance, or in the first, whose snapshot the others begin
/// with.
enum class StartFunctions : std::uint8_t { InEach, InFirst };

/// Finds the HTTP handler and checks its type. `audit` is told what guests are refused.
/// Errors: NotFound when the component exports none, with what it exports instead; LimitExceeded
/// for
///         a part that begins with more memory than it may have; Unsupported for a snapshot that
///         cannot be taken; those of `config_of`.
Result<std::shared_ptr<const Deployment>> deploy_http(
    std::string name, std::shared_ptr<const runtime::PreInstance> pre, Granted granted,
    const policy::Limits& limits, std::shared_ptr<telemetry::Audit> audit,
    StartFunctions start = StartFunctions::InEach);

/// The part of the limits that an instance keeps.
runtime::Budget budget_of(const policy::Limits& limits);
/// What the grants mean for the host functions, by component. Directories are opened here: what a
/// name means later does not matter.
/// Errors: InvalidArgument, naming the directory that cannot be granted, or a component inside of a
///         part that is not there; those of `net::ClientContext::create`.
Result<wasi::Config> config_of(Granted granted, const policy::Limits& limits,
                               const runtime::PreInstance& pre,
                               std::shared_ptr<telemetry::Audit> audit);

/// A client for the requests that `config` grants to guests; empty when it grants none.
/// `neighbours`: as for `http::client::Client`.
std::unique_ptr<http::client::Client> http_client_of(
    const wasi::Config& config, Loop& loop, http::client::Neighbours* neighbours = nullptr);

/// The exports of an application, for messages: `wasi:cli/run@0.2.0`, …
std::string exports_of(const runtime::PreInstance& pre);

}  // namespace favo::server
