#include "component/validate/subtyping.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "component/validate/module_types.h"
#include "component/validate/visibility.h"

namespace favo::validate {

Result<void> Subtyping::check(const Entity& actual, const Entity& expected) {
  FAVO_TRY(arena_.charge(offset_));
  if (actual.kind != expected.kind) {
    return fail(offset_, "expected {}, found {}", describe(expected.kind), describe(actual.kind));
  }
  switch (expected.kind) {
    case Entity::Kind::Module:
      return check_module_type(core_, modules_[actual.type.index], modules_[expected.type.index],
                               offset_);
    case Entity::Kind::Func:
      return check_func(actual.type, expected.type);
    case Entity::Kind::Value:
      return check_value(actual.type, expected.type);
    case Entity::Kind::Type:
      return check_type(actual.referenced, expected.referenced);
    case Entity::Kind::Instance:
      return check_instance(actual.type, expected.type);
    case Entity::Kind::Component:
      return check_component(actual.type, expected.type);
  }
  std::unreachable();
}

Result<void> Subtyping::check_value(TypeRef actual, TypeRef expected) {
  if (arena_.structure(actual) == arena_.structure(expected)) return {};
  return mismatch(arena_.text(expected), arena_.text(actual));
}

/// Equal texts mean that resources of one name differ.
Error Subtyping::mismatch(std::string_view expected, std::string_view actual) const {
  if (expected == actual) return fail(offset_, "resource types are not the same in {}", expected);
  return Error(Code::InvalidComponent, format("types differ at offset {:#x}\n{}", offset_,
                                              contrast("expected", expected, "found", actual)));
}

/// "missing export named `x`", and what there is instead.
Error Subtyping::missing(std::string_view what, std::string_view name, const Items& found) const {
  constexpr std::size_t max_listed = 12;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < found.size(); ++i) names.emplace_back(found.name(i));
  std::string instead;
  if (names.empty()) {
    instead = "there is none";
  } else if (const std::string_view meant = nearest(name, names); !meant.empty()) {
    instead = format("there is `{}`", meant);
  } else {
    instead = format("there is `{}`", names[0]);
    for (std::size_t i = 1; i < std::min(names.size(), max_listed); ++i) {
      instead += format(", `{}`", names[i]);
    }
    if (names.size() > max_listed) instead += format(" and {} more", names.size() - max_listed);
  }
  return fail(offset_, "missing {} `{}`; {}", what, name, instead);
}

Result<void> Subtyping::check_type(TypeRef actual, TypeRef expected) {
  if (actual.kind != expected.kind) {
    return fail(offset_, "expected {}, found {}", describe(expected.kind), describe(actual.kind));
  }
  switch (expected.kind) {
    case TypeRef::Kind::Resource:
      if (actual.index == expected.index) return {};
      return fail(offset_, "resource types are not the same");
    case TypeRef::Kind::Value:
      return check_value(actual, expected);
    case TypeRef::Kind::Func:
      return check_func(actual, expected);
    case TypeRef::Kind::Instance:
      return check_instance(actual, expected);
    case TypeRef::Kind::Component:
      return check_component(actual, expected);
    case TypeRef::Kind::Module:
      break;
  }
  std::unreachable();
}

Result<void> Subtyping::check_func(TypeRef actual_type, TypeRef expected_type) {
  if (actual_type.index == expected_type.index) return {};
  const FuncType& actual = arena_.func(actual_type);
  const FuncType& expected = arena_.func(expected_type);
  const auto mismatch = [&] { return this->mismatch(arena_.text(expected), arena_.text(actual)); };
  if (actual.async != expected.async || actual.params.size() != expected.params.size() ||
      actual.result.has_value() != expected.result.has_value()) {
    return mismatch();
  }
  for (std::size_t i = 0; i < expected.params.size(); ++i) {
    if (arena_.structure(actual.params[i].second) != arena_.structure(expected.params[i].second)) {
      return mismatch();
    }
    if (actual.params[i].first != expected.params[i].first) {
      return fail(offset_, "expected parameter named `{}`, found `{}`", expected.params[i].first,
                  actual.params[i].first);
    }
  }
  if (expected.result && arena_.structure(*actual.result) != arena_.structure(*expected.result)) {
    return mismatch();
  }
  return {};
}

Result<void> Subtyping::check_instance(TypeRef actual, TypeRef expected) {
  if (actual.index == expected.index) return {};
  // Copies: checking components inside may add types to the arena.
  const Items found = arena_.instance(actual).exports;
  const Items wanted = arena_.instance(expected).exports;
  return check_exports(found, wanted);
}

Result<void> Subtyping::check_ascription(const Entity& actual, const Entity& ascribed) {
  if (actual.kind != ascribed.kind) return check(actual, ascribed);
  if (ascribed.kind == Entity::Kind::Type) {
    const bool abstract = ascribed.type == ascribed.referenced;
    if (abstract && actual.referenced.kind == TypeRef::Kind::Resource) return {};
    return check(actual, ascribed);
  }
  if (ascribed.kind != Entity::Kind::Instance) return check(actual, ascribed);
  const InstanceType wanted = arena_.instance(ascribed.type);
  const Items found = arena_.instance(actual.type).exports;
  Substitution hidden;
  for (const auto& [resource, path] :
       FAVO_TRY(exported_at(wanted.exports, wanted.defined, arena_, offset_))) {
    if (const auto is = follow(found, wanted.exports, path))
      hidden.resources.emplace(resource, *is);
  }
  return check_exports(found, FAVO_TRY(arena_.substitute(wanted.exports, hidden, offset_)));
}

Result<void> Subtyping::check_exports(const Items& found, const Items& wanted) {
  FAVO_TRY(arena_.charge(offset_, found.size() + wanted.size()));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Entity* item = found.find(wanted.name(i));
    if (!item) return missing("expected export", wanted.name(i), found);
    auto checked = check(*item, wanted[i]);
    if (!checked) {
      return std::move(checked).error().within(
          format("type mismatch in instance export `{}`", wanted.name(i)));
    }
  }
  return {};
}

Result<void> Subtyping::check_component(TypeRef actual, TypeRef expected) {
  if (actual.index == expected.index) return {};
  // Whoever expects `expected` will supply its imports: they must do for `actual`, and what
  // `actual` then exports must do for the exports of `expected`.
  const Items offered = arena_.component(expected).imports;
  Substitution supplied = FAVO_TRY(supply(offered, actual, Side::Imports));
  supplied.types.clear();
  const Items exports = arena_.component(actual).exports;
  const Items given = FAVO_TRY(arena_.substitute(exports, supplied, offset_));
  FAVO_TRY(supply(given, expected, Side::Exports));
  return {};
}

std::optional<ResourceId> Subtyping::follow(const Items& supplied, const Items& wanted,
                                            const Path& path) const {
  const Items* names = &wanted;
  const Items* items = &supplied;
  const Entity* item = nullptr;
  for (std::size_t i = 0; i < path.size(); ++i) {
    item = items->find(names->name(path[i]));
    if (!item) return std::nullopt;
    if (i + 1 == path.size()) break;
    if (item->kind != Entity::Kind::Instance) return std::nullopt;
    names = &arena_.instance((*names)[path[i]].type).exports;
    items = &arena_.instance(item->type).exports;
  }
  if (!item || item->kind != Entity::Kind::Type || item->type.kind != TypeRef::Kind::Resource) {
    return std::nullopt;
  }
  return item->type.resource();
}

Result<void> Subtyping::rename(const Entity& actual, const Entity& expected,
                               TypeRefMap<TypeRef>& names) {
  FAVO_TRY(arena_.charge(offset_));
  if (expected.kind == Entity::Kind::Type) {
    names.emplace(expected.type, actual.type);
  } else if (expected.kind == Entity::Kind::Instance) {
    const Items& found = arena_.instance(actual.type).exports;
    const Items& wanted = arena_.instance(expected.type).exports;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (const Entity* item = found.find(wanted.name(i))) {
        FAVO_TRY(rename(*item, wanted[i], names));
      }
    }
  }
  return {};
}

Result<Substitution> Subtyping::supply(const Items& supplied, TypeRef component, Side side) {
  const bool imports = side == Side::Imports;
  const ComponentType& type = arena_.component(component);
  const Items wanted = imports ? type.imports : type.exports;
  FAVO_TRY(arena_.charge(offset_, supplied.size() + wanted.size()));

  // First who stands for each resource; where nobody does, the check below says so.
  Substitution result;
  for (const auto& [resource, path] : imports ? type.imported : type.defined) {
    if (const auto found = follow(supplied, wanted, path)) {
      result.resources.emplace(resource, *found);
    }
  }

  Substitution checking = result;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string_view kind = imports ? "import" : "export";
    const Entity* item = supplied.find(wanted.name(i));
    if (!item) return missing(format("{} named", kind), wanted.name(i), supplied);
    const Entity expected = FAVO_TRY(arena_.substitute(wanted[i], checking, offset_));
    auto checked = check(*item, expected);
    if (!checked) {
      return std::move(checked).error().within(
          format("type mismatch for {} `{}`", kind, wanted.name(i)));
    }
    FAVO_TRY(rename(*item, wanted[i], result.types));
  }
  return result;
}

}  // namespace favo::validate
