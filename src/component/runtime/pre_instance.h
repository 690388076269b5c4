#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "component/abi/host.h"
#include "component/fuse/program.h"
#include "engine/engine.h"
#include "engine/store.h"

namespace favo::runtime {

/// What one import of the fused module calls; the host function's `env`.
struct Binding {
  const abi::HostFunction* function = nullptr;
  const handles::ResourceType* resource = nullptr;
  std::uint32_t resource_index = 0;  ///< into Program::resources
  abi::Guest::Options options;
  std::uint32_t results = 0;  ///< core results, the status included
  std::uint32_t parameters = 0;
  std::uint32_t taker = 0;  ///< of a handle that moves or is lent: a component
  fuse::TranscodeString strings = {};
  std::string message;  ///< of a built-in that only traps
};

/// Canonical options as lifting and lowering on the host take them.
abi::Guest::Options guest_options(const fuse::Options& options);

/// An application ready to start: its code, with every import bound to a host function whose type
/// was compared. Immutable: shared by all shards.
///
/// Threads: any, once created.
class PreInstance {
 public:
  /// `host` must outlive the result.
  /// Errors: `NotFound` for imports that nobody provides, `InvalidComponent` for those of another
  ///         type, with both types in WIT.
  static Result<std::shared_ptr<const PreInstance>> create(const engine::Engine& engine,
                                                           engine::Module module,
                                                           fuse::Program program,
                                                           const abi::Host& host);

  const fuse::Program& program() const { return program_; }
  const engine::Engine& engine() const { return engine_; }
  const engine::Module& module() const { return module_; }
  /// By index into the program's resources; null for those of the host that nobody provides.
  std::span<const handles::ResourceType* const> resource_types() const { return resources_; }

  /// An exported function by the semver track of its interface: `wasi:http/incoming-handler@0.2.0`
  /// finds `…@0.2.12`. Null when there is none.
  const fuse::FuncExport* find_export(std::string_view interface, std::string_view name) const;

 private:
  friend class Instance;
  PreInstance(const engine::Engine& engine, engine::Module module, fuse::Program program)
      : engine_(engine), module_(std::move(module)), program_(std::move(program)) {}
  Result<void> bind(const abi::Host& host);
  Result<Binding> bind_import(const abi::Host& host, const fuse::Import& import);

  const engine::Engine& engine_;
  engine::Module module_;
  fuse::Program program_;
  std::vector<std::unique_ptr<handles::ResourceType>> guest_resources_;
  std::vector<const handles::ResourceType*> resources_;  ///< by index into the program's
  std::vector<std::unique_ptr<Binding>> bindings_;       ///< at stable addresses
  std::vector<engine::ModuleExport> slots_;
  std::unique_ptr<engine::PreInstance> pre_;
};

}  // namespace favo::runtime
