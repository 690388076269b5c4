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
#include "component/fuse/code.h"
#include "component/fuse/guards.h"
#include "component/fuse/program.h"
#include "component/fuse/type_section.h"
#include "component/link/plan.h"
#include "wasm/module.h"

namespace favo::fuse {

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

/// A function whose body the fuser writes.
struct Written {
  std::uint32_t component;  ///< whose code it counts as, for its name
  std::string name;
  FuncBody code;
  std::optional<FuncId> same_as;  ///< nothing is left to write: callers call this one instead
};
/// What is still to be written.
struct CanonicalFunction {
  /// A guarded way in for the host: what to call, and whether the instance may be left meanwhile.
  struct Entry {
    FuncId target;
    std::uint32_t component;
    bool may_leave;
  };
  std::variant<link::AdapterCall, link::ResourceNew, link::ResourceDrop, Entry> what;
  std::size_t written;  ///< into Graph::written
};
/// An import that transcodes between memories of the fused module.
struct Transcoder {
  Transcode op;
  std::uint32_t from, to;
};

/// Functions of the fused module that modules define: the engine takes no more.
constexpr std::size_t kMaxFunctions = 1'000'000;
/// All written functions together may take so much.
constexpr std::size_t kMaxWrittenBytes = std::size_t{64} << 20;

/// A function that no core module defines: `Written` by its place in Graph::written, the others are
/// imports.
using Generated = std::variant<link::HostCall, link::ResourceNew, link::ResourceDrop,
                               link::ResourceRep, TrapStub, Transcoder, TransferOwn, TransferBorrow,
                               LendRep, EnterCall, ExitCall, TrapWith, std::size_t>;

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
  /// Errors: `InvalidComponent` for a malformed module or a plan that does not fit its modules.
  static Result<Graph> build(const link::Plan& plan, TypeSection& types);

  Graph(Graph&&) = default;

  /// The function behind a definition of the plan; host functions come to exist by being asked for.
  /// `component` is who imports it.
  Result<FuncId> function(const link::CoreDef& def, std::uint32_t component);
  Result<std::uint32_t> memory(const link::InstanceExport& def) const;
  /// A function of the host.
  FuncId import(Generated made, const wasm::FuncType& type);
  FuncId trap_with();
  /// Accounts for a written function: a small component can ask for many. Errors: `LimitExceeded`.
  Result<> charge(const FuncBody& written);
  /// A function to be written: its place in `written`, empty so far, and its id.
  std::pair<std::size_t, FuncId> write(std::uint32_t component, std::string name,
                                       const wasm::FuncType& type);
  /// The function that stands for `id` in the end.
  FuncId resolve(FuncId id) const;
  /// How the host calls `target` of `component`: itself, unless flags must be kept. `may_leave`:
  /// false for `realloc` and `post-return`.
  Result<FuncId> entry(FuncId target, std::uint32_t component, bool may_leave);
  /// The global of a flag.
  std::uint32_t global(Guards::Flag flag) const {
    return static_cast<std::uint32_t>(globals.size()) + flag;
  }

  const link::Plan& plan;
  TypeSection& types;
  std::vector<Instance> instances;
  std::vector<Func> functions;
  std::vector<Generated> generated;
  std::vector<wasm::FuncType> generated_types;  ///< of `generated`
  std::vector<Written> written;
  std::vector<CanonicalFunction> canonical;  ///< to be written
  Guards guards;
  std::vector<Definition> tables, memories, globals, tags;
  std::uint32_t modules = 0;  ///< how many are instantiated

  const wasm::TableType& table_type(std::uint32_t table) const;
  const wasm::MemoryType& memory_type(std::uint32_t memory) const;
  const wasm::GlobalType& global_type(std::uint32_t global) const;
  /// The signature of a function, as the module that defines it wrote it.
  Result<wasm::FuncType> type_of(FuncId id) const;
  const std::string& path(const Instance& instance) const;

 private:
  Graph(const link::Plan& p, TypeSection& t)
      : plan(p), types(t), guards(p), infos_(p.modules.size()) {}

  Result<> add(const link::CoreInstance& core);
  Result<> import(Instance& instance, const wasm::Import& import, const link::CoreDef& def);
  void define(Instance& instance);
  Result<const ModuleInfo*> info(link::ModuleId id);
  Result<const wasm::Export*> find(const link::InstanceExport& def, wasm::ExternKind kind) const;
  Result<FuncId> generate(const link::CoreDef& def, std::uint32_t component);
  Result<FuncId> adapter(const link::AdapterCall& call);
  FuncId resource_new(const link::ResourceNew& def);
  FuncId resource_drop(const link::ResourceDrop& def);

  std::vector<std::unique_ptr<ModuleInfo>> infos_;
  std::size_t written_bytes_ = 0;
  /// What was generated for what. The keys' first number is the alternative.
  std::map<std::tuple<std::size_t, std::uint32_t, std::uint32_t, std::uint32_t, std::string>,
           FuncId>
      imports_;
  std::map<link::CoreDef, FuncId> canonical_;
  std::map<std::tuple<FuncId, std::uint32_t, bool>, FuncId> entries_;
};

}  // namespace favo::fuse
