#include "component/compose/wiring.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/format.h"
#include "component/compose/names.h"
#include "component/types/name.h"

namespace favo::compose {
namespace {

using validate::Entity;
using validate::Items;

std::vector<std::string> names_of(const Items& items) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < items.size(); ++i) names.emplace_back(items.name(i));
  return names;
}

class Wirer {
 public:
  Wirer(std::span<const TypedPart> parts, std::uint32_t index, const Options& options)
      : parts_(parts), part_(parts[index]), options_(options) {}

  Result<std::vector<Source>> run() {
    FAVO_TRY(check_links());
    std::vector<Source> sources;
    for (std::uint32_t i = 0; i < part_.imports().size(); ++i)
      sources.push_back(FAVO_TRY(source_of(i)));
    return sources;
  }

 private:
  /// A link that says nothing is a mistake.
  Result<void> check_links() const {
    const std::vector<std::string> imports = names_of(part_.imports());
    for (const auto& [key, target] : part_.part().links) {
      if (target == part_.name())
        return error(Code::InvalidArgument, "{}: {} is linked to itself", target, key);
      if (std::ranges::find(parts_, target, &TypedPart::name) == parts_.end())
        return error(Code::InvalidArgument, "{}: {} is linked to {}, which is no component; {}",
                     part_.name(), key, target, instead(target, part_names()));
      const bool used = std::ranges::any_of(
          imports, [&](const std::string& import) { return is_called(import, key); });
      if (!used)
        return error(Code::InvalidArgument, "{} imports no {}, so it cannot be linked to {}; {}",
                     part_.name(), key, target, instead(key, imports));
    }
    return {};
  }

  std::vector<std::string> part_names() const {
    std::vector<std::string> names;
    for (const TypedPart& part : parts_) names.push_back(part.name());
    return names;
  }

  Result<Source> source_of(std::uint32_t import) const {
    const std::string_view name = part_.imports().name(import);
    const std::string* target = nullptr;
    for (const auto& [key, part] : part_.part().links) {
      if (!is_called(name, key)) continue;
      if (target && *target != part)
        return error(Code::InvalidArgument, "{}: the import {} is linked to both {} and {}",
                     part_.name(), name, *target, part);
      target = &part;
    }
    if (target) return linked(name, *target);

    const Entity& entity = part_.imports()[import];
    if (entity.kind == Entity::Kind::Type && entity.type != entity.referenced)
      return Source{Source::Kind::Type};
    if (entity.kind == Entity::Kind::Instance && types::parse_interface_name(name) &&
        (options_.host(name) || holds_types_only(import)))
      return Source{Source::Kind::Host};
    return nobody(name);
  }

  Result<Source> linked(std::string_view import, const std::string& target) const {
    const auto provider = std::ranges::find(parts_, target, &TypedPart::name);
    const auto index = static_cast<std::uint32_t>(provider - parts_.begin());
    const Items& exports = provider->exports();
    std::optional<std::string_view> best;
    for (std::size_t i = 0; i < exports.size(); ++i) {
      const std::string_view name = exports.name(i);
      if (name == import) {
        best = name;
        break;
      }
      if (types::semver_track(name) != types::semver_track(import)) continue;
      if (!best || is_newer(name, *best)) best = name;
    }
    if (best) return Source{Source::Kind::Part, index, *best};
    return error(Code::InvalidArgument,
                 "{} cannot be linked to {} for {}, which it does not export; {}", part_.name(),
                 target, import, instead(import, names_of(exports)));
  }

  /// Such an interface asks the host for nothing.
  bool holds_types_only(std::uint32_t import) const {
    const Items& items = part_.exports_of(import);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool resource = items[i].type.kind == validate::TypeRef::Kind::Resource &&
                            items[i].type == items[i].referenced;
      if (items[i].kind != Entity::Kind::Type || resource) return false;
    }
    return true;
  }

  Error nobody(std::string_view import) const {
    std::vector<std::string> exported;
    for (const TypedPart& other : parts_) {
      if (&other == &part_) continue;
      for (std::string& name : names_of(other.exports())) {
        if (is_called(name, without_version(import)))
          return error(Code::NotFound,
                       "{}: nothing is linked to the import {}; {} exports {}: link = {{ {:?} = "
                       "{:?} }}",
                       part_.name(), import, other.name(), name, without_version(import),
                       other.name());
        exported.push_back(std::move(name));
      }
    }
    return error(
        Code::NotFound,
        "{}: nothing is linked to the import {}, and the host does not provide it; of what "
        "the other components export {}",
        part_.name(), import, instead(import, exported));
  }

  std::span<const TypedPart> parts_;
  const TypedPart& part_;
  const Options& options_;
};

}  // namespace

Result<std::vector<Source>> wire(std::span<const TypedPart> parts, std::uint32_t index,
                                 const Options& options) {
  return Wirer(parts, index, options).run();
}

}  // namespace favo::compose
