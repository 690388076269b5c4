#include <unordered_map>

#include "component/validate/validator.h"

/// Core and component instances. Spec: Explainer.md, "Instance Definitions".
namespace favo::validate {

Result<void> Validator::operator()(const binary::CoreInstance& instance) {
  std::shared_ptr<const CoreExports> exports;
  if (const auto* made = std::get_if<binary::CoreInstantiate>(&instance.instance)) {
    exports = FAVO_TRY(instantiate(*made, instance.offset));
  } else {
    exports =
        FAVO_TRY(bundle(std::get<binary::CoreInlineExports>(instance.instance), instance.offset));
  }
  scope().core_instances.push_back(std::move(exports));
  return {};
}

Result<void> Validator::operator()(const binary::Instance& instance) {
  TypeRef type;
  if (const auto* made = std::get_if<binary::Instantiate>(&instance.instance)) {
    auto instantiated = instantiate(*made, instance.offset);
    if (!instantiated) {
      const binary::Component& component = *scope().definition;
      return std::move(instantiated)
          .error()
          .within(format("instance {} of component {}",
                         called(binary::instance_names(component), scope().instances.size()),
                         called(binary::component_names(component), made->component.value)));
    }
    type = *instantiated;
  } else {
    type = FAVO_TRY(bundle(std::get<binary::InlineExports>(instance.instance), instance.offset));
  }
  scope().instances.push_back(type);
  return {};
}

Result<std::shared_ptr<const CoreExports>> Validator::instantiate(
    const binary::CoreInstantiate& instance, std::size_t offset) {
  const TypeRef module = FAVO_TRY(scope().core_module(instance.module.value, offset));
  const ModuleType& type = modules_[module.index];
  std::unordered_map<std::string_view, std::shared_ptr<const CoreExports>> args;
  for (const binary::CoreInstantiateArg& arg : instance.args) {
    auto exports = FAVO_TRY(scope().core_instance(arg.instance.value, offset));
    if (!args.emplace(arg.name, std::move(exports)).second) {
      return fail(offset, "duplicate module instantiation argument named `{}`", arg.name);
    }
  }
  FAVO_TRY(arena_.charge(offset, 1 + type.imports.size()));
  for (const CoreImport& import : type.imports) {
    const auto arg = args.find(import.module);
    if (arg == args.end()) {
      return fail(offset, "missing module instantiation argument named `{}`", import.module);
    }
    const auto item = arg->second->find(import.name);
    if (item == arg->second->end()) {
      return fail(offset, "module instantiation argument `{}` does not export an item named `{}`",
                  import.module, import.name);
    }
    auto checked = core_types_.check(item->second, import.type, offset);
    if (!checked) {
      return std::move(checked).error().within(
          format("type mismatch for export `{}` of module instantiation argument `{}`", import.name,
                 import.module));
    }
  }
  return type.exports;
}

Result<std::shared_ptr<const CoreExports>> Validator::bundle(
    const binary::CoreInlineExports& instance, std::size_t offset) {
  auto exports = std::make_shared<CoreExports>();
  for (const binary::CoreInlineExport& item : instance.exports) {
    if (!exports->emplace(item.name, FAVO_TRY(scope().core_item(item.item, offset))).second) {
      return fail(offset, "duplicate instantiation export name `{}` already defined", item.name);
    }
  }
  return std::shared_ptr<const CoreExports>(std::move(exports));
}

Result<TypeRef> Validator::instantiate(const binary::Instantiate& instance, std::size_t offset) {
  const TypeRef component = FAVO_TRY(scope().component(instance.component.value, offset));
  Items args;
  for (const binary::InstantiateArg& arg : instance.args) {
    if (arg.item.sort == binary::Sort::Value) FAVO_TRY(check_values_enabled(offset));
    const Entity item = FAVO_TRY(scope().item(arg.item, offset));
    if (!args.insert(arg.name, item)) {
      return fail(offset, "instantiation argument `{}` conflicts with previous argument", arg.name);
    }
  }
  Substitution substitution =
      FAVO_TRY(subtyping(offset).supply(args, component, Subtyping::Side::Imports));

  // Each instantiation makes its own resource types; they belong to this component.
  const ComponentType type = arena_.component(component);
  for (const auto& [resource, path] : type.defined) {
    const ResourceId fresh = arena_.new_resource_like(resource);
    substitution.resources.emplace(resource, fresh);
    scope().defined_resources.push_back(fresh);
  }
  InstanceType result;
  result.exports = FAVO_TRY(arena_.substitute(type.exports, substitution, offset));
  return arena_.add(std::move(result), offset);
}

Result<TypeRef> Validator::bundle(const binary::InlineExports& instance, std::size_t offset) {
  InstanceType type;
  // Inline exports name nothing that a later one could be a method of.
  NameScope names;
  for (const binary::InlineExport& export_ : instance.exports) {
    if (export_.item.sort == binary::Sort::Value) FAVO_TRY(check_values_enabled(offset));
    const Entity item = FAVO_TRY(scope().item(export_.item, offset));
    if (item.kind == Entity::Kind::Value && arena_.facts(item.type).contains_borrow) {
      return fail(offset, "exported value type cannot contain a `borrow` type");
    }
    FAVO_TRY(names.add(export_.name, item, arena_, features_, "export"));
    type.exports.insert(export_.name.name, item);
  }
  return arena_.add(std::move(type), offset);
}

}  // namespace favo::validate
