#include <algorithm>

#include "component/validate/type_arena.h"

/// Substitution of resources and types. Spec: Explainer.md, "Type Definitions" (resource types are
/// generative) and "Instance Definitions".
namespace favo::validate {

namespace {

/// A copy of a type's node with its parts replaced, in their order.
class Rebuild {
 public:
  Rebuild(const std::vector<TypeRef>& parts, const TypeArena& arena)
      : parts_(parts), arena_(arena) {}

  types::Type operator()(const types::Record& record) {
    types::Record copy = record;
    for (types::Field& field : copy.fields) field.type = next();
    return copy;
  }
  types::Type operator()(const types::Variant& variant) {
    types::Variant copy = variant;
    for (types::Case& c : copy.cases) replace(c.type);
    return copy;
  }
  types::Type operator()(const types::Tuple& tuple) {
    types::Tuple copy = tuple;
    for (TypeId& type : copy.types) type = next();
    return copy;
  }
  types::Type operator()(types::List list) {
    list.element = next();
    return list;
  }
  types::Type operator()(types::Option) { return types::Option{next()}; }
  types::Type operator()(types::ResultOf result) {
    replace(result.ok);
    replace(result.error);
    return result;
  }
  types::Type operator()(types::Own) { return types::Own{parts_[0].resource()}; }
  types::Type operator()(types::Borrow) { return types::Borrow{parts_[0].resource()}; }
  types::Type operator()(types::Stream stream) {
    replace(stream.element);
    return stream;
  }
  types::Type operator()(types::Future future) {
    replace(future.element);
    return future;
  }
  types::Type operator()(types::Map map) {
    map.key = next();
    map.value = next();
    return map;
  }
  types::Type operator()(types::Primitive primitive) { return primitive; }
  types::Type operator()(const types::Flags& flags) { return flags; }
  types::Type operator()(const types::Enum& names) { return names; }

 private:
  TypeId next() { return arena_.structure(parts_[position_++]); }
  void replace(std::optional<TypeId>& type) {
    if (type) type = next();
  }

  const std::vector<TypeRef>& parts_;
  const TypeArena& arena_;
  std::size_t position_ = 0;
};

bool same(const Items& a, const Items& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].type != b[i].type || a[i].referenced != b[i].referenced) return false;
  }
  return true;
}

/// Replaces `id` when the substitution says so.
bool replace(ResourceId& id, const Substitution& by) {
  const auto it = by.resources.find(id);
  if (it == by.resources.end()) return false;
  id = it->second;
  return true;
}

}  // namespace

Result<TypeRef> TypeArena::substitute(TypeRef type, Substitution& by, std::size_t offset) {
  FAVO_TRY(charge(offset));
  if (const auto it = by.types.find(type); it != by.types.end()) return it->second;
  TypeRef result = type;
  switch (type.kind) {
    case TypeRef::Kind::Module:
      return type;
    case TypeRef::Kind::Resource: {
      ResourceId id = type.resource();
      if (replace(id, by)) result.index = id.value;
      return result;
    }
    case TypeRef::Kind::Value:
      result = FAVO_TRY(substitute_value(type, by, offset));
      break;
    case TypeRef::Kind::Func:
      result = FAVO_TRY(substitute_func(type, by, offset));
      break;
    case TypeRef::Kind::Instance:
      result = FAVO_TRY(substitute_instance(type, by, offset));
      break;
    case TypeRef::Kind::Component:
      result = FAVO_TRY(substitute_component(type, by, offset));
      break;
  }
  by.types.emplace(type, result);
  return result;
}

Result<Entity> TypeArena::substitute(Entity entity, Substitution& by, std::size_t offset) {
  const bool fresh = entity.type == entity.referenced;
  entity.type = FAVO_TRY(substitute(entity.type, by, offset));
  if (entity.kind != Entity::Kind::Type) return entity;
  if (fresh) {
    entity.referenced = entity.type;
  } else {
    entity.referenced = FAVO_TRY(substitute(entity.referenced, by, offset));
  }
  return entity;
}

Result<Items> TypeArena::substitute(const Items& items, Substitution& by, std::size_t offset) {
  Items copy = items;
  for (std::size_t i = 0; i < copy.size(); ++i) {
    copy.set(i, FAVO_TRY(substitute(copy[i], by, offset)));
  }
  return copy;
}

Result<TypeRef> TypeArena::substitute_value(TypeRef type, Substitution& by, std::size_t offset) {
  std::vector<TypeRef> parts = value(type).parts;
  for (TypeRef& part : parts) part = FAVO_TRY(substitute(part, by, offset));
  if (parts == value(type).parts) return type;
  types::Type structure = std::visit(Rebuild(parts, *this), node(type));
  return add(std::move(structure), std::move(parts), offset);
}

Result<TypeRef> TypeArena::substitute_func(TypeRef type, Substitution& by, std::size_t offset) {
  FuncType copy = func(type);
  bool changed = false;
  for (auto& [name, param] : copy.params) {
    const TypeRef before = param;
    param = FAVO_TRY(substitute(param, by, offset));
    changed |= param != before;
  }
  if (copy.result) {
    const TypeRef before = *copy.result;
    copy.result = FAVO_TRY(substitute(before, by, offset));
    changed |= *copy.result != before;
  }
  if (!changed) return type;
  return add(std::move(copy), offset);
}

Result<TypeRef> TypeArena::substitute_instance(TypeRef type, Substitution& by, std::size_t offset) {
  InstanceType copy = instance(type);
  const Items before = copy.exports;
  copy.exports = FAVO_TRY(substitute(before, by, offset));
  bool changed = !same(before, copy.exports);
  for (ResourceId& id : copy.defined) changed |= replace(id, by);
  if (!changed) return type;
  return add(std::move(copy), offset);
}

Result<TypeRef> TypeArena::substitute_component(TypeRef type, Substitution& by,
                                                std::size_t offset) {
  ComponentType copy = component(type);
  const Items imports = copy.imports;
  const Items exports = copy.exports;
  copy.imports = FAVO_TRY(substitute(imports, by, offset));
  copy.exports = FAVO_TRY(substitute(exports, by, offset));
  bool changed = !same(imports, copy.imports) || !same(exports, copy.exports);
  for (auto& [id, path] : copy.imported) changed |= replace(id, by);
  for (auto& [id, path] : copy.defined) changed |= replace(id, by);
  if (!changed) return type;
  return add(std::move(copy), offset);
}

}  // namespace favo::validate
