#pragma once

#include <functional>
#include <optional>

#include "component/compose/typed_part.h"
#include "component/compose/writer.h"

/// Private to `component/compose`.
namespace favo::compose {

/// Writes types of one part into a type space: the structure that validation found, definition by
/// definition, since the bytes of the part refer to index spaces that are not here.
///
/// A type that an import of the part brought is not written again but aliased, so that resources
/// stay the same and named types keep their one name.
class TypeEncoder {
 public:
  /// The index, in the component around all, of a type that an import brings; nothing where that
  /// import is not the host's, or is the one that is being written.
  using Imported = std::function<Result<std::optional<TypeIndex>>(const Origin&)>;

  TypeEncoder(const TypedPart& part, TypeSpace& space, Imported imported)
      : part_(part), space_(space), imported_(std::move(imported)) {}

  /// The type has an index already.
  void know(validate::TypeRef type, TypeIndex index) { known_.insert_or_assign(type, index); }

  /// Errors: Unsupported for a resource that no import of the host's brings.
  Result<TypeIndex> index(validate::TypeRef type);
  Result<TypeIndex> func(validate::TypeRef type);

 private:
  Result<ValType> val_type(validate::TypeRef type);
  Result<std::optional<TypeIndex>> alias(validate::TypeRef type);
  Result<TypeIndex> define(validate::TypeRef value);

  const TypedPart& part_;
  TypeSpace& space_;
  Imported imported_;
  validate::TypeRefMap<TypeIndex> known_;
};

}  // namespace favo::compose
