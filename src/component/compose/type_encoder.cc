#include "component/compose/type_encoder.h"

#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace favo::compose {

using validate::TypeRef;

Result<std::optional<TypeIndex>> TypeEncoder::alias(TypeRef type) {
  if (const auto found = known_.find(type); found != known_.end())
    return std::optional(found->second);
  const Origin* origin = part_.origin(type);
  if (!origin) return std::optional<TypeIndex>();
  const std::optional<TypeIndex> imported = FAVO_TRY(imported_(*origin));
  if (!imported) return imported;
  const TypeIndex index = space_.outer(*imported);
  know(type, index);
  return std::optional(index);
}

Result<TypeIndex> TypeEncoder::index(TypeRef type) {
  if (const auto aliased = FAVO_TRY(alias(type))) return *aliased;
  switch (type.kind) {
    case TypeRef::Kind::Value: {
      const TypeIndex index = FAVO_TRY(define(type));
      know(type, index);
      return index;
    }
    case TypeRef::Kind::Func:
      return func(type);
    case TypeRef::Kind::Resource:
      return error(Code::Unsupported,
                   "{}: an import that is left to the host uses the resource {}, which is not the "
                   "host's",
                   part_.name(), part_.text(type));
    default:
      return error(Code::Unsupported, "{}: an import that is left to the host has a {} in it",
                   part_.name(), validate::describe(type.kind));
  }
}

Result<ValType> TypeEncoder::val_type(TypeRef type) {
  if (const auto aliased = FAVO_TRY(alias(type))) return ValType(*aliased);
  if (const auto* primitive = std::get_if<types::Primitive>(&part_.arena().node(type)))
    return ValType(static_cast<binary::Primitive>(*primitive));
  return ValType(FAVO_TRY(index(type)));
}

Result<TypeIndex> TypeEncoder::define(TypeRef type) {
  const types::Type& node = part_.arena().node(type);
  const std::vector<TypeRef>& parts = part_.arena().value(type).parts;
  if (const auto* primitive = std::get_if<types::Primitive>(&node))
    return space_.define(primitive_type(*primitive));
  const bool own = std::holds_alternative<types::Own>(node);
  if (own || std::holds_alternative<types::Borrow>(node)) {
    const TypeIndex resource = FAVO_TRY(index(parts[0]));
    return space_.define(handle_type(own, resource));
  }
  std::vector<ValType> written;
  for (const TypeRef part : parts) written.push_back(FAVO_TRY(val_type(part)));
  return space_.define(value_type(node, written));
}

Result<TypeIndex> TypeEncoder::func(TypeRef type) {
  const validate::FuncType& func = part_.arena().func(type);
  std::vector<ValType> params;
  for (const auto& [name, param] : func.params) params.push_back(FAVO_TRY(val_type(param)));
  std::optional<ValType> result;
  if (func.result) result = FAVO_TRY(val_type(*func.result));
  return space_.define(func_type(func, params, result));
}

}  // namespace favo::compose
