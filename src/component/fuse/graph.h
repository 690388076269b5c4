#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/result.h"
#include "component/fuse/type_section.h"
#include "component/link/plan.h"
#include "wasm/module.h"

namespace favo::fuse {

using FuncId = Index<struct FuncIdTag>;  ///< into Graph::functions

/// A core module that the plan instantiates at least once.
struct ModuleInfo {
  wasm::Module module;
  std::unordered_map<std::string_view, const wasm::Export*> exports;
  std::vector<std::uint32_t> types;  ///< new index by old
};

/// A built-in that traps, with the signature one module imports it by.
struct TrapStub {
  std::uint32_t component;
  std::string name;
  wasm::FuncType type;
};

/// A function that no core module defines.
using Generated = std::variant<link::HostCall, link::ResourceNew, link::ResourceDrop,
                               link::ResourceRep, TrapStub>;

/// A function of the fused module before it has its number.
struct Func {
  static constexpr std::uint32_t kGenerated = ~std::uint32_t{0};
  std::uint32_t instance;  ///< that defines it, or kGenerated
  std::uint32_t index;     ///< among the instance's codes, or into `generated`
  std::uint32_t type;      ///< in the fused module
};

/// Something an instance defines: `index` counts the instance's own definitions of that kind.
struct Definition {
  std::uint32_t instance, index;
};

/// What each index of a core instance stands for.
struct Instance {
  std::uint32_t component;
  const ModuleInfo* info;
  std::vector<FuncId> functions;
  std::vector<std::uint32_t> tables, memories, globals, tags;  ///< indices of the fused module
  FuncId first_defined;  ///< its own functions are consecutive

  const wasm::Module& module() const { return info->module; }
  /// Where a view of the module's bytes begins in them, for messages.
  std::size_t offset_of(Bytes view) const {
    return static_cast<std::size_t>(view.data() - module().bytes.data());
  }
};

/// The plan's core instances with every import resolved to its definition.
///
/// Ownership: borrows the plan and its modules' bytes.
class Graph {
 public:
  /// Errors: `Unsupported` for calls between components; `InvalidComponent` for a malformed module
  ///         or a plan that does not fit its modules.
  static Result<Graph> build(const link::Plan& plan, TypeSection& types);

  Graph(Graph&&) = default;

  /// The function behind a definition of the plan; host functions come to exist by being asked for.
  /// `component` is who imports it.
  Result<FuncId> function(const link::CoreDef& def, std::uint32_t component);
  Result<std::uint32_t> memory(const link::InstanceExport& def) const;

  const link::Plan& plan;
  TypeSection& types;
  std::vector<Instance> instances;
  std::vector<Func> functions;
  std::vector<Generated> generated;
  std::vector<Definition> tables, memories, globals, tags;
  std::uint32_t modules = 0;  ///< how many are instantiated

  const wasm::TableType& table_type(std::uint32_t table) const;
  const wasm::MemoryType& memory_type(std::uint32_t memory) const;
  const std::string& path(const Instance& instance) const;

 private:
  Graph(const link::Plan& p, TypeSection& t) : plan(p), types(t), infos_(p.modules.size()) {}

  Result<> add(const link::CoreInstance& core);
  Result<> import(Instance& instance, const wasm::Import& import, const link::CoreDef& def);
  void define(Instance& instance);
  Result<const ModuleInfo*> info(link::ModuleId id);
  Result<const wasm::Export*> find(const link::InstanceExport& def, wasm::ExternKind kind) const;
  Result<FuncId> generate(const link::CoreDef& def, std::uint32_t component);
  FuncId add_generated(Generated generated, const wasm::FuncType& type);

  std::vector<std::unique_ptr<ModuleInfo>> infos_;
  /// What was generated for a definition; the key's first number is the alternative.
  std::map<std::tuple<std::size_t, std::uint32_t, std::uint32_t, std::string>, FuncId> known_;
};

}  // namespace favo::fuse
