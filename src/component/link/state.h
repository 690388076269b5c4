#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "component/binary/names.h"
#include "component/link/plan.h"
#include "component/link/scope.h"
#include "wasm/module.h"

namespace favo::link {

/// Bounds on what a small component may unfold to: a component that instantiates another twice, a
/// hundred deep, would otherwise never end.
constexpr std::uint64_t kMaxSteps = 4'000'000;
constexpr std::size_t kMaxComponentInstances = 10'000;
constexpr std::size_t kMaxCoreInstances = 10'000;
constexpr std::uint32_t kMaxInstantiationDepth = 100;
/// All core instances together: so many times the size of the core modules, and some more.
constexpr std::uint64_t kMaxInstancesOfAllModules = 16;
constexpr std::uint64_t kMaxMoreInstantiatedBytes = std::uint64_t{16} << 20;

/// The plan as it grows, and the things its making refers to. One per call of `link`.
///
/// Ownership: owns every `Func`, `Exports`, `Frame`, … that scopes point to. Deques: addresses
/// stay.
struct State {
  struct Module {
    std::vector<wasm::Import> imports;
  };

  Plan plan;
  std::vector<Module> modules;                         ///< by ModuleId
  std::map<const std::uint8_t*, ModuleId> module_ids;  ///< by where the bytes begin
  std::map<std::pair<std::string, std::string>, ResourceId> host_resources;
  /// What has been lowered already: component and function by identity, options by value.
  std::map<std::pair<const Func*, Options>, HostImportId> lowered;

  std::deque<Func> funcs;
  std::deque<types::FuncType> func_types;
  std::deque<Exports> exports;
  std::deque<CoreInlineInstance> core_inline_instances;
  std::deque<Scope> type_scopes;
  std::deque<Frame> frames;

  /// Accounts for `count` units of work. Errors: `LimitExceeded`.
  Result<void> charge(std::uint64_t count);

  /// Enters a core module, once however often its definition is interpreted.
  Result<ModuleId> add_module(const binary::CoreModule& module);
  /// Accounts for an instance of it. Errors: `LimitExceeded`.
  Result<void> charge_instance(ModuleId module);

  const Func* add_func(Func func);

  /// A path that no component instance has yet, for instance `index` of `frame`: by the name that
  /// the component gives it or else by number.
  std::string path_of(const Frame& frame, std::uint32_t index);

  /// The id that all mentions of an imported resource share.
  ResourceId host_resource(std::string_view interface, std::string_view name);
  ResourceId add_resource(Resource resource);

  /// Gives a component's resource its name, unless an earlier export did.
  void name_resource(const Item& item, std::string_view name);

 private:
  std::uint64_t steps_ = 0;
  std::uint64_t module_bytes_ = 0, instantiated_bytes_ = 0;
  std::set<std::string> paths_;
  std::map<const binary::Component*, binary::IndexNames> names_;
};

}  // namespace favo::link
