#include "component/validate/validator.h"

#include "component/binary/names.h"
#include "component/validate/canon.h"
#include "component/validate/defined_types.h"
#include "component/validate/encoded_value.h"
#include "component/validate/typed_component.h"

namespace favo::validate {

Result<TypedComponent> type_component(const binary::Component& component, const Features& features,
                                      const CoreValidator& core) {
  TypedComponent typed;
  typed.type = FAVO_TRY(Validator(features, core, typed.arena).component(component));
  return typed;
}

Result<void> validate(const binary::Component& component, const Features& features,
                      const CoreValidator& core) {
  FAVO_TRY(type_component(component, features, core));
  return {};
}

Result<void> check_application(const binary::Component& component) {
  for (const binary::Definition& definition : component.definitions) {
    if (const auto* import = std::get_if<binary::Import>(&definition);
        import && std::holds_alternative<binary::ComponentRef>(import->type)) {
      return fail(import->offset, "an application cannot import components, as `{}` is",
                  import->name.name);
    }
    if (const auto* exported = std::get_if<binary::Export>(&definition);
        exported && exported->item.sort == binary::Sort::Component) {
      return fail(exported->offset, "an application cannot export components, as `{}` is",
                  exported->name.name);
    }
  }
  return {};
}

Result<TypeRef> Validator::component(const binary::Component& component) {
  scopes_.emplace_back(Scope::Kind::Component).definition = &component;
  for (const binary::Definition& definition : component.definitions) {
    FAVO_TRY(std::visit(*this, definition));
  }
  ComponentType type = FAVO_TRY(finish(component.offset));
  scopes_.pop_back();
  return arena_.add(std::move(type), component.offset);
}

Result<void> Validator::operator()(const std::unique_ptr<binary::Component>& nested) {
  const binary::Component& outer = *scope().definition;
  const std::size_t index = scope().components.size();
  auto type = component(*nested);
  if (!type) {
    return std::move(type).error().within("in component " +
                                          called(binary::component_names(outer), index));
  }
  scope().components.push_back(*type);
  return {};
}

std::string Validator::called(const binary::IndexNames& names, std::size_t index) {
  const auto it = names.find(static_cast<std::uint32_t>(index));
  return it == names.end() ? format("{}", index) : format("`{}`", it->second);
}

Result<void> Validator::operator()(const binary::CoreModule& module) {
  auto accepted = core_validator_(module.bytes);
  if (!accepted) {
    return fail(module.offset, "invalid core module: {}", accepted.error().message());
  }
  modules_.push_back(FAVO_TRY(type_of_module(core_types_, module.bytes, module.offset)));
  scope().core_modules.push_back(
      {TypeRef::Kind::Module, static_cast<std::uint32_t>(modules_.size() - 1)});
  return {};
}

Result<void> Validator::operator()(const binary::CoreType& type) {
  if (const auto* module = std::get_if<binary::CoreModuleType>(&type.type)) {
    modules_.push_back(FAVO_TRY(declare_module_type(core_types_, *module, *this)));
    scope().core_module_types.emplace(
        static_cast<std::uint32_t>(scope().core_types.size()),
        TypeRef{TypeRef::Kind::Module, static_cast<std::uint32_t>(modules_.size() - 1)});
    scope().core_types.push_back(std::nullopt);
    return {};
  }
  const auto ids = FAVO_TRY(define_core_type(core_types_, type, scope().core_types));
  scope().core_types.insert(scope().core_types.end(), ids.begin(), ids.end());
  return {};
}

Result<const Scope*> Validator::outer_scope(std::uint32_t count, std::size_t offset) const {
  if (count < scopes_.size()) return &scopes_[scopes_.size() - 1 - count];
  return fail(offset, "invalid outer alias count of {}", count);
}

Result<CoreTypeId> Validator::outer_core_type(std::uint32_t count, binary::CoreTypeIndex index,
                                              std::size_t offset) const {
  const Scope* outer = FAVO_TRY(outer_scope(count, offset));
  return outer->core_type(index.value, offset);
}

// ---- types -----------------------------------------------------------------------------------

Result<void> Validator::operator()(const binary::Type& type) {
  const TypeRef defined = FAVO_TRY(define(type));
  scope().types.push_back(defined);
  return {};
}

Result<TypeRef> Validator::define(const binary::Type& type) {
  if (const auto* component = std::get_if<binary::ComponentType>(&type.type)) {
    return component_type(*component, type.offset);
  }
  if (const auto* instance = std::get_if<binary::InstanceType>(&type.type)) {
    return instance_type(*instance, type.offset);
  }
  if (const auto* resource = std::get_if<binary::ResourceType>(&type.type)) {
    return resource_type(*resource, type.offset);
  }
  return define_type(arena_, scope(), features_, type);
}

Result<TypeRef> Validator::component_type(const binary::ComponentType& type, std::size_t offset) {
  scopes_.emplace_back(Scope::Kind::ComponentType);
  for (const binary::Declaration& declaration : type.declarations) {
    FAVO_TRY(std::visit(*this, declaration));
  }
  ComponentType made = FAVO_TRY(finish(offset));
  scopes_.pop_back();
  return arena_.add(std::move(made), offset);
}

Result<TypeRef> Validator::instance_type(const binary::InstanceType& type, std::size_t offset) {
  scopes_.emplace_back(Scope::Kind::InstanceType);
  for (const binary::Declaration& declaration : type.declarations) {
    if (const auto* import = std::get_if<binary::ImportDecl>(&declaration)) {
      return fail(import->name.offset, "an instance type cannot have imports");
    }
    FAVO_TRY(std::visit(*this, declaration));
  }
  InstanceType made{std::move(scope().exports), std::move(scope().defined_resources)};
  scopes_.pop_back();
  return arena_.add(std::move(made), offset);
}

Result<TypeRef> Validator::resource_type(const binary::ResourceType& type, std::size_t offset) {
  if (scope().kind != Scope::Kind::Component) {
    return fail(offset, "resources can only be defined within a concrete component");
  }
  const wasm::ValType rep = to_val_type(type.rep);
  const bool is_i64 = rep == wasm::ValType{wasm::ValType::I64};
  if (rep != wasm::ValType{wasm::ValType::I32} && !(is_i64 && features_.cm64)) {
    return fail(offset, "resources can only be represented by `i32`{}",
                features_.cm64 ? " or `i64`" : "");
  }
  if (type.destructor) {
    const CoreTypeId destructor = FAVO_TRY(scope().core_func(type.destructor->value, offset));
    const wasm::FuncType expected{{rep}, {}};
    if (*core_types_.func(destructor) != expected) {
      return fail(offset, "core function {} has wrong signature for a destructor",
                  type.destructor->value);
    }
  }
  const ResourceId resource = arena_.new_resource();
  scope().defined_resources.push_back(resource);
  scope().local_resources.emplace(resource, rep);
  return TypeArena::resource(resource);
}

// ---- the rest --------------------------------------------------------------------------------

Result<void> Validator::operator()(const binary::Canon& canon) {
  return define_canon(arena_, core_types_, scope(), features_, canon);
}

Result<void> Validator::check_values_enabled(std::size_t offset) const {
  if (features_.values) return {};
  return fail(offset, "support for component model `value`s is not enabled");
}

Result<void> Validator::operator()(const binary::Value& value) {
  FAVO_TRY(check_values_enabled(value.offset));
  const TypeRef type = FAVO_TRY(scope().value_type(value.type, features_, value.offset));
  FAVO_TRY(check_encoded_value(arena_.table(), arena_.structure(type), value.bytes, value.offset));
  scope().values.push_back({type});
  return {};
}

Result<void> Validator::operator()(const binary::Start& start) {
  FAVO_TRY(check_values_enabled(start.offset));
  if (scope().has_start) {
    return fail(start.offset, "component cannot have more than one start function");
  }
  scope().has_start = true;
  const FuncType func = arena_.func(FAVO_TRY(scope().func(start.func.value, start.offset)));
  if (func.params.size() != start.args.size() ||
      start.results != static_cast<std::uint32_t>(func.result.has_value())) {
    return fail(start.offset,
                "start function has {} parameters and {} results, but is given {} and {}",
                func.params.size(), func.result ? 1 : 0, start.args.size(), start.results);
  }
  for (std::size_t i = 0; i < start.args.size(); ++i) {
    const TypeRef arg = FAVO_TRY(scope().consume_value(start.args[i].value, start.offset));
    auto checked = subtyping(start.offset).check_value(arg, func.params[i].second);
    if (!checked) {
      return std::move(checked).error().within(format("start function argument {}", i));
    }
  }
  if (func.result) scope().values.push_back({*func.result});
  return {};
}

}  // namespace favo::validate
