#include "component/compose/compose.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/format.h"
#include "component/binary/decode.h"
#include "component/compose/host_imports.h"
#include "component/compose/names.h"
#include "component/compose/wiring.h"
#include "component/compose/writer.h"

namespace favo::compose {
namespace {

using binary::Sort;
using validate::Entity;

constexpr std::size_t kMaxParts = 256;
/// Parts that are not shared multiply.
constexpr std::size_t kMaxInstances = 1'000;

Sort sort_of(Entity::Kind kind) {
  switch (kind) {
    case Entity::Kind::Module:
      return Sort::CoreModule;
    case Entity::Kind::Func:
      return Sort::Func;
    case Entity::Kind::Value:
      return Sort::Value;
    case Entity::Kind::Type:
      return Sort::Type;
    case Entity::Kind::Instance:
      return Sort::Instance;
    case Entity::Kind::Component:
      return Sort::Component;
  }
  std::unreachable();
}

/// Writes one composition.
class Composer {
 public:
  Composer(std::span<const TypedPart> parts, const Options& options)
      : parts_(parts), options_(options), members_(parts.size()) {}

  Result<std::vector<std::uint8_t>> run(std::uint32_t root) {
    FAVO_TRY(enter(root));
    for (const std::uint32_t part : order_) host_.add(*members_[part]);
    FAVO_TRY(host_.write());
    for (const std::uint32_t part : order_) {
      const Part& definition = parts_[part].part();
      components_[part] = writer_.component(definition.bytes, definition.name);
    }
    const InstanceIndex instance = FAVO_TRY(instantiate(root));
    const validate::Items& exports = parts_[root].exports();
    for (std::size_t i = 0; i < exports.size(); ++i) {
      const Sort sort = sort_of(exports[i].kind);
      writer_.export_item(exports.name(i), alias(instance, sort, exports.name(i)));
    }
    return std::move(writer_).finish();
  }

 private:
  /// Wires a part and those behind it; `order_` then has it after them.
  Result<void> enter(std::uint32_t part) {
    if (const auto again = std::ranges::find(path_, part); again != path_.end()) {
      std::string circle;
      for (auto it = again; it != path_.end(); ++it) circle += parts_[*it].name() + " → ";
      return error(Code::InvalidArgument, "components are linked in a circle: {}{}", circle,
                   parts_[part].name());
    }
    if (members_[part]) return {};
    path_.push_back(part);
    std::vector<Source> sources = FAVO_TRY(wire(parts_, part, options_));
    for (const Source& source : sources) {
      if (source.kind == Source::Kind::Part) FAVO_TRY(enter(source.part));
    }
    path_.pop_back();
    members_[part] = Member{&parts_[part], std::move(sources)};
    order_.push_back(part);
    return {};
  }

  /// The instance of a part that one more of its users gets.
  Result<InstanceIndex> instance_of(std::uint32_t part) {
    if (parts_[part].part().separate) return instantiate(part);
    if (const auto made = shared_.find(part); made != shared_.end()) return made->second;
    const InstanceIndex instance = FAVO_TRY(instantiate(part));
    shared_.emplace(part, instance);
    return instance;
  }

  Result<InstanceIndex> instantiate(std::uint32_t part) {
    if (++instances_ > kMaxInstances)
      return error(Code::LimitExceeded, "the composition has more than {} instances",
                   kMaxInstances);
    const Member& member = *members_[part];
    const validate::Items& imports = member.part->imports();
    TypeEncoder types = host_.encoder(member);
    std::map<std::uint32_t, InstanceIndex> providers;  // of this instance
    std::vector<Arg> args;
    for (std::uint32_t i = 0; i < imports.size(); ++i) {
      const Source& source = member.sources[i];
      Arg arg{std::string(imports.name(i)), {}};
      if (source.kind == Source::Kind::Host) {
        arg.item = {Sort::Instance, host_.instance(imports.name(i)).value};
      } else if (source.kind == Source::Kind::Type) {
        const TypeIndex type = FAVO_TRY(types.index(imports[i].referenced));
        arg.item = {Sort::Type, type.value};
      } else {
        auto provider = providers.find(source.part);
        if (provider == providers.end()) {
          const InstanceIndex made = FAVO_TRY(instance_of(source.part));
          provider = providers.emplace(source.part, made).first;
        }
        arg.item = alias(provider->second, sort_of(imports[i].kind), source.name);
      }
      args.push_back(std::move(arg));
    }
    std::string name = member.part->name();
    if (const std::uint32_t count = ++named_[part]; count > 1) name += format("@{}", count);
    return writer_.instantiate(components_.at(part), args, name);
  }

  SortIndex alias(InstanceIndex instance, Sort sort, std::string_view name) {
    const auto [entry, is_new] = aliases_.try_emplace({instance.value, sort, std::string(name)});
    if (is_new) entry->second = writer_.alias(instance, sort, name);
    return entry->second;
  }

  std::span<const TypedPart> parts_;
  const Options& options_;
  std::vector<std::optional<Member>> members_;  ///< by part; those that take part
  std::vector<std::uint32_t> order_, path_;
  ComponentWriter writer_;
  HostImports host_{writer_};
  std::map<std::uint32_t, ComponentIndex> components_;
  std::map<std::uint32_t, InstanceIndex> shared_;
  std::map<std::uint32_t, std::uint32_t> named_;
  std::map<std::tuple<std::uint32_t, Sort, std::string>, SortIndex> aliases_;
  std::size_t instances_ = 0;
};

/// Whether the types on both sides of a link agree is the validator's judgement, in its words.
Result<void> check(Bytes composed, const Options& options) {
  const auto accept = [](Bytes) -> Result<void> { return {}; };  // each part's code was judged
  const binary::Component component = FAVO_TRY(binary::decode(composed));
  auto valid = validate::validate(component, options.features, accept);
  if (!valid) return std::move(valid).error().within("the components do not fit together");
  return {};
}

Result<std::vector<TypedPart>> type_all(std::span<const Part> parts, const Options& options) {
  if (parts.size() > kMaxParts)
    return error(Code::LimitExceeded, "more than {} components", kMaxParts);
  std::vector<TypedPart> typed;
  for (const Part& part : parts) {
    if (!is_part_name(part.name))
      return error(Code::InvalidArgument,
                   "{:?} cannot name a component: expected up to 40 letters, digits, - and _",
                   part.name);
    if (std::ranges::find(typed, part.name, &TypedPart::name) != typed.end())
      return error(Code::InvalidArgument, "two components are called {}", part.name);
    typed.push_back(FAVO_TRY(TypedPart::create(part, options)));
  }
  return typed;
}

}  // namespace

Result<std::vector<std::vector<std::uint8_t>>> compose(std::span<const Part> parts,
                                                       std::span<const std::string> roots,
                                                       const Options& options) {
  const std::vector<TypedPart> typed = FAVO_TRY(type_all(parts, options));
  std::vector<std::vector<std::uint8_t>> composed;
  for (const std::string& root : roots) {
    const auto found = std::ranges::find(typed, root, &TypedPart::name);
    if (found == typed.end()) return error(Code::InvalidArgument, "there is no component {}", root);
    const auto index = static_cast<std::uint32_t>(found - typed.begin());
    composed.push_back(FAVO_TRY(Composer(typed, options).run(index)));
    FAVO_TRY(check(composed.back(), options));
  }
  return composed;
}

}  // namespace favo::compose
