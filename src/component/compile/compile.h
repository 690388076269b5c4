#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "component/binary/ast.h"
#include "component/compile/cache.h"
#include "component/fuse/program.h"
#include "component/link/plan.h"
#include "component/validate/validate.h"
#include "engine/engine.h"

namespace favo::compile {

/// A component ready to be bound: native code and what the runtime must know about it.
struct Artifact {
  engine::Module module;
  fuse::Program program;
  bool cached = false;           ///< came from the cache: nothing was compiled
  std::uint64_t code_bytes = 0;  ///< of the serialized code; 0 when it was not stored
  std::string path;              ///< of the code in the cache; empty when it was not stored
};

/// Told what happens on the way; the defaults do nothing. Called on the thread that compiles.
class Observer {
 public:
  virtual ~Observer() = default;
  /// There is no artifact: the engine starts on a fused module of so many bytes. Seconds may pass.
  virtual void compiling(std::size_t /*bytes*/) {}
  virtual void compiled() {}
  /// A cache entry was damaged, or the cache cannot be used; the work goes on without it.
  virtual void warning(std::string_view /*message*/) {}
};

struct Options {
  const Cache* cache = nullptr;  ///< null: none
  Observer* observer = nullptr;
  validate::Features features;
  std::string name = "app";  ///< the outermost component's, in messages and backtraces
  bool application = true;   ///< to be run: validate::check_application holds too
};

/// Components beyond this are refused before they are read.
constexpr std::uint64_t kMaxComponentBytes = std::uint64_t{1} << 30;

/// decode → validate: whether it is a component at all, or an application that can be run. The
/// result borrows from `bytes`.
/// Errors: InvalidComponent; Unsupported for a feature that the validator does not know.
Result<binary::Component> check_component(const engine::Engine& engine, Bytes bytes,
                                          const Options& options);

/// decode → validate → link: what comes before fusing, for tools that look inside. A core module
/// that is a command of WASI preview 1 is an application as well, of one component without a WIT.
/// The result borrows from `bytes`.
struct Linked {
  std::optional<binary::Component> component;  ///< none: a core module
  link::Plan plan;
};
Result<Linked> link_component(const engine::Engine& engine, Bytes bytes, const Options& options);

/// The whole pipeline: decode → validate → link → fuse → compile, or a look into the cache.
///
/// Threads: any, several at once too (the same component may then be compiled twice; the last
///          artifact stays). Never a shard: it blocks.
/// Cost: a miss takes 50 ms to 10 s; a hit SHA-256 over `bytes`, and what `Cache::load` takes.
/// Errors: InvalidComponent, Unsupported. A cache that fails is a warning, never an error.
Result<Artifact> compile(const engine::Engine& engine, Bytes bytes, const Options& options);

/// The same for a component that is made only if need be: `inputs` is a digest of all that decides
/// what `make` makes, and where the cache remembers what they led to it isn't called.
/// Errors: also those of `make`.
Result<Artifact> compile_made(const engine::Engine& engine, const Digest& inputs,
                              const std::function<Result<Bytes>()>& make, const Options& options);

/// The same for a file. When the cache remembers the unchanged file, it isn't even read.
/// Errors: also NotFound, Io, and LimitExceeded for a file beyond `kMaxComponentBytes`.
Result<Artifact> compile_file(const engine::Engine& engine, const std::string& path,
                              const Options& options);

}  // namespace favo::compile
