#pragma once

#include "component/binary/ast.h"
#include "component/link/scope.h"
#include "component/link/state.h"

namespace favo::link {

/// Gives the types of a component's index spaces their meaning: value types are interned with their
/// resources resolved, so that the same structure over the same resources is the same `TypeId`.
/// Spec: Explainer.md, "Type Definitions".
class TypeResolver {
 public:
  explicit TypeResolver(State& state) : state_(state) {}

  /// A type definition other than a resource's, which is an effect of instantiation.
  Result<TypeDef> define(const binary::Type& type, const Scope& scope);

  Result<TypeId> value_type(const binary::ValType& type, const Scope& scope);
  Result<const types::FuncType*> func_type(binary::TypeIndex index, const Scope& scope);
  Result<ResourceId> resource(binary::TypeIndex index, const Scope& scope);

 private:
  Result<std::optional<TypeId>> optional_type(const std::optional<binary::ValType>& type,
                                              const Scope& scope);
  Result<std::vector<types::Field>> fields(const std::vector<binary::LabelledType>& fields,
                                           const Scope& scope);
  Result<TypeDef> intern(types::Type type);

  Result<TypeDef> define(const binary::Primitive& type, const Scope& scope);
  Result<TypeDef> define(const binary::RecordType& type, const Scope& scope);
  Result<TypeDef> define(const binary::VariantType& type, const Scope& scope);
  Result<TypeDef> define(const binary::ListType& type, const Scope& scope);
  Result<TypeDef> define(const binary::TupleType& type, const Scope& scope);
  Result<TypeDef> define(const binary::FlagsType& type, const Scope& scope);
  Result<TypeDef> define(const binary::EnumType& type, const Scope& scope);
  Result<TypeDef> define(const binary::OptionType& type, const Scope& scope);
  Result<TypeDef> define(const binary::ResultType& type, const Scope& scope);
  Result<TypeDef> define(const binary::OwnType& type, const Scope& scope);
  Result<TypeDef> define(const binary::BorrowType& type, const Scope& scope);
  Result<TypeDef> define(const binary::StreamType& type, const Scope& scope);
  Result<TypeDef> define(const binary::FutureType& type, const Scope& scope);
  Result<TypeDef> define(const binary::MapType& type, const Scope& scope);
  Result<TypeDef> define(const binary::FuncType& type, const Scope& scope);
  Result<TypeDef> define(const binary::ComponentType& type, const Scope& scope);
  Result<TypeDef> define(const binary::InstanceType& type, const Scope& scope);
  Result<TypeDef> define(const binary::ResourceType& type, const Scope& scope);

  State& state_;
};

}  // namespace favo::link
