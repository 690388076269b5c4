#include "component/validate/validator.h"
#include "component/validate/visibility.h"

/// Imports and exports: of components, and as declarations of component and instance types.
/// Spec: Explainer.md, "Import and Export Definitions"; Binary.md, notes there.
namespace favo::validate {

namespace {

/// The resource that an instance's bound ones become where it is imported or exported.
Substitution fresh(const std::vector<ResourceId>& bound, TypeArena& arena) {
  Substitution substitution;
  for (ResourceId old : bound) substitution.resources.emplace(old, arena.new_resource_like(old));
  return substitution;
}

}  // namespace

Result<Entity> Validator::extern_type(const binary::ExternType& type, std::size_t offset) {
  using Kind = Entity::Kind;
  const auto entity = [](Kind kind, TypeRef type) { return Entity{kind, type, type}; };
  if (const auto* module = std::get_if<binary::CoreModuleRef>(&type)) {
    const auto it = scope().core_module_types.find(module->type.value);
    if (it != scope().core_module_types.end()) return entity(Kind::Module, it->second);
    FAVO_TRY(scope().core_type(module->type.value, offset));
    return fail(offset, "core type index {} is not a module type", module->type.value);
  }
  if (const auto* func = std::get_if<binary::FuncRef>(&type)) {
    return entity(Kind::Func, FAVO_TRY(scope().type(func->type, TypeRef::Kind::Func, offset)));
  }
  if (const auto* component = std::get_if<binary::ComponentRef>(&type)) {
    return entity(Kind::Component,
                  FAVO_TRY(scope().type(component->type, TypeRef::Kind::Component, offset)));
  }
  if (const auto* instance = std::get_if<binary::InstanceRef>(&type)) {
    return entity(Kind::Instance,
                  FAVO_TRY(scope().type(instance->type, TypeRef::Kind::Instance, offset)));
  }
  if (const auto* value = std::get_if<binary::ValueRef>(&type)) {
    FAVO_TRY(check_values_enabled(offset));
    return entity(Kind::Value, FAVO_TRY(scope().value_type(value->type, features_, offset)));
  }
  const auto& bound = std::get<binary::TypeBound>(type);
  if (const auto* eq = std::get_if<binary::EqBound>(&bound)) {
    const TypeRef referenced = FAVO_TRY(scope().type(eq->type.value, offset));
    return Entity{Kind::Type, arena_.alias(referenced), referenced};
  }
  return entity(Kind::Type, TypeArena::resource(arena_.new_resource()));
}

void Validator::adopt_resource(TypeRef resource, bool is_import) {
  if (is_import) {
    const auto position = static_cast<std::uint32_t>(scope().imports.size());
    scope().imported_resources.emplace_back(resource.resource(), Path{position});
  } else {
    scope().defined_resources.push_back(resource.resource());
  }
}

Result<void> Validator::adopt_resources(Entity& instance, bool is_import, std::size_t offset) {
  InstanceType type = arena_.instance(instance.type);
  if (type.defined.empty()) return {};
  const std::vector<ResourceId> bound = std::move(type.defined);
  type.defined.clear();
  Substitution substitution = fresh(bound, arena_);
  if (is_import) {
    const auto paths = FAVO_TRY(exported_at(type.exports, bound, arena_, offset));
    for (ResourceId old : bound) {
      Path path{static_cast<std::uint32_t>(scope().imports.size())};
      if (const auto it = paths.find(old); it != paths.end()) {
        path.insert(path.end(), it->second.begin(), it->second.end());
      }
      scope().imported_resources.emplace_back(substitution.resources.at(old), std::move(path));
    }
  } else {
    for (ResourceId old : bound) {
      scope().defined_resources.push_back(substitution.resources.at(old));
    }
  }
  type.exports = FAVO_TRY(arena_.substitute(type.exports, substitution, offset));
  instance.type = FAVO_TRY(arena_.add(std::move(type), offset));
  instance.referenced = instance.type;
  return {};
}

Result<void> Validator::add_extern(const binary::ExternName& name, Entity entity, bool is_import,
                                   std::size_t offset) {
  const bool is_resource =
      entity.kind == Entity::Kind::Type && entity.type.kind == TypeRef::Kind::Resource;
  if (entity.kind == Entity::Kind::Instance) {
    FAVO_TRY(adopt_resources(entity, is_import, offset));
  } else if (is_resource && entity.type == entity.referenced) {
    adopt_resource(entity.type, is_import);
  } else if (entity.kind == Entity::Kind::Value && !is_import &&
             arena_.facts(entity.type).contains_borrow) {
    return fail(offset, "exported value type cannot contain a `borrow` type");
  }
  scope().push(entity, !is_import);

  NameScope& names = is_import ? scope().import_names : scope().export_names;
  if (is_resource) {
    names.add_resource(name.name, entity.type);
    arena_.name_resource(entity.type.resource(), name.name);
  }
  if (scope().kind != Scope::Kind::InstanceType) {
    FAVO_TRY(expose(scope(), is_import, entity, arena_, offset));
  }
  FAVO_TRY(names.add(name, entity, arena_, features_, is_import ? "import" : "export"));
  (is_import ? scope().imports : scope().exports).insert(name.name, entity);

  scope().extern_size += arena_.size(entity);
  if (scope().extern_size < kMaxTypeSize) return {};
  return fail(offset, "effective type size exceeds the limit of {}", kMaxTypeSize);
}

Result<void> Validator::operator()(const binary::Import& import) {
  const Entity entity = FAVO_TRY(extern_type(import.type, import.offset));
  return add_extern(import.name, entity, true, import.offset);
}

Result<void> Validator::operator()(const binary::ImportDecl& import) {
  const Entity entity = FAVO_TRY(extern_type(import.type, import.name.offset));
  return add_extern(import.name, entity, true, import.name.offset);
}

Result<void> Validator::operator()(const binary::ExportDecl& export_) {
  const Entity entity = FAVO_TRY(extern_type(export_.type, export_.name.offset));
  return add_extern(export_.name, entity, false, export_.name.offset);
}

Result<void> Validator::operator()(const binary::Export& export_) {
  if (export_.item.sort == binary::Sort::Value) FAVO_TRY(check_values_enabled(export_.offset));
  Entity entity = FAVO_TRY(scope().item(export_.item, export_.offset));
  if (entity.kind == Entity::Kind::Type) entity.type = arena_.alias(entity.referenced);
  if (export_.type) {
    const Entity ascribed = FAVO_TRY(extern_type(*export_.type, export_.offset));
    auto checked = subtyping(export_.offset).check_ascription(entity, ascribed);
    if (!checked) {
      return std::move(checked).error().within(
          "ascribed type of export is not compatible with item's type");
    }
    entity = ascribed;
  }
  return add_extern(export_.name, entity, false, export_.offset);
}

Result<ComponentType> Validator::finish(std::size_t offset) {
  Scope& done = scope();
  for (std::size_t i = 0; i < done.values.size() && done.kind == Scope::Kind::Component; ++i) {
    if (!done.values[i].consumed) return fail(offset, "value {} was not used", i);
  }

  std::unordered_set<ResourceId> free;
  for (std::size_t i = 0; i < done.imports.size(); ++i) {
    FAVO_TRY(free_resources(done.imports[i].type, arena_, offset, free));
  }
  for (ResourceId resource : done.defined_resources) {
    if (free.contains(resource)) return fail(offset, "local resource type found in imports");
  }

  // Only resources that exports mention are made anew by each instantiation, as seen from outside.
  free.clear();
  for (std::size_t i = 0; i < done.exports.size(); ++i) {
    FAVO_TRY(free_resources(done.exports[i].type, arena_, offset, free));
  }
  std::vector<ResourceId> defined;
  for (ResourceId resource : done.defined_resources) {
    if (free.contains(resource)) defined.push_back(resource);
  }
  auto paths = FAVO_TRY(exported_at(done.exports, defined, arena_, offset));
  ComponentType type{
      std::move(done.imports), std::move(done.exports), std::move(done.imported_resources), {}};
  for (ResourceId resource : defined) {
    const auto it = paths.find(resource);
    if (it == paths.end()) {
      return fail(offset, "local resource type found in export but not exported itself");
    }
    type.defined.emplace_back(resource, std::move(it->second));
  }
  return type;
}

}  // namespace favo::validate
