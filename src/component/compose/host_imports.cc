#include "component/compose/host_imports.h"

#include "base/format.h"
#include "base/text.h"
#include "component/compose/names.h"
#include "component/types/name.h"

namespace favo::compose {
namespace {

using validate::Entity;
using validate::TypeRef;

/// Interfaces that use types of one another, in a row.
constexpr std::uint32_t kMaxDepth = 100;

/// What two parts must mean by the same name.
std::string text_of(const TypedPart& part, const Entity& entity) {
  if (entity.kind == Entity::Kind::Func) return part.text(part.arena().func(entity.type));
  if (entity.type == entity.referenced) return "resource";
  return part.text(entity.referenced);
}

bool can_be_imported(const Entity& entity) {
  if (entity.kind == Entity::Kind::Func) return true;
  return entity.kind == Entity::Kind::Type &&
         (entity.type.kind == TypeRef::Kind::Resource || entity.type.kind == TypeRef::Kind::Value);
}

}  // namespace

void HostImports::add(const Member& member) {
  for (std::uint32_t i = 0; i < member.sources.size(); ++i) {
    if (member.sources[i].kind != Source::Kind::Host) continue;
    const std::string_view name = member.part->imports().name(i);
    const auto [entry, is_new] = by_track_.try_emplace(types::semver_track(name));
    Interface& interface = entry->second;
    if (is_new) in_order_.push_back(&interface);
    if (is_new || is_newer(name, interface.name)) interface.name = name;
    interface.users.push_back({&member, i});
  }
}

Result<void> HostImports::write() {
  for (Interface* interface : in_order_) {
    if (interface->state == Interface::State::New) FAVO_TRY(write(*interface));
  }
  return {};
}

Result<void> HostImports::write(Interface& interface) {
  if (++depth_ > kMaxDepth)
    return error(Code::LimitExceeded, "interfaces use one another's types more than {} deep",
                 kMaxDepth);
  interface.state = Interface::State::Writing;
  InstanceTypeWriter type;
  Declarations declared;
  for (const User& user : interface.users) FAVO_TRY(declare(interface, user, type, declared));
  const TypeIndex index = writer_.define(std::move(type).finish());
  interface.instance = writer_.import_instance(interface.name, index);
  interface.state = Interface::State::Written;
  --depth_;
  return {};
}

Result<void> HostImports::declare(Interface& interface, const User& user, InstanceTypeWriter& type,
                                  Declarations& declared) {
  const TypedPart& part = *user.member->part;
  TypeEncoder encoder(
      part, type, [this, &user](const Origin& origin) { return imported(*user.member, origin); });
  const validate::Items& exports = part.exports_of(user.import);
  for (std::size_t i = 0; i < exports.size(); ++i) {
    const std::string_view name = exports.name(i);
    const Entity& entity = exports[i];
    if (!can_be_imported(entity))
      return error(Code::Unsupported, "{}: {} of {} is a {}, which cannot be left to the host",
                   part.name(), name, interface.name, validate::describe(entity.kind));
    const auto [entry, is_new] =
        declared.try_emplace(name, Declared{entity.kind, text_of(part, entity), part.name(), {}});
    Declared& is = entry->second;
    if (!is_new) {
      const std::string text = text_of(part, entity);
      if (is.kind != entity.kind || is.text != text)
        return error(Code::InvalidComponent, "{} and {} mean different things by {} of {}\n{}",
                     is.part, part.name(), name, interface.name,
                     contrast(is.part, is.text, part.name(), text));
    } else if (entity.kind == Entity::Kind::Func) {
      const TypeIndex func = FAVO_TRY(encoder.func(entity.type));
      type.export_func(name, func);
    } else if (entity.type == entity.referenced) {
      is.index = type.export_resource(name);
    } else {
      const TypeIndex equal_to = FAVO_TRY(encoder.index(entity.referenced));
      is.index = type.export_type(name, equal_to);
    }
    if (entity.kind == Entity::Kind::Type) encoder.know(entity.type, is.index);
  }
  return {};
}

Result<std::optional<TypeIndex>> HostImports::imported(const Member& member, const Origin& origin) {
  if (member.sources[origin.import].kind != Source::Kind::Host) return std::optional<TypeIndex>();
  const TypedPart& part = *member.part;
  Interface& interface =
      by_track_.find(types::semver_track(part.imports().name(origin.import)))->second;
  if (interface.state == Interface::State::New) FAVO_TRY(write(interface));
  if (interface.state == Interface::State::Writing) {
    return error(Code::InvalidComponent,
                 "{}: interfaces use one another's types in a circle, with {}", part.name(),
                 interface.name);
  }
  const std::string_view name = part.exports_of(origin.import).name(origin.name);
  const auto known = interface.aliases.find(name);
  if (known != interface.aliases.end()) return std::optional(known->second);
  const SortIndex alias = writer_.alias(interface.instance, binary::Sort::Type, name);
  const TypeIndex index(std::size_t{alias.index});
  interface.aliases.emplace(name, index);
  return std::optional(index);
}

InstanceIndex HostImports::instance(std::string_view import) const {
  return by_track_.find(types::semver_track(import))->second.instance;
}

TypeEncoder HostImports::encoder(const Member& member) {
  return TypeEncoder(*member.part, writer_,
                     [this, &member](const Origin& origin) { return imported(member, origin); });
}

}  // namespace favo::compose
