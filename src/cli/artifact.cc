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

Result<compile::Artifact> load_artifact(const engine::Engine& engine, const std::string& path,
                                        const CacheOption& option) {
  Progress progress(file_name(path));
  auto open_cache = [&]() -> Result<compile::Cache> {
    const std::string directory = FAVO_TRY(option.directory());
    return compile::Cache::open(directory);
  };
  const Result<compile::Cache> cache = open_cache();
  if (!cache)
    print_warning(format("without a cache each start compiles again: {}", cache.error().message()));
  compile::Options options;
  options.cache = cache ? &*cache : nullptr;
  options.observer = &progress;
  return compile::compile_file(engine, path, options);
}

Result<std::shared_ptr<const runtime::PreInstance>> load_application(const engine::Engine& engine,
                                                                     const abi::Host& host,
                                                                     const std::string& path,
                                                                     const CacheOption& cache) {
  compile::Artifact artifact = FAVO_TRY(load_artifact(engine, path, cache));
  auto pre = runtime::PreInstance::create(engine, std::move(artifact.module),
                                          std::move(artifact.program), host);
  if (!pre) return std::move(pre).error().within(path);
  return pre;
}

}  // namespace favo::cli
