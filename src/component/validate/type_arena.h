#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/result.h"
#include "component/types/facts.h"
#include "component/types/types.h"

/// Types of components as validation sees them.
///
/// A type here has an identity beside its structure: each definition, import and export of a type
/// makes a new one, because the rules on external visibility ask whether *this* type was exported,
/// not whether an equal one was. Spec: Explainer.md, "External Visibility of Types".
namespace favo::validate {

using types::ResourceId;
using types::TypeId;

/// An `InvalidComponent` error ending in "at offset 0x…".
Error fail_text(std::size_t offset, std::string_view what);
template <typename... Args>
Error fail(std::size_t offset, fmt::format_string<Args...> text, Args&&... args) {
  return fail_text(offset, fmt::format(text, std::forward<Args>(args)...));
}

/// A type of any sort. `index` counts the entries of its kind (a resource: its `ResourceId`).
/// Importing or exporting a type gives it a new `alias` number: the same type under another name.
struct TypeRef {
  enum class Kind : std::uint8_t { Resource, Value, Func, Instance, Component, Module };
  Kind kind = Kind::Value;
  std::uint32_t index = 0;
  std::uint32_t alias = 0;
  bool operator==(const TypeRef&) const = default;

  ResourceId resource() const { return ResourceId(index); }  ///< REQUIRES: Kind::Resource
};
/// As messages call it: `resource`, `defined type`, `func type`, …
std::string_view describe(TypeRef::Kind kind);

struct TypeRefHash {
  std::size_t operator()(const TypeRef& ref) const {
    const std::uint64_t key = (std::uint64_t{ref.index} << 32) | ref.alias;
    return std::hash<std::uint64_t>()(key * 8 + static_cast<std::uint64_t>(ref.kind));
  }
};
template <typename T>
using TypeRefMap = std::unordered_map<TypeRef, T, TypeRefHash>;

/// What an import or export is: its `externtype`.
struct Entity {
  enum class Kind : std::uint8_t { Module, Func, Value, Type, Instance, Component };
  Kind kind = Kind::Func;
  TypeRef type;        ///< of Kind::Type: the type that the import or export made
  TypeRef referenced;  ///< of Kind::Type: the type it stands for; equals `type` when fresh
};
std::string_view describe(Entity::Kind kind);

/// Imports or exports by name, in order. Copies share the names. Names borrow from the component.
class Items {
 public:
  std::size_t size() const { return entities_.size(); }
  bool empty() const { return entities_.empty(); }
  std::string_view name(std::size_t i) const { return keys_->names[i]; }
  const Entity& operator[](std::size_t i) const { return entities_[i]; }
  /// Null when there is none.
  const Entity* find(std::string_view name) const;

  /// False, without a change, when the name is taken. REQUIRES: this was not copied.
  bool insert(std::string_view name, const Entity& entity);
  /// REQUIRES: i < size()
  void set(std::size_t i, const Entity& entity) { entities_[i] = entity; }

 private:
  struct Keys {
    std::vector<std::string_view> names;
    std::unordered_map<std::string_view, std::uint32_t> index;
  };
  std::shared_ptr<Keys> keys_ = std::make_shared<Keys>();
  std::vector<Entity> entities_;
};

/// A `defvaltype`. `parts` are the types it mentions, in order: of values, or for `own` and
/// `borrow` the resource.
struct ValueType {
  TypeId structure;
  std::vector<TypeRef> parts;
};

struct FuncType {
  bool async = false;
  std::vector<std::pair<std::string_view, TypeRef>> params;
  std::optional<TypeRef> result;
};

struct InstanceType {
  Items exports;
  /// Bound by this type: each import or export of such an instance makes new ones. Empty for the
  /// type of an actual instance, whose resources belong to the component around it.
  std::vector<ResourceId> defined;
};

/// Where a resource is found among imports or exports: positions, outermost first.
using Path = std::vector<std::uint32_t>;

struct ComponentType {
  Items imports, exports;
  std::vector<std::pair<ResourceId, Path>> imported;  ///< resources that instantiation supplies
  std::vector<std::pair<ResourceId, Path>> defined;   ///< resources that instantiation makes
};

/// Which resources, and which types by identity, stand for which others.
struct Substitution {
  std::unordered_map<ResourceId, ResourceId> resources;
  TypeRefMap<TypeRef> types;  ///< also remembers what was already substituted
};

/// Owns every type of one validation.
///
/// Bounds: a type's depth (`kMaxValueDepth`, `kMaxDepth`), its size written out without sharing
/// (`kMaxTypeSize`), and the work done in all. So no walk over a type runs long, however the types
/// share their parts.
///
/// References into the arena die when a type is added.
class TypeArena {
 public:
  TypeArena();

  types::TypeTable& table() { return table_; }
  const types::TypeTable& table() const { return table_; }

  ResourceId new_resource() {
    resource_names_.emplace_back();
    return ResourceId(resource_names_.size() - 1);
  }
  /// A new resource type under the name of another.
  ResourceId new_resource_like(ResourceId old) {
    resource_names_.push_back(resource_names_[old.value]);
    return ResourceId(resource_names_.size() - 1);
  }
  /// For messages. `name` borrows from the component.
  void name_resource(ResourceId resource, std::string_view name) {
    resource_names_[resource.value] = name;
  }
  std::string resource_text(ResourceId resource) const;
  /// The same type under a new name.
  TypeRef alias(TypeRef type) { return {type.kind, type.index, ++aliases_}; }
  static TypeRef primitive(types::Primitive primitive) {
    return {TypeRef::Kind::Value, static_cast<std::uint32_t>(primitive), 0};
  }
  static TypeRef resource(ResourceId id) { return {TypeRef::Kind::Resource, id.value, 0}; }

  /// Errors: the type breaks a bound.
  Result<TypeRef> add(types::Type structure, std::vector<TypeRef> parts, std::size_t offset);
  Result<TypeRef> add(FuncType type, std::size_t offset);
  Result<TypeRef> add(InstanceType type, std::size_t offset);
  Result<TypeRef> add(ComponentType type, std::size_t offset);

  /// REQUIRES: the kind fits.
  const ValueType& value(TypeRef type) const { return values_[type.index].type; }
  const FuncType& func(TypeRef type) const { return funcs_[type.index].type; }
  const InstanceType& instance(TypeRef type) const { return instances_[type.index].type; }
  const ComponentType& component(TypeRef type) const { return components_[type.index].type; }
  TypeId structure(TypeRef type) const { return value(type).structure; }
  const types::Type& node(TypeRef type) const { return table_.get(structure(type)); }
  const types::TypeFacts& facts(TypeRef value) const { return table_.facts(structure(value)); }
  /// The function's structure, for layout and text.
  types::FuncType structure_of(const FuncType& func) const;
  std::string text(const FuncType& func) const;
  std::string text(TypeRef value) const;

  /// The size of a type written out; modules count as one.
  std::uint32_t size(TypeRef type) const;
  std::uint32_t size(const Entity& entity) const { return size(entity.type); }

  /// `type` with the substitution applied all through; itself when nothing in it changes.
  Result<TypeRef> substitute(TypeRef type, Substitution& by, std::size_t offset);
  Result<Entity> substitute(Entity entity, Substitution& by, std::size_t offset);
  Result<Items> substitute(const Items& items, Substitution& by, std::size_t offset);

  /// Counts towards the work done in all. Errors: the limit is reached.
  Result<void> charge(std::size_t offset, std::uint64_t work = 1);

 private:
  struct Extent {
    std::uint32_t size = 1, depth = 1;
  };
  template <typename T>
  struct Entry {
    T type;
    Extent extent;
  };

  Extent extent(TypeRef type) const;
  Result<Extent> enclose(const std::vector<TypeRef>& parts, std::uint32_t max_depth,
                         std::size_t offset);
  Result<TypeRef> substitute_value(TypeRef type, Substitution& by, std::size_t offset);
  Result<TypeRef> substitute_func(TypeRef type, Substitution& by, std::size_t offset);
  Result<TypeRef> substitute_instance(TypeRef type, Substitution& by, std::size_t offset);
  Result<TypeRef> substitute_component(TypeRef type, Substitution& by, std::size_t offset);

  types::TypeTable table_;
  std::vector<Entry<ValueType>> values_;
  std::vector<Entry<FuncType>> funcs_;
  std::vector<Entry<InstanceType>> instances_;
  std::vector<Entry<ComponentType>> components_;
  std::vector<std::string_view> resource_names_;  ///< by ResourceId; empty: none known
  std::uint32_t aliases_ = 0;
  std::uint64_t work_ = 0;
};

constexpr std::uint32_t kMaxValueDepth = 100;
/// Of types of any sort: instances in instances as well.
constexpr std::uint32_t kMaxDepth = 300;
constexpr std::uint32_t kMaxTypeSize = 1'000'000;

}  // namespace favo::validate
