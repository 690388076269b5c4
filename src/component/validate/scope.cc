#include "component/validate/scope.h"

namespace favo::validate {

namespace {

template <typename T>
Result<T> at(const std::vector<T>& space, std::uint32_t index, std::string_view what,
             std::size_t offset) {
  if (index < space.size()) return space[index];
  return fail(offset, "unknown {} {}: index out of bounds", what, index);
}

}  // namespace

Result<CoreTypeId> Scope::core_func(std::uint32_t index, std::size_t offset) const {
  return at(core_funcs, index, "core function", offset);
}

Result<CoreTypeId> Scope::core_type(std::uint32_t index, std::size_t offset) const {
  const auto type = FAVO_TRY(at(core_types, index, "type", offset));
  if (type) return *type;
  return fail(offset, "core type index {} is a module type", index);
}

Result<wasm::TableType> Scope::core_table(std::uint32_t index, std::size_t offset) const {
  return at(core_tables, index, "table", offset);
}

Result<wasm::MemoryType> Scope::core_memory(std::uint32_t index, std::size_t offset) const {
  return at(core_memories, index, "memory", offset);
}

Result<TypeRef> Scope::core_module(std::uint32_t index, std::size_t offset) const {
  return at(core_modules, index, "module", offset);
}

Result<std::shared_ptr<const CoreExports>> Scope::core_instance(std::uint32_t index,
                                                                std::size_t offset) const {
  return at(core_instances, index, "core instance", offset);
}

Result<CoreExtern> Scope::core_item(binary::SortIndex item, std::size_t offset) const {
  switch (item.sort) {
    case binary::Sort::CoreFunc:
      return CoreExtern(CoreFunc{FAVO_TRY(core_func(item.index, offset))});
    case binary::Sort::CoreTable:
      return CoreExtern(FAVO_TRY(core_table(item.index, offset)));
    case binary::Sort::CoreMemory:
      return CoreExtern(FAVO_TRY(core_memory(item.index, offset)));
    case binary::Sort::CoreGlobal:
      return CoreExtern(FAVO_TRY(at(core_globals, item.index, "global", offset)));
    case binary::Sort::CoreTag:
      return CoreExtern(CoreTag{FAVO_TRY(at(core_tags, item.index, "tag", offset))});
    default:
      return fail(offset, "a core instance cannot export items of sort {}",
                  binary::to_string(item.sort));
  }
}

Result<TypeRef> Scope::type(std::uint32_t index, std::size_t offset) const {
  return at(types, index, "type", offset);
}

Result<TypeRef> Scope::type(binary::TypeIndex index, TypeRef::Kind kind, std::size_t offset) const {
  const TypeRef found = FAVO_TRY(type(index.value, offset));
  if (found.kind == kind) return found;
  return fail(offset, "type index {} is not of sort {}, but {}", index.value, describe(kind),
              describe(found.kind));
}

Result<TypeRef> Scope::value_type(const binary::ValType& type, const Features& features,
                                  std::size_t offset) const {
  if (const auto* index = std::get_if<binary::TypeIndex>(&type)) {
    return this->type(*index, TypeRef::Kind::Value, offset);
  }
  // Both enumerations list the primitives in one order.
  const auto primitive = static_cast<types::Primitive>(std::get<binary::Primitive>(type));
  if (primitive == types::Primitive::ErrorContext && !features.error_context) {
    return fail(offset, "`error-context` is not enabled");
  }
  return TypeArena::primitive(primitive);
}

Result<TypeRef> Scope::func(std::uint32_t index, std::size_t offset) const {
  return at(funcs, index, "function", offset);
}

Result<TypeRef> Scope::instance(std::uint32_t index, std::size_t offset) const {
  return at(instances, index, "instance", offset);
}

Result<TypeRef> Scope::component(std::uint32_t index, std::size_t offset) const {
  return at(components, index, "component", offset);
}

Result<TypeRef> Scope::consume_value(std::uint32_t index, std::size_t offset) {
  const Value value = FAVO_TRY(at(values, index, "value", offset));
  if (value.consumed) return fail(offset, "value {} cannot be used more than once", index);
  values[index].consumed = true;
  return value.type;
}

Result<Entity> Scope::item(binary::SortIndex item, std::size_t offset) {
  using Kind = Entity::Kind;
  const auto entity = [](Kind kind, TypeRef type) { return Entity{kind, type, type}; };
  switch (item.sort) {
    case binary::Sort::CoreModule:
      return entity(Kind::Module, FAVO_TRY(core_module(item.index, offset)));
    case binary::Sort::Func:
      return entity(Kind::Func, FAVO_TRY(func(item.index, offset)));
    case binary::Sort::Value:
      return entity(Kind::Value, FAVO_TRY(consume_value(item.index, offset)));
    case binary::Sort::Type:
      return entity(Kind::Type, FAVO_TRY(type(item.index, offset)));
    case binary::Sort::Component:
      return entity(Kind::Component, FAVO_TRY(component(item.index, offset)));
    case binary::Sort::Instance:
      return entity(Kind::Instance, FAVO_TRY(instance(item.index, offset)));
    default:
      return fail(offset, "a component cannot import or export items of sort {}",
                  binary::to_string(item.sort));
  }
}

void Scope::push(const CoreExtern& item) {
  if (const auto* func = std::get_if<CoreFunc>(&item)) {
    core_funcs.push_back(func->type);
  } else if (const auto* table = std::get_if<wasm::TableType>(&item)) {
    core_tables.push_back(*table);
  } else if (const auto* memory = std::get_if<wasm::MemoryType>(&item)) {
    core_memories.push_back(*memory);
  } else if (const auto* global = std::get_if<wasm::GlobalType>(&item)) {
    core_globals.push_back(*global);
  } else {
    core_tags.push_back(std::get<CoreTag>(item).type);
  }
}

void Scope::push(const Entity& entity, bool value_consumed) {
  switch (entity.kind) {
    case Entity::Kind::Module:
      core_modules.push_back(entity.type);
      return;
    case Entity::Kind::Func:
      funcs.push_back(entity.type);
      return;
    case Entity::Kind::Value:
      values.push_back({entity.type, value_consumed});
      return;
    case Entity::Kind::Type:
      types.push_back(entity.type);
      return;
    case Entity::Kind::Instance:
      instances.push_back(entity.type);
      return;
    case Entity::Kind::Component:
      components.push_back(entity.type);
      return;
  }
}

}  // namespace favo::validate
