#include "component/compose/typed_part.h"

#include "base/format.h"
#include "component/binary/decode.h"
#include "component/compose/names.h"
#include "component/types/text.h"

namespace favo::compose {

Result<TypedPart> TypedPart::create(const Part& part, const Options& options) {
  TypedPart made;
  made.part_ = &part;
  auto component = binary::decode(part.bytes);
  if (!component) return std::move(component).error().within(part.name);
  auto typed = validate::type_component(*component, options.features, options.core);
  if (!typed) return std::move(typed).error().within(part.name);
  made.typed_ = std::move(*typed);

  const validate::Items& imports = made.imports();
  for (std::uint32_t i = 0; i < imports.size(); ++i) {
    if (imports[i].kind != validate::Entity::Kind::Instance) continue;
    const validate::Items& exports = made.exports_of(i);
    for (std::uint32_t j = 0; j < exports.size(); ++j) {
      if (exports[j].kind == validate::Entity::Kind::Type)
        made.origins_.try_emplace(exports[j].type, Origin{i, j});
    }
  }
  for (const auto& [resource, path] : made.type().imported)
    made.resources_.try_emplace(resource, path);
  return made;
}

const Origin* TypedPart::origin(validate::TypeRef type) const {
  const auto found = origins_.find(type);
  return found == origins_.end() ? nullptr : &found->second;
}

std::string TypedPart::resource_text(validate::ResourceId resource) const {
  const auto found = resources_.find(resource);
  if (found == resources_.end() || found->second.size() != 2)
    return format("{}'s {}", name(), arena().resource_text(resource));
  const validate::Path& path = found->second;
  return format("{}.{}", without_version(imports().name(path[0])),
                exports_of(path[0]).name(path[1]));
}

std::string TypedPart::text(validate::TypeRef value) const {
  if (value.kind == validate::TypeRef::Kind::Resource) return resource_text(value.resource());
  return types::text_of(arena().table(), arena().structure(value),
                        [this](validate::ResourceId id) { return resource_text(id); });
}

std::string TypedPart::text(const validate::FuncType& func) const {
  return types::text_of(arena().table(), arena().structure_of(func),
                        [this](validate::ResourceId id) { return resource_text(id); });
}

}  // namespace favo::compose
