#include "component/link/type_resolver.h"

#include <utility>

#include "component/types/facts.h"

namespace favo::link {
namespace {

/// Deeper value types are refused: printing and copying them recurses.
constexpr std::uint32_t kMaxTypeDepth = 100;

types::Primitive primitive_of(binary::Primitive primitive) {
  // Both enumerations are in the order of the specification's opcodes.
  static_assert(static_cast<int>(types::Primitive::ErrorContext) ==
                static_cast<int>(binary::Primitive::ErrorContext));
  return static_cast<types::Primitive>(primitive);
}

std::vector<std::string> copy_labels(const std::vector<std::string_view>& labels) {
  return {labels.begin(), labels.end()};
}

}  // namespace

Result<TypeDef> TypeResolver::define(const binary::Type& type, const Scope& scope) {
  FAVO_TRY(state_.charge(1));
  return std::visit([&](const auto& node) { return define(node, scope); }, type.type);
}

Result<TypeId> TypeResolver::value_type(const binary::ValType& type, const Scope& scope) {
  if (const auto* primitive = std::get_if<binary::Primitive>(&type)) {
    return types::id_of(primitive_of(*primitive));
  }
  const TypeDef found = FAVO_TRY(at(scope.types, std::get<binary::TypeIndex>(type), "type"));
  if (const auto* id = std::get_if<TypeId>(&found)) return *id;
  return FAVO_BUG("a type that is no value type is used as one");
}

Result<const types::FuncType*> TypeResolver::func_type(binary::TypeIndex index,
                                                       const Scope& scope) {
  const TypeDef found = FAVO_TRY(at(scope.types, index, "type"));
  if (const auto* type = std::get_if<const types::FuncType*>(&found)) return *type;
  return FAVO_BUG("a type that is no function type is used as one");
}

Result<ResourceId> TypeResolver::resource(binary::TypeIndex index, const Scope& scope) {
  const TypeDef found = FAVO_TRY(at(scope.types, index, "type"));
  if (const auto* id = std::get_if<ResourceId>(&found)) return *id;
  return FAVO_BUG("a type that is no resource type is used as one");
}

Result<std::optional<TypeId>> TypeResolver::optional_type(
    const std::optional<binary::ValType>& type, const Scope& scope) {
  if (!type) return std::optional<TypeId>();
  return std::optional<TypeId>(FAVO_TRY(value_type(*type, scope)));
}

Result<std::vector<types::Field>> TypeResolver::fields(
    const std::vector<binary::LabelledType>& fields, const Scope& scope) {
  FAVO_TRY(state_.charge(fields.size()));
  std::vector<types::Field> resolved;
  resolved.reserve(fields.size());
  for (const auto& field : fields) {
    resolved.push_back({std::string(field.label), FAVO_TRY(value_type(field.type, scope))});
  }
  return resolved;
}

Result<TypeDef> TypeResolver::intern(types::Type type) {
  const TypeId id = state_.plan.types.intern(std::move(type));
  if (state_.plan.types.facts(id).depth > kMaxTypeDepth) {
    return error(Code::LimitExceeded, "a value type is nested deeper than {}", kMaxTypeDepth);
  }
  return TypeDef(id);
}

Result<TypeDef> TypeResolver::define(const binary::Primitive& type, const Scope&) {
  return TypeDef(types::id_of(primitive_of(type)));
}

Result<TypeDef> TypeResolver::define(const binary::RecordType& type, const Scope& scope) {
  return intern(types::Record{FAVO_TRY(fields(type.fields, scope))});
}

Result<TypeDef> TypeResolver::define(const binary::VariantType& type, const Scope& scope) {
  FAVO_TRY(state_.charge(type.cases.size()));
  types::Variant variant;
  variant.cases.reserve(type.cases.size());
  for (const auto& variant_case : type.cases) {
    variant.cases.push_back(
        {std::string(variant_case.label), FAVO_TRY(optional_type(variant_case.type, scope))});
  }
  return intern(std::move(variant));
}

Result<TypeDef> TypeResolver::define(const binary::ListType& type, const Scope& scope) {
  return intern(types::List{FAVO_TRY(value_type(type.element, scope)), type.length});
}

Result<TypeDef> TypeResolver::define(const binary::TupleType& type, const Scope& scope) {
  FAVO_TRY(state_.charge(type.types.size()));
  types::Tuple tuple;
  tuple.types.reserve(type.types.size());
  for (const auto& part : type.types) tuple.types.push_back(FAVO_TRY(value_type(part, scope)));
  return intern(std::move(tuple));
}

Result<TypeDef> TypeResolver::define(const binary::FlagsType& type, const Scope&) {
  FAVO_TRY(state_.charge(type.labels.size()));
  return intern(types::Flags{copy_labels(type.labels)});
}

Result<TypeDef> TypeResolver::define(const binary::EnumType& type, const Scope&) {
  FAVO_TRY(state_.charge(type.labels.size()));
  return intern(types::Enum{copy_labels(type.labels)});
}

Result<TypeDef> TypeResolver::define(const binary::OptionType& type, const Scope& scope) {
  return intern(types::Option{FAVO_TRY(value_type(type.type, scope))});
}

Result<TypeDef> TypeResolver::define(const binary::ResultType& type, const Scope& scope) {
  types::ResultOf result;
  result.ok = FAVO_TRY(optional_type(type.ok, scope));
  result.error = FAVO_TRY(optional_type(type.error, scope));
  return intern(result);
}

Result<TypeDef> TypeResolver::define(const binary::OwnType& type, const Scope& scope) {
  return intern(types::Own{FAVO_TRY(resource(type.resource, scope))});
}

Result<TypeDef> TypeResolver::define(const binary::BorrowType& type, const Scope& scope) {
  return intern(types::Borrow{FAVO_TRY(resource(type.resource, scope))});
}

Result<TypeDef> TypeResolver::define(const binary::StreamType& type, const Scope& scope) {
  return intern(types::Stream{FAVO_TRY(optional_type(type.element, scope))});
}

Result<TypeDef> TypeResolver::define(const binary::FutureType& type, const Scope& scope) {
  return intern(types::Future{FAVO_TRY(optional_type(type.element, scope))});
}

Result<TypeDef> TypeResolver::define(const binary::MapType& type, const Scope& scope) {
  types::Map map;
  map.key = FAVO_TRY(value_type(type.key, scope));
  map.value = FAVO_TRY(value_type(type.value, scope));
  return intern(map);
}

Result<TypeDef> TypeResolver::define(const binary::FuncType& type, const Scope& scope) {
  types::FuncType func;
  func.async = type.async;
  func.params = FAVO_TRY(fields(type.params, scope));
  func.result = FAVO_TRY(optional_type(type.result, scope));
  return TypeDef(&state_.func_types.emplace_back(std::move(func)));
}

Result<TypeDef> TypeResolver::define(const binary::ComponentType&, const Scope&) {
  return TypeDef(ComponentTypeMark{});
}

Result<TypeDef> TypeResolver::define(const binary::InstanceType& type, const Scope& scope) {
  return TypeDef(InstanceTypeClosure{&type, &scope});
}

Result<TypeDef> TypeResolver::define(const binary::ResourceType&, const Scope&) {
  return FAVO_BUG("a resource type is defined inside a type");
}

}  // namespace favo::link
