#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/format.h"
#include "base/result.h"
#include "component/binary/ast.h"
#include "component/link/plan.h"

/// What the indices of a component mean while its instantiation is interpreted. Private to
/// `component/link`. Everything pointed to belongs to the `State` of one `link` call.
namespace favo::link {

struct Scope;
struct Frame;
class Exports;

/// A function that the host provides.
struct HostFunc {
  std::string interface;
  std::string name;
  types::FuncType type;
};

/// A function that a component lifted.
struct LiftedFunc {
  CoreDef func;
  Options options;
  types::FuncType type;
};

using Func = std::variant<HostFunc, LiftedFunc>;

/// An instance type as written, with the scope its outer aliases refer to. Only the host's
/// instances are built from one; a component's are what was instantiated.
struct InstanceTypeClosure {
  const binary::InstanceType* type;
  const Scope* scope;
};

/// A component type: nothing at instantiation depends on what it says.
struct ComponentTypeMark {};

using TypeDef = std::variant<TypeId, ResourceId, const types::FuncType*, InstanceTypeClosure,
                             ComponentTypeMark>;

/// A component definition and the instance it closes over.
struct ComponentClosure {
  const binary::Component* component;
  const Frame* enclosing;  ///< null for the outermost
};

/// Whatever a component-level index, import or export can stand for.
using Item = std::variant<const Func*, TypeDef, ComponentClosure, const Exports*, ModuleId>;
binary::Sort sort_of(const Item& item);

/// The exports of a component instance, in order.
class Exports {
 public:
  using Entry = std::pair<std::string_view, Item>;

  /// `name` is borrowed from the component's bytes. A repeated name replaces nothing.
  void add(std::string_view name, Item item);
  const Item* find(std::string_view name) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
  std::map<std::string_view, std::size_t> by_name_;
};

/// A core instance: of a module, or a bag of definitions under names.
using CoreInlineInstance = std::map<std::string_view, CoreDef>;
using CoreInstanceItem = std::variant<CoreInstanceId, const CoreInlineInstance*>;

/// The index spaces of a component, a component type or an instance type that outer aliases see.
struct Scope {
  const Scope* parent = nullptr;
  std::vector<const Func*> funcs;
  std::vector<TypeDef> types;
  std::vector<ComponentClosure> components;
  std::vector<const Exports*> instances;
  std::vector<ModuleId> core_modules;
  /// Only module types matter here; null for the others.
  std::vector<const binary::CoreModuleType*> core_types;

  void add(const Item& item);
  void add(const binary::CoreType& type);
};

/// One instance of a component, while its definitions are interpreted and afterwards, when nested
/// components refer to it.
struct Frame : Scope {
  ComponentId id;
  const binary::Component* component = nullptr;
  std::string path;
  const Exports* args = nullptr;  ///< null for the outermost: the host provides
  Exports* exports = nullptr;
  std::uint32_t depth = 0;  ///< instantiations under way around this one

  std::vector<CoreDef> core_funcs, core_tables, core_memories, core_globals, core_tags;
  std::vector<CoreInstanceItem> core_instances;
};

/// An element of an index space. Validation has checked every index: one out of range is a bug.
template <typename T>
Result<T> at(const std::vector<T>& space, std::uint32_t index, std::string_view what) {
  if (index < space.size()) return space[index];
  return FAVO_BUG(format("{} index {} is out of range ({})", what, index, space.size()));
}

template <typename T, typename Tag>
Result<T> at(const std::vector<T>& space, Index<Tag> index, std::string_view what) {
  return at(space, index.value, what);
}

/// The scope `count` levels out.
Result<const Scope*> outer(const Scope& scope, std::uint32_t count);

/// What a component-level index refers to.
Result<Item> item_at(const Scope& scope, binary::Sort sort, std::uint32_t index);

/// Adds the core type that an outer alias refers to.
Result<void> alias_core_type(Scope& scope, const binary::Alias& alias);

/// What an alias refers to; not for core types and core exports.
Result<Item> resolve_alias(const Scope& scope, const binary::Alias& alias);

/// A name with its version whole: `wasi:http/types@0.2` and the suffix `.6` are one.
std::string full_name(const binary::ExternName& name);

}  // namespace favo::link
