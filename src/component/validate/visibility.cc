#include "component/validate/visibility.h"

#include <algorithm>

namespace favo::validate {

namespace {

/// Walks types, looking up names in one set. The answers are `Result`s because walks are counted.
class Visibility {
 public:
  Visibility(TypeArena& arena, TypeRefSet& names, std::size_t offset)
      : arena_(arena), names_(names), offset_(offset) {}

  /// Whether a value type is named, or needs no name and is made of such.
  Result<bool> is_visible(TypeRef value) {
    const types::Type& node = arena_.node(value);
    const bool needs_name = std::holds_alternative<types::Record>(node) ||
                            std::holds_alternative<types::Variant>(node) ||
                            std::holds_alternative<types::Enum>(node) ||
                            std::holds_alternative<types::Flags>(node);
    if (needs_name) return names_.contains(value);
    return parts_are_visible(value);
  }

  /// One layer down: what a value type is made of.
  Result<bool> parts_are_visible(TypeRef value) {
    const std::vector<TypeRef>& parts = arena_.value(value).parts;
    FAVO_TRY(arena_.charge(offset_, 1 + parts.size()));
    for (TypeRef part : parts) {
      const bool visible =
          part.kind == TypeRef::Kind::Resource ? names_.contains(part) : FAVO_TRY(is_visible(part));
      if (!visible) return false;
    }
    return true;
  }

  Result<bool> func_is_visible(TypeRef type) {
    const FuncType& func = arena_.func(type);
    for (const auto& [name, param] : func.params) {
      if (!FAVO_TRY(is_visible(param))) return false;
    }
    if (func.result) return is_visible(*func.result);
    return true;
  }

  /// The types that an instance type exports are named within it, and only there.
  Result<bool> instance_is_visible(TypeRef type) {
    const Items& exports = arena_.instance(type).exports;
    std::vector<TypeRef> added;
    bool visible = true;
    for (std::size_t i = 0; i < exports.size() && visible; ++i) {
      FAVO_TRY(arena_.charge(offset_));
      const Entity& item = exports[i];
      switch (item.kind) {
        case Entity::Kind::Func:
          visible = FAVO_TRY(func_is_visible(item.type));
          break;
        case Entity::Kind::Value:
          visible = FAVO_TRY(is_visible(item.type));
          break;
        case Entity::Kind::Instance:
          visible = FAVO_TRY(instance_is_visible(item.type));
          break;
        case Entity::Kind::Type:
          visible = FAVO_TRY(type_is_visible(item.type));
          if (visible && names_.insert(item.type).second) added.push_back(item.type);
          break;
        case Entity::Kind::Module:
        case Entity::Kind::Component:
          break;
      }
    }
    for (TypeRef name : added) names_.erase(name);
    return visible;
  }

  /// What a type definition that is about to get a name refers to.
  Result<bool> type_is_visible(TypeRef type) {
    switch (type.kind) {
      case TypeRef::Kind::Value:
        return parts_are_visible(type);
      case TypeRef::Kind::Func:
        return func_is_visible(type);
      case TypeRef::Kind::Instance:
        return instance_is_visible(type);
      case TypeRef::Kind::Resource:
      case TypeRef::Kind::Component:
      case TypeRef::Kind::Module:
        return true;  // closed, or about to be named
    }
    std::unreachable();
  }

 private:
  TypeArena& arena_;
  TypeRefSet& names_;
  std::size_t offset_;
};

Result<bool> try_expose(Scope& scope, bool is_import, const Entity& entity, TypeArena& arena,
                        std::size_t offset) {
  Visibility visibility(arena, is_import ? scope.imported_types : scope.exported_types, offset);
  FAVO_TRY(arena.charge(offset));
  switch (entity.kind) {
    case Entity::Kind::Type:
      // Imports come first for whoever instantiates: they cannot use the names of exports.
      if (is_import && scope.exported_types.contains(entity.referenced) &&
          !scope.imported_types.contains(entity.referenced)) {
        return false;
      }
      if (!FAVO_TRY(visibility.type_is_visible(entity.referenced))) return false;
      if (is_import) scope.imported_types.insert(entity.type);
      scope.exported_types.insert(entity.type);
      return true;
    case Entity::Kind::Instance: {
      const Items exports = arena.instance(entity.type).exports;
      for (std::size_t i = 0; i < exports.size(); ++i) {
        if (!FAVO_TRY(try_expose(scope, is_import, exports[i], arena, offset))) return false;
      }
      return true;
    }
    case Entity::Kind::Func:
      return visibility.func_is_visible(entity.type);
    case Entity::Kind::Value:
      return visibility.is_visible(entity.type);
    case Entity::Kind::Module:
    case Entity::Kind::Component:
      return true;  // closed
  }
  std::unreachable();
}

Result<void> free_in_items(const Items& items, TypeArena& arena, std::size_t offset,
                           std::unordered_set<ResourceId>& resources) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    FAVO_TRY(free_resources(items[i].type, arena, offset, resources));
  }
  return {};
}

/// Depth-first over exports and the instances among them.
class ExportSearch {
 public:
  ExportSearch(const std::vector<ResourceId>& resources, TypeArena& arena, std::size_t offset)
      : missing_(resources.begin(), resources.end()), arena_(arena), offset_(offset) {}

  Result<void> search(const Items& exports) {
    for (std::size_t i = 0; i < exports.size() && !missing_.empty(); ++i) {
      FAVO_TRY(arena_.charge(offset_));
      const Entity& item = exports[i];
      path_.push_back(static_cast<std::uint32_t>(i));
      if (item.kind == Entity::Kind::Type && item.type.kind == TypeRef::Kind::Resource) {
        if (missing_.erase(item.type.resource())) found_.emplace(item.type.resource(), path_);
      } else if (item.kind == Entity::Kind::Instance && seen_.insert(item.type).second) {
        FAVO_TRY(search(arena_.instance(item.type).exports));
      }
      path_.pop_back();
    }
    return {};
  }
  std::unordered_map<ResourceId, Path> take() && { return std::move(found_); }

 private:
  std::unordered_set<ResourceId> missing_;
  TypeArena& arena_;
  std::size_t offset_;
  Path path_;
  TypeRefSet seen_;  // one type's resources are found on the first visit
  std::unordered_map<ResourceId, Path> found_;
};

}  // namespace

Result<void> expose(Scope& scope, bool is_import, const Entity& entity, TypeArena& arena,
                    std::size_t offset) {
  if (FAVO_TRY(try_expose(scope, is_import, entity, arena, offset))) return {};
  return fail(offset,
              "{} not valid to be used as {}: it refers to a type that no {} has given a name",
              describe(entity.kind), is_import ? "import" : "export",
              is_import ? "import" : "import or export");
}

Result<void> free_resources(TypeRef type, TypeArena& arena, std::size_t offset,
                            std::unordered_set<ResourceId>& resources) {
  FAVO_TRY(arena.charge(offset));
  switch (type.kind) {
    case TypeRef::Kind::Module:
      return {};
    case TypeRef::Kind::Resource:
      resources.insert(type.resource());
      return {};
    case TypeRef::Kind::Value:
      for (TypeRef part : arena.value(type).parts) {
        FAVO_TRY(free_resources(part, arena, offset, resources));
      }
      return {};
    case TypeRef::Kind::Func: {
      const FuncType& func = arena.func(type);
      for (const auto& [name, param] : func.params) {
        FAVO_TRY(free_resources(param, arena, offset, resources));
      }
      if (func.result) FAVO_TRY(free_resources(*func.result, arena, offset, resources));
      return {};
    }
    case TypeRef::Kind::Instance: {
      const InstanceType& instance = arena.instance(type);
      FAVO_TRY(free_in_items(instance.exports, arena, offset, resources));
      for (ResourceId bound : instance.defined) resources.erase(bound);
      return {};
    }
    case TypeRef::Kind::Component: {
      const ComponentType& component = arena.component(type);
      FAVO_TRY(free_in_items(component.imports, arena, offset, resources));
      FAVO_TRY(free_in_items(component.exports, arena, offset, resources));
      for (const auto& [bound, path] : component.imported) resources.erase(bound);
      for (const auto& [bound, path] : component.defined) resources.erase(bound);
      return {};
    }
  }
  std::unreachable();
}

Result<std::unordered_map<ResourceId, Path>> exported_at(const Items& exports,
                                                         const std::vector<ResourceId>& resources,
                                                         TypeArena& arena, std::size_t offset) {
  ExportSearch search(resources, arena, offset);
  FAVO_TRY(search.search(exports));
  return std::move(search).take();
}

}  // namespace favo::validate
