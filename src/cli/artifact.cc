#include "cli/artifact.h"

#include <optional>

#include "base/format.h"
#include "cli/progress.h"
#include "cli/report.h"

namespace favo::cli {

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Result<engine::Engine> small_engine() {
  return engine::Engine::create({.instances = 1, .memories = 100, .tables = 100});
}

namespace {

/// What `compile` is, with the cache where it can be used, and progress.
template <typename Compile>
Result<compile::Artifact> with_cache(const std::string& name, const CacheOption& option,
                                     compile::Options options, Compile compile) {
  Progress progress(name);
  options.observer = &progress;
  if (option.off) return compile(options);
  auto open_cache = [&]() -> Result<compile::Cache> {
    const std::string directory = FAVO_TRY(option.directory());
    return compile::Cache::open(directory);
  };
  const Result<compile::Cache> cache = open_cache();
  if (!cache)
    print_warning(format("without a cache each start compiles again: {}", cache.error().message()));
  options.cache = cache ? &*cache : nullptr;
  return compile(options);
}

Result<std::shared_ptr<const runtime::PreInstance>> bind(const engine::Engine& engine,
                                                         const abi::Host& host,
                                                         const std::string& name,
                                                         compile::Artifact artifact) {
  auto pre = runtime::PreInstance::create(engine, std::move(artifact.module),
                                          std::move(artifact.program), host);
  if (!pre) return std::move(pre).error().within(name);
  return pre;
}

}  // namespace

Result<compile::Artifact> load_artifact(const engine::Engine& engine, const std::string& path,
                                        const CacheOption& option) {
  return with_cache(file_name(path), option, {}, [&](const compile::Options& options) {
    return compile::compile_file(engine, path, options);
  });
}

Result<std::shared_ptr<const runtime::PreInstance>> load_application(const engine::Engine& engine,
                                                                     const abi::Host& host,
                                                                     const std::string& path,
                                                                     const CacheOption& cache) {
  compile::Artifact artifact = FAVO_TRY(load_artifact(engine, path, cache));
  return bind(engine, host, path, std::move(artifact));
}

Result<std::shared_ptr<const runtime::PreInstance>> load_application(
    const engine::Engine& engine, const abi::Host& host, const std::string& name,
    const compile::Digest& inputs, const std::function<Result<Bytes>()>& make,
    const CacheOption& cache) {
  compile::Options options;
  options.name = name;
  compile::Artifact artifact =
      FAVO_TRY(with_cache(name, cache, std::move(options), [&](const compile::Options& with) {
        return compile::compile_made(engine, inputs, make, with);
      }));
  return bind(engine, host, name, std::move(artifact));
}

}  // namespace favo::cli
