#pragma once

#include <map>
#include <memory>
#include <span>

#include "app/manifest.h"
#include "cli/options.h"
#include "component/abi/host.h"
#include "component/compile/digest.h"
#include "component/runtime/pre_instance.h"
#include "engine/engine.h"
#include "server/site.h"
#include "telemetry/audit.h"

namespace favo::cli {

/// What a version of an application consists of, by a digest of all that it was made from.
using Compiled = std::map<compile::Digest, std::shared_ptr<const runtime::PreInstance>>;

/// An application ready to answer: one deployment for each component that has routes, with all that
/// it is linked to. `audited`: what its audit notes. `host` outlives it. `last`, unless null, is
/// what the last version consists of, which is not made again, and then what this one does.
/// Errors: those of composing, compiling and `server::deploy_http`.
Result<std::shared_ptr<const server::Application>> make_application(
    const app::Manifest& manifest, const CacheOption& cache, telemetry::Audit::Scope audited,
    const engine::Engine& engine, const abi::Host& host, Compiled* last = nullptr);

/// What a server answers with. Several applications are told apart by their hosts; one alone
/// answers every host, unless it names some. `last`: for one alone.
/// Errors: those of `make_application` for each, and of `app::host_table`, before anything is made.
Result<server::Site> make_site(std::span<const app::Manifest> manifests, const CacheOption& cache,
                               telemetry::Audit::Scope audited, const engine::Engine& engine,
                               const abi::Host& host, Compiled* last = nullptr);

/// What all components of all applications may do: what the process itself must be able to do.
policy::Grants union_of(std::span<const app::Manifest> manifests);

}  // namespace favo::cli
