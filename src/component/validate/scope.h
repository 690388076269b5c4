#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "component/validate/core_types.h"
#include "component/validate/extern_names.h"
#include "component/validate/module_types.h"
#include "component/validate/type_arena.h"

/// What the definitions so far of one component, component type or instance type have put into its
/// index spaces. Private to `component/validate`. Spec: Explainer.md, "Index Spaces".
namespace favo::validate {

using TypeRefSet = std::unordered_set<TypeRef, TypeRefHash>;

struct Value {
  TypeRef type;
  bool consumed = false;
};

struct Scope {
  enum class Kind : std::uint8_t { Component, ComponentType, InstanceType };
  explicit Scope(Kind kind) : kind(kind) {}

  // Look-ups. Errors: the index is out of bounds, or what lies there is of another sort.
  Result<CoreTypeId> core_func(std::uint32_t index, std::size_t offset) const;
  Result<CoreTypeId> core_type(std::uint32_t index, std::size_t offset) const;
  Result<wasm::TableType> core_table(std::uint32_t index, std::size_t offset) const;
  Result<wasm::MemoryType> core_memory(std::uint32_t index, std::size_t offset) const;
  Result<TypeRef> core_module(std::uint32_t index, std::size_t offset) const;
  Result<std::shared_ptr<const CoreExports>> core_instance(std::uint32_t index,
                                                           std::size_t offset) const;
  /// REQUIRES: a core sort that a core instance can export.
  Result<CoreExtern> core_item(binary::SortIndex item, std::size_t offset) const;
  Result<TypeRef> type(std::uint32_t index, std::size_t offset) const;
  Result<TypeRef> type(binary::TypeIndex index, TypeRef::Kind kind, std::size_t offset) const;
  Result<TypeRef> value_type(const binary::ValType& type, const Features& features,
                             std::size_t offset) const;
  Result<TypeRef> func(std::uint32_t index, std::size_t offset) const;
  Result<TypeRef> instance(std::uint32_t index, std::size_t offset) const;
  Result<TypeRef> component(std::uint32_t index, std::size_t offset) const;
  /// A value may be used once.
  Result<TypeRef> consume_value(std::uint32_t index, std::size_t offset);
  /// What an instance, an argument or an export refers to. A value is consumed.
  Result<Entity> item(binary::SortIndex item, std::size_t offset);

  /// Appends to the index space of a core sort.
  void push(const CoreExtern& item);
  /// Appends to the index space of the entity's sort.
  void push(const Entity& entity, bool value_consumed = false);

  Kind kind;
  const binary::Component* definition = nullptr;  ///< of Kind::Component, for its names

  CoreIndexSpace core_types;                                     ///< module types: empty here
  std::unordered_map<std::uint32_t, TypeRef> core_module_types;  ///< by core type index
  std::vector<CoreTypeId> core_funcs, core_tags;
  std::vector<wasm::TableType> core_tables;
  std::vector<wasm::MemoryType> core_memories;
  std::vector<wasm::GlobalType> core_globals;
  std::vector<TypeRef> core_modules;
  std::vector<std::shared_ptr<const CoreExports>> core_instances;

  std::vector<TypeRef> types, funcs, instances, components;
  std::vector<Value> values;

  Items imports, exports;
  NameScope import_names, export_names;
  std::uint64_t extern_size = 0;  ///< of the types of all imports and exports

  /// Resources that this component gets from its imports, with their places among them.
  std::vector<std::pair<ResourceId, Path>> imported_resources;
  /// Resources made here, by definition or by instantiation, in order.
  std::vector<ResourceId> defined_resources;
  /// Those of them defined in this very component, for `resource.new` and `resource.rep`, with
  /// their representation.
  std::unordered_map<ResourceId, wasm::ValType> local_resources;

  /// Types with an externally visible name. What is imported is in both sets.
  TypeRefSet imported_types, exported_types;

  bool has_start = false;
  std::optional<wasm::ValType> context_type;  ///< of `context.get` and `context.set`
};

}  // namespace favo::validate
