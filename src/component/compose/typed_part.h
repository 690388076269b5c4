#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "component/compose/compose.h"
#include "component/validate/typed_component.h"

/// Private to `component/compose`.
namespace favo::compose {

/// Where a type comes from: an export of an imported instance, by positions.
struct Origin {
  std::uint32_t import = 0, name = 0;
};

/// A part with what its validation told.
class TypedPart {
 public:
  /// Errors: InvalidComponent, with the part's name.
  static Result<TypedPart> create(const Part& part, const Options& options);

  const Part& part() const { return *part_; }
  const std::string& name() const { return part_->name; }
  const validate::TypeArena& arena() const { return typed_.arena; }
  const validate::Items& imports() const { return type().imports; }
  const validate::Items& exports() const { return type().exports; }
  /// REQUIRES: the import is an instance.
  const validate::Items& exports_of(std::uint32_t import) const {
    return arena().instance(imports()[import].type).exports;
  }

  /// Which import brings a type; null for one that none does.
  const Origin* origin(validate::TypeRef type) const;
  /// Types as text, resources by the interface and name that they were imported by: equal for two
  /// parts exactly when the types are.
  std::string text(validate::TypeRef value) const;
  std::string text(const validate::FuncType& func) const;

 private:
  const validate::ComponentType& type() const { return arena().component(typed_.type); }
  std::string resource_text(validate::ResourceId resource) const;

  const Part* part_ = nullptr;
  validate::TypedComponent typed_;
  validate::TypeRefMap<Origin> origins_;
  std::unordered_map<validate::ResourceId, validate::Path> resources_;
};

}  // namespace favo::compose
