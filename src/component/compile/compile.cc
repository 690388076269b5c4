#include "component/compile/compile.h"

#include <fcntl.h>
#include <signal.h>

#include <optional>
#include <utility>

#include "base/format.h"
#include "component/binary/decode.h"
#include "component/compile/cpu.h"
#include "component/compile/program_codec.h"
#include "component/fuse/fuse.h"
#include "component/link/link.h"
#include "component/link/module.h"

namespace favo::compile {
namespace {

/// Everything but the component that its artifact depends on.
Digest settings_digest(const Options& options) {
  // A virtual machine's CPUID leaves the machine: 26 µs, a quarter of loading a small artifact.
  static const std::string cpu = cpu_features();
  const auto& [async, async_builtins, async_stackful, threading, error_context, fixed_length_lists,
               map, implements, values, nested_names, canon_names, cm64] = options.features;
  std::uint64_t features = 0;
  for (bool feature :
       {async, async_builtins, async_stackful, threading, error_context, fixed_length_lists, map,
        implements, values, nested_names, canon_names, cm64})
    features = features * 2 + feature;
  return Sha256()
      .update("favo artifact " FAVO_PIPELINE "\n")
      .update(std::uint64_t{kProgramVersion})
      .update(format("{}\n{}\n", engine::Engine::compatibility(), cpu))
      .update(features)
      .update(options.name)
      .finish();
}

/// Blocks the signals that end a process, for this thread and those started meanwhile.
///
/// The engine validates and compiles on workers that live as long as the process, with the mask
/// they are born with. If theirs were open, a later SIGTERM would be delivered to one of them and
/// kill the server that its main thread was about to shut down in peace.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

void warn(const Options& options, std::string_view message) {
  if (options.observer) options.observer->warning(message);
}

Result<Artifact> map_entry(const engine::Engine& engine, Cache::Entry entry, std::string path) {
  engine::Module module = FAVO_TRY(engine.deserialize_file(entry.code_path()));
  return Artifact{.module = std::move(module),
                  .program = std::move(entry.program),
                  .cached = false,
                  .code_bytes = entry.code_bytes,
                  .path = std::move(path)};
}

/// The cached artifact, or nothing: then it has to be compiled.
std::optional<Artifact> find(const engine::Engine& engine, const Digest& key,
                             const Options& options) {
  if (!options.cache) return std::nullopt;
  const std::string path = options.cache->path_of(key);
  auto load = [&]() -> Result<Artifact> {
    Cache::Entry entry = FAVO_TRY(options.cache->load(key));
    return map_entry(engine, std::move(entry), path);
  };
  Result<Artifact> found = load();
  if (!found) {
    if (found.error().code() != Code::NotFound)
      warn(options, format("cached artifact {} is not usable and is made again: {}", path,
                           found.error().message()));
    return std::nullopt;
  }
  found->cached = true;
  return std::move(found).value();
}

/// Writes the artifact and maps it back, so that code and memory images are shared with the page
/// cache and with other processes instead of being private copies.
Result<Artifact> store(const engine::Engine& engine, const engine::Module& module,
                       const fuse::Program& program, const Digest& key, const Cache& cache) {
  const std::vector<std::uint8_t> code = FAVO_TRY(module.serialize());
  Cache::Entry entry = FAVO_TRY(cache.store(key, code, program));
  return map_entry(engine, std::move(entry), cache.path_of(key));
}

Result<engine::Module> run_compiler(const engine::Engine& engine, Bytes module,
                                    const Options& options) {
  if (options.observer) options.observer->compiling(module.size());
  Result<engine::Module> compiled = [&] {
    const BlockedSignals blocked;
    return engine.compile(module);
  }();
  if (options.observer) options.observer->compiled();
  if (!compiled) return std::move(compiled).error().within("the engine refused the fused module");
  return compiled;
}

Result<Artifact> make(const engine::Engine& engine, Bytes bytes, const Digest& key,
                      const Options& options) {
  fuse::Fused fused = FAVO_TRY([&]() -> Result<fuse::Fused> {
    const Linked linked = FAVO_TRY(link_component(engine, bytes, options));
    return fuse::fuse(linked.plan);
  }());
  engine::Module module = FAVO_TRY(run_compiler(engine, fused.module, options));
  if (options.cache) {
    Result<Artifact> stored = store(engine, module, fused.program, key, *options.cache);
    if (stored) return stored;
    warn(options, format("the artifact could not be cached, so the next start compiles again: {}",
                         stored.error().message()));
  }
  return Artifact{.module = std::move(module),
                  .program = std::move(fused.program),
                  .cached = false,
                  .code_bytes = 0,
                  .path = {}};
}

Digest key_of(const Digest& settings, Bytes component) {
  return Sha256().update(settings).update(component).finish();
}

Result<Artifact> find_or_make(const engine::Engine& engine, Bytes bytes, const Digest& key,
                              const Options& options) {
  std::optional<Artifact> found = find(engine, key, options);
  if (found) return std::move(*found);
  return make(engine, bytes, key, options);
}

/// `bytes_of` is called only where the cache does not remember what `source` led to.
template <typename Source, typename BytesOf>
Result<Artifact> recall_or_make(const engine::Engine& engine, const Source& source,
                                const BytesOf& bytes_of, const Options& options) {
  const Digest settings = settings_digest(options);
  std::optional<Digest> recalled;
  if (options.cache) {
    recalled = options.cache->recall(source, settings);
    if (recalled) {
      std::optional<Artifact> found = find(engine, *recalled, options);
      if (found) return std::move(*found);
    }
  }
  const auto bytes = FAVO_TRY(bytes_of());
  const Digest key = key_of(settings, bytes);
  // An entry that was found unusable above is not looked at, and warned of, twice.
  Artifact artifact = FAVO_TRY(key == recalled ? make(engine, bytes, key, options)
                                               : find_or_make(engine, bytes, key, options));
  if (options.cache && !artifact.path.empty()) options.cache->remember(source, settings, key);
  return artifact;
}

}  // namespace

Result<binary::Component> check_component(const engine::Engine& engine, Bytes bytes,
                                          const Options& options) {
  binary::Component component = FAVO_TRY(binary::decode(bytes));
  FAVO_TRY(validate::validate(component, options.features, [&](Bytes module) {
    const BlockedSignals blocked;
    return engine.validate(module);
  }));
  if (options.application) FAVO_TRY(validate::check_application(component));
  return component;
}

Result<Linked> link_component(const engine::Engine& engine, Bytes bytes, const Options& options) {
  if (link::is_core_module(bytes)) {
    {
      const BlockedSignals blocked;
      FAVO_TRY(engine.validate(bytes));
    }
    link::Plan plan = FAVO_TRY(link::link_module(bytes, options.name));
    return Linked{std::nullopt, std::move(plan)};
  }
  binary::Component component = FAVO_TRY(check_component(engine, bytes, options));
  link::Plan plan = FAVO_TRY(link::link(component, options.name));
  return Linked{std::move(component), std::move(plan)};
}

Result<Artifact> compile(const engine::Engine& engine, Bytes bytes, const Options& options) {
  return find_or_make(engine, bytes, key_of(settings_digest(options), bytes), options);
}

Result<Artifact> compile_made(const engine::Engine& engine, const Digest& inputs,
                              const std::function<Result<Bytes>()>& make, const Options& options) {
  return recall_or_make(engine, inputs, make, options);
}

Result<Artifact> compile_file(const engine::Engine& engine, const std::string& path,
                              const Options& options) {
  const fs::Fd file = FAVO_TRY(fs::open_at(AT_FDCWD, path, O_RDONLY));
  // Before reading: a change in the meantime then shows at the next start.
  const fs::Status status = FAVO_TRY(fs::status_of(file));
  const auto read = [&file] { return fs::read_all(file, kMaxComponentBytes); };
  Result<Artifact> artifact = recall_or_make(engine, status.identity, read, options);
  if (!artifact) return std::move(artifact).error().within(path);
  return artifact;
}

}  // namespace favo::compile
