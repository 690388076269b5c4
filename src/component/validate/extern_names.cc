#include "component/validate/extern_names.h"

namespace favo::validate {

namespace {

using types::ExternName;

Result<void> check_version(const types::InterfaceName& name, std::optional<std::string_view> suffix,
                           const Features& features, std::size_t offset) {
  if (suffix) {
    const std::string version = std::string(name.version) + std::string(*suffix);
    if (!types::is_canonical_version(name.version) || !types::is_semver(version)) {
      return fail(offset, "`{}` and the version suffix `{}` do not make a version", name.version,
                  *suffix);
    }
    return {};
  }
  if (name.version.empty() || types::is_semver(name.version) || features.canon_names) return {};
  return fail(offset, "`{}` is not a valid semver", name.version);
}

Result<void> check_nesting_enabled(const Features& features, std::size_t offset) {
  if (features.nested_names) return {};
  return fail(offset, "nested package names are not enabled");
}

Result<void> check_interface(const types::InterfaceName& name, const binary::ExternName& attributes,
                             const Features& features) {
  if (types::is_nested(name)) FAVO_TRY(check_nesting_enabled(features, attributes.offset));
  return check_version(name, attributes.version_suffix, features, attributes.offset);
}

Result<void> check_attributes(const binary::ExternName& name, const ExternName& parsed,
                              const Entity& entity, const Features& features) {
  const std::size_t offset = name.offset;
  if ((name.implements || name.external_id) && !features.implements) {
    return fail(offset, "`implements` and `external-id` are not enabled");
  }
  if (name.version_suffix) {
    if (!features.canon_names) return fail(offset, "`versionsuffix` is not enabled");
    if (entity.kind != Entity::Kind::Instance) {
      return fail(offset, "only instances can have a `versionsuffix`");
    }
    if (!name.implements && parsed.kind != ExternName::Kind::Interface) {
      return fail(offset, "`versionsuffix` requires an interface name");
    }
  }
  if (!name.implements) return {};
  if (parsed.kind != ExternName::Kind::Plain) {
    return fail(offset, "name `{}` is not valid with `implements`", name.name);
  }
  if (entity.kind != Entity::Kind::Instance) {
    return fail(offset, "only instances can have an `implements`");
  }
  const auto interface = types::parse_interface_name(*name.implements);
  if (!interface) return fail(offset, "`{}` is not an interface name", *name.implements);
  return check_interface(*interface, name, features);
}

/// The resource of `own<r>`, or of `borrow<r>`; empty for other types.
template <typename Handle>
std::optional<TypeRef> resource_of(TypeRef type, const TypeArena& arena) {
  if (!std::holds_alternative<Handle>(arena.node(type))) return std::nullopt;
  return arena.value(type).parts[0];
}

/// The `r` of a constructor's result, `own<r>` or `result<own<r>, …>`.
std::optional<TypeRef> constructed(TypeRef type, const TypeArena& arena) {
  const auto* result = std::get_if<types::ResultOf>(&arena.node(type));
  if (!result) return resource_of<types::Own>(type, arena);
  if (!result->ok) return std::nullopt;
  return resource_of<types::Own>(arena.value(type).parts[0], arena);
}

}  // namespace

void NameScope::add_resource(std::string_view name, TypeRef resource) {
  resources_.emplace(resource, name);
  resource_names_.insert(name);
}

Result<void> NameScope::check_resource(TypeRef resource, std::string_view name,
                                       std::size_t offset) const {
  const auto it = resources_.find(resource);
  if (it == resources_.end()) {
    return fail(offset, "resource used in function does not have a name in this context");
  }
  if (it->second == name) return {};
  return fail(offset, "function does not match expected resource name `{}`", it->second);
}

Result<void> NameScope::check_member(const ExternName& name, const Entity& entity,
                                     const TypeArena& arena, std::size_t offset) const {
  if (entity.kind != Entity::Kind::Func) return fail(offset, "item is not a func");
  const FuncType& func = arena.func(entity.type);
  switch (name.kind) {
    case ExternName::Kind::Constructor: {
      if (func.async) return fail(offset, "constructor function cannot be async");
      if (!func.result) return fail(offset, "function should return one value");
      const auto resource = constructed(*func.result, arena);
      if (!resource) {
        return fail(offset, "function should return `(own $T)` or `(result (own $T))`");
      }
      return check_resource(*resource, name.resource, offset);
    }
    case ExternName::Kind::Method: {
      if (func.params.empty()) return fail(offset, "function should have at least one argument");
      const auto& [label, type] = func.params[0];
      if (label != "self") {
        return fail(offset, "function should have a first argument called `self`");
      }
      const auto resource = resource_of<types::Borrow>(type, arena);
      if (!resource) {
        return fail(offset, "function should take a first argument of `(borrow $T)`");
      }
      return check_resource(*resource, name.resource, offset);
    }
    case ExternName::Kind::Static:
      if (resource_names_.contains(name.resource)) return {};
      return fail(offset, "static resource name is not known in this context");
    case ExternName::Kind::Plain:
    case ExternName::Kind::Interface:
    case ExternName::Kind::Implementation:
      return {};
  }
  std::unreachable();
}

Result<void> NameScope::add(const binary::ExternName& name, const Entity& entity,
                            const TypeArena& arena, const Features& features,
                            std::string_view side) {
  const auto parsed = types::parse_extern_name(name.name);
  if (!parsed) {
    return fail(name.offset, "{} name `{}` is not a valid extern name", side, name.name);
  }
  FAVO_TRY(check_attributes(name, *parsed, entity, features));
  if (parsed->kind == ExternName::Kind::Interface) {
    FAVO_TRY(check_interface(parsed->interface, name, features));
  } else if (parsed->kind == ExternName::Kind::Implementation) {
    if (side == "export") {
      return fail(name.offset, "export name `{}` is only valid for an import", name.name);
    }
    if (parsed->nested) FAVO_TRY(check_nesting_enabled(features, name.offset));
  } else if (parsed->kind != ExternName::Kind::Plain) {
    auto checked = check_member(*parsed, entity, arena, name.offset);
    if (!checked) {
      return std::move(checked).error().within(format("{} name `{}`", side, name.name));
    }
  }
  if (!keys_.insert(types::uniqueness_key(name.name)).second) {
    return fail(name.offset, "{} name `{}` conflicts with previous name", side, name.name);
  }
  return {};
}

}  // namespace favo::validate
