#include "component/validate/type_arena.h"

#include <algorithm>

#include "base/bytes.h"
#include "component/types/text.h"

namespace favo::validate {

namespace {

/// Two hundred times what a Python component needs; hostile ones reach it in a tenth of a second,
/// with some tens of megabytes.
constexpr std::uint64_t kMaxWork = 4'000'000;
/// What a new type counts, beside each of its parts: it takes memory, not only time.
constexpr std::uint64_t kWorkOfType = 16;

}  // namespace

Error fail_text(std::size_t offset, std::string_view what) {
  return ByteReader::fail_at(offset, what);
}

std::string_view describe(TypeRef::Kind kind) {
  switch (kind) {
    case TypeRef::Kind::Resource:
      return "resource";
    case TypeRef::Kind::Value:
      return "defined type";
    case TypeRef::Kind::Func:
      return "func type";
    case TypeRef::Kind::Instance:
      return "instance type";
    case TypeRef::Kind::Component:
      return "component type";
    case TypeRef::Kind::Module:
      return "core module type";
  }
  std::unreachable();
}

std::string_view describe(Entity::Kind kind) {
  switch (kind) {
    case Entity::Kind::Module:
      return "core module";
    case Entity::Kind::Func:
      return "func";
    case Entity::Kind::Value:
      return "value";
    case Entity::Kind::Type:
      return "type";
    case Entity::Kind::Instance:
      return "instance";
    case Entity::Kind::Component:
      return "component";
  }
  std::unreachable();
}

const Entity* Items::find(std::string_view name) const {
  const auto it = keys_->index.find(name);
  return it == keys_->index.end() ? nullptr : &entities_[it->second];
}

bool Items::insert(std::string_view name, const Entity& entity) {
  const auto position = static_cast<std::uint32_t>(entities_.size());
  if (!keys_->index.try_emplace(name, position).second) return false;
  keys_->names.push_back(name);
  entities_.push_back(entity);
  return true;
}

TypeArena::TypeArena() {
  for (std::size_t i = 0; i < table_.size(); ++i) values_.push_back({{TypeId(i), {}}, {}});
}

TypeArena::Extent TypeArena::extent(TypeRef type) const {
  switch (type.kind) {
    case TypeRef::Kind::Value:
      return values_[type.index].extent;
    case TypeRef::Kind::Func:
      return funcs_[type.index].extent;
    case TypeRef::Kind::Instance:
      return instances_[type.index].extent;
    case TypeRef::Kind::Component:
      return components_[type.index].extent;
    case TypeRef::Kind::Resource:
    case TypeRef::Kind::Module:
      return {};
  }
  std::unreachable();
}

std::uint32_t TypeArena::size(TypeRef type) const { return extent(type).size; }

Result<void> TypeArena::charge(std::size_t offset, std::uint64_t work) {
  work_ += work;
  if (work_ <= kMaxWork) return {};
  return fail(offset, "the component's types are too complex to validate");
}

Result<TypeArena::Extent> TypeArena::enclose(const std::vector<TypeRef>& parts,
                                             std::uint32_t max_depth, std::size_t offset) {
  FAVO_TRY(charge(offset, kWorkOfType + parts.size()));
  std::uint64_t size = 1;
  std::uint32_t depth = 1;
  for (TypeRef part : parts) {
    const Extent inner = extent(part);
    size += inner.size;
    depth = std::max(depth, inner.depth + 1);
  }
  if (size >= kMaxTypeSize) {
    return fail(offset, "effective type size exceeds the limit of {}", kMaxTypeSize);
  }
  if (depth > max_depth) return fail(offset, "types are nested deeper than {}", max_depth);
  return Extent{static_cast<std::uint32_t>(size), depth};
}

Result<TypeRef> TypeArena::add(types::Type structure, std::vector<TypeRef> parts,
                               std::size_t offset) {
  const Extent extent = FAVO_TRY(enclose(parts, kMaxValueDepth, offset));
  const TypeId id = table_.intern(std::move(structure));
  values_.push_back({{id, std::move(parts)}, extent});
  return TypeRef{TypeRef::Kind::Value, static_cast<std::uint32_t>(values_.size() - 1)};
}

Result<TypeRef> TypeArena::add(FuncType type, std::size_t offset) {
  std::vector<TypeRef> parts;
  for (const auto& [name, param] : type.params) parts.push_back(param);
  if (type.result) parts.push_back(*type.result);
  const Extent extent = FAVO_TRY(enclose(parts, kMaxDepth, offset));
  funcs_.push_back({std::move(type), extent});
  return TypeRef{TypeRef::Kind::Func, static_cast<std::uint32_t>(funcs_.size() - 1)};
}

namespace {

void append_types(const Items& items, std::vector<TypeRef>& parts) {
  for (std::size_t i = 0; i < items.size(); ++i) parts.push_back(items[i].type);
}

}  // namespace

Result<TypeRef> TypeArena::add(InstanceType type, std::size_t offset) {
  std::vector<TypeRef> parts;
  append_types(type.exports, parts);
  const Extent extent = FAVO_TRY(enclose(parts, kMaxDepth, offset));
  instances_.push_back({std::move(type), extent});
  return TypeRef{TypeRef::Kind::Instance, static_cast<std::uint32_t>(instances_.size() - 1)};
}

Result<TypeRef> TypeArena::add(ComponentType type, std::size_t offset) {
  std::vector<TypeRef> parts;
  append_types(type.imports, parts);
  append_types(type.exports, parts);
  const Extent extent = FAVO_TRY(enclose(parts, kMaxDepth, offset));
  components_.push_back({std::move(type), extent});
  return TypeRef{TypeRef::Kind::Component, static_cast<std::uint32_t>(components_.size() - 1)};
}

types::FuncType TypeArena::structure_of(const FuncType& func) const {
  types::FuncType structure;
  structure.async = func.async;
  for (const auto& [name, type] : func.params) {
    structure.params.push_back({std::string(name), this->structure(type)});
  }
  if (func.result) structure.result = this->structure(*func.result);
  return structure;
}

std::string TypeArena::resource_text(ResourceId resource) const {
  const std::string_view name = resource_names_[resource.value];
  return name.empty() ? fmt::format("resource #{}", resource.value) : std::string(name);
}

std::string TypeArena::text(const FuncType& func) const {
  return types::text_of(table_, structure_of(func),
                        [this](ResourceId resource) { return resource_text(resource); });
}

std::string TypeArena::text(TypeRef value) const {
  return types::text_of(table_, structure(value),
                        [this](ResourceId resource) { return resource_text(resource); });
}

}  // namespace favo::validate
