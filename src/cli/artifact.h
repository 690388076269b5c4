#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/options.h"
#include "component/compile/compile.h"
#include "component/runtime/pre_instance.h"

namespace favo::cli {

/// From a file on the command line to code that can start: through the cache where it can be used
/// (a warning says why when it cannot), with progress on standard error.
/// Errors: those of `compile::compile_file`.
Result<compile::Artifact> load_artifact(const engine::Engine& engine, const std::string& path,
                                        const CacheOption& cache);

/// The same, with every import bound to `host`, which must outlive it.
/// Errors: also those of `runtime::PreInstance::create`.
Result<std::shared_ptr<const runtime::PreInstance>> load_application(const engine::Engine& engine,
                                                                     const abi::Host& host,
                                                                     const std::string& path,
                                                                     const CacheOption& cache);

/// The same for a component that is made in memory, whose instances are called `name` and below;
/// see `compile::compile_made`.
Result<std::shared_ptr<const runtime::PreInstance>> load_application(
    const engine::Engine& engine, const abi::Host& host, const std::string& name,
    const compile::Digest& inputs, const std::function<Result<Bytes>()>& make,
    const CacheOption& cache);

/// An engine for commands that start no more than one guest.
Result<engine::Engine> small_engine();

/// The last part of a path.
std::string file_name(const std::string& path);

}  // namespace favo::cli
