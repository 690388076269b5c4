#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "component/binary/ast.h"
#include "component/link/link.h"
#include "component/runtime/dynamic_call.h"
#include "component/runtime/instance.h"
#include "component/runtime/pre_instance.h"
#include "engine/cpu_clock.h"
#include "engine/engine.h"
#include "engine/ticker.h"
#include "wast/host.h"

namespace favo::wast {

/// A component of a script, decoded and validated.
struct Definition {
  std::vector<std::uint8_t> bytes;
  binary::Component component;  ///< borrows from `bytes`
};

/// How far a component came on its way to an instance, where it failed.
enum class Stage : std::uint8_t {
  Link,   ///< an import is missing or of another type
  Build,  ///< fusing, compiling, binding: never the component's fault
  Start,  ///< its start functions
};
struct Refusal {
  Stage stage;
  Error error;
};

/// What components of a script may import: the host's and what earlier instances of the script
/// export beside functions.
///
/// Ownership: keeps the definitions whose core modules are offered.
class Surroundings {
 public:
  Surroundings();

  const abi::Host& host() const { return host_; }
  HostState& state() { return state_; }
  const link::HostModules& modules() const { return modules_; }

  /// Errors: NotFound, InvalidComponent: the first import that is missing or of another type.
  Result<void> check(const link::Plan& plan) const;
  /// Offers the core modules and resources of an instance under `name`.
  void offer(const std::string& name, std::shared_ptr<const Definition> definition,
             const link::Plan& plan);

 private:
  Result<void> check(const link::ImportedFunc& func) const;
  Result<void> check(const link::ImportedResource& resource, const link::Plan& plan) const;

  abi::Host host_;
  HostState state_;
  link::HostModules modules_;
  std::vector<std::shared_ptr<const Definition>> kept_;
  std::vector<std::unique_ptr<handles::ResourceType>> resource_types_;
};

/// An instance in a store of its own.
///
/// Threads: one. Errors: a trap leaves it dead; each later call traps too.
class Instance final : private runtime::Instance::Owner {
 public:
  static std::unique_ptr<Instance> create(const engine::Engine& engine,
                                          std::shared_ptr<const Definition> definition,
                                          Surroundings& surroundings,
                                          std::optional<Refusal>& refusal);
  ~Instance() { instance_.close(); }

  const link::Plan& plan() const { return plan_; }

  /// Calls an exported function, `f`, or `i#f` inside an instance, with arguments as scripts write
  /// them; its results, none or one.
  /// Errors: Trap; NotFound, InvalidArgument when the script asks for what there isn't.
  Result<std::vector<values::Value>> call(std::string_view name, std::string_view arguments);
  /// What a call of `name` should give.
  Result<std::vector<values::Value>> expected(std::string_view name,
                                              std::string_view results) const;
  std::string to_text(std::string_view name, const std::vector<values::Value>& results) const;

 private:
  Instance(const engine::Engine& engine, std::shared_ptr<const Definition> definition,
           link::Plan plan)
      : definition_(std::move(definition)), plan_(std::move(plan)), ticker_(engine) {}

  Result<void> build(const engine::Engine& engine, const Surroundings& surroundings);
  Result<void> start(Surroundings& surroundings);
  Result<void> finish(runtime::Instance::Progress progress);
  /// By its place among the exports.
  Result<std::size_t> find(std::string_view name) const;
  std::vector<types::TypeId> results_of(std::size_t index) const;
  void wake() override {}

  std::shared_ptr<const Definition> definition_;
  link::Plan plan_;
  engine::Ticker ticker_;
  engine::CpuClock cpu_clock_;
  std::shared_ptr<const runtime::PreInstance> pre_;
  runtime::Instance instance_;
};

}  // namespace favo::wast
