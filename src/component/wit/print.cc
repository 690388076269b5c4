#include "component/wit/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "component/types/name.h"
#include "component/validate/typed_component.h"

namespace favo::wit {

namespace {

using types::ExternName;
using validate::Entity;
using validate::Items;
using validate::TypeArena;
using validate::TypeRef;

/// `types` shares its parts, so a small component could mean a text without end.
constexpr std::size_t kMaxText = std::size_t{16} << 20;

/// WIT's keywords: as a name they are written `%from`.
constexpr std::array<std::string_view, 42> kKeywords = {
    "as",  "async",  "bool",   "borrow",  "char",   "constructor", "enum",    "export",    "f32",
    "f64", "flags",  "from",   "func",    "future", "import",      "include", "interface", "list",
    "map", "option", "own",    "package", "record", "resource",    "result",  "s16",       "s32",
    "s64", "s8",     "static", "stream",  "string", "tuple",       "type",    "u16",       "u32",
    "u64", "u8",     "use",    "variant", "with",   "world",
};
std::string id(std::string_view name) {
  const bool keyword = std::ranges::binary_search(kKeywords, name);
  return (keyword ? "%" : "") + std::string(name);
}

bool is_resource(const Entity& entity) {
  return entity.kind == Entity::Kind::Type && entity.type.kind == TypeRef::Kind::Resource;
}

/// An interface that was imported or exported under its own name.
struct Interface {
  types::InterfaceName name;
  const Items* items;
};

/// A named type: of which interface (empty: the world itself), and what it is called there.
struct TypeName {
  std::string_view interface, name;
};

class Printer {
 public:
  explicit Printer(const validate::TypedComponent& typed)
      : arena_(typed.arena), component_(typed.arena.component(typed.type)) {}

  std::string print(bool with_interfaces) {
    line("world root {{");
    collect(component_.imports);
    collect(component_.exports);
    ++depth_;
    side(component_.imports, "import");
    side(component_.exports, "export");
    --depth_;
    line("}}");
    if (with_interfaces) packages();
    return std::move(text_);
  }

 private:
  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    if (text_.size() > kMaxText) return;
    text_.append(2 * depth_, ' ');
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }

  /// Notes the interfaces on one side of the world, and what their types are called.
  void collect(const Items& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string_view name = items.name(i);
      if (items[i].kind == Entity::Kind::Instance) {
        const Items& exports = arena_.instance(items[i].type).exports;
        name_types(name, exports);
        const auto parsed = types::parse_interface_name(name);
        const bool known = std::ranges::any_of(interfaces_, [&](const Interface& interface) {
          return parsed && interface.name.package == parsed->package &&
                 interface.name.interface == parsed->interface &&
                 interface.name.version == parsed->version;
        });
        if (parsed && !known) interfaces_.push_back({*parsed, &exports});
      } else if (items[i].kind == Entity::Kind::Type) {
        name_type({"", name}, items[i]);
      }
    }
  }
  void name_types(std::string_view interface, const Items& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].kind == Entity::Kind::Type) name_type({interface, items.name(i)}, items[i]);
    }
  }
  void name_type(TypeName name, const Entity& entity) {
    names_.try_emplace(entity.type, name);
    if (is_resource(entity)) resources_.try_emplace(entity.type.index, name);
  }

  void side(const Items& items, std::string_view keyword) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string_view name = items.name(i);
      const Entity& item = items[i];
      switch (item.kind) {
        case Entity::Kind::Instance:
          if (types::parse_interface_name(name)) {
            line("{} {};", keyword, name);
          } else {
            line("{} {}: interface {{", keyword, id(name));
            interface(name, arena_.instance(item.type).exports);
            line("}}");
          }
          break;
        case Entity::Kind::Func:
          if (member_of(name).empty()) {
            line("{} {}: {};", keyword, id(name), func(arena_.func(item.type)));
          }
          break;
        case Entity::Kind::Type:
          type_definition("", items, i);
          break;
        case Entity::Kind::Value:
          line("// {} {}: value {}", keyword, name, type(item.type));
          break;
        case Entity::Kind::Module:
        case Entity::Kind::Component:
          line("// {} {}: {}", keyword, name, validate::describe(item.kind));
          break;
      }
    }
  }

  /// Packages in the order in which the world mentions them.
  void packages() {
    std::vector<bool> done(interfaces_.size());
    for (std::size_t i = 0; i < interfaces_.size(); ++i) {
      if (done[i]) continue;
      const types::InterfaceName& first = interfaces_[i].name;
      text_ += '\n';
      line("package {}{}{} {{", first.package, first.version.empty() ? "" : "@", first.version);
      ++depth_;
      for (std::size_t j = i; j < interfaces_.size(); ++j) {
        const types::InterfaceName& other = interfaces_[j].name;
        if (other.package != first.package || other.version != first.version) continue;
        if (j != i) text_ += '\n';
        line("interface {} {{", id(other.interface));
        // The name as the world has it, which is also where this interface's views come from.
        const std::string_view whole(
            other.package.data(),
            other.version.empty()
                ? static_cast<std::size_t>(other.interface.end() - other.package.begin())
                : static_cast<std::size_t>(other.version.end() - other.package.begin()));
        interface(whole, *interfaces_[j].items);
        line("}}");
        done[j] = true;
      }
      --depth_;
      line("}}");
    }
  }

  void interface(std::string_view name, const Items& items) {
    ++depth_;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].kind == Entity::Kind::Type) {
        type_definition(name, items, i);
      } else if (items[i].kind == Entity::Kind::Func) {
        if (member_of(items.name(i)).empty()) {
          line("{}: {};", id(items.name(i)), func(arena_.func(items[i].type)));
        }
      } else {
        line("// {}: {}", items.name(i), validate::describe(items[i].kind));
      }
    }
    --depth_;
  }

  /// The resource whose block holds the function `name`; empty when it is no member.
  static std::string_view member_of(std::string_view name) {
    const auto parsed = types::parse_extern_name(name);
    return parsed ? parsed->resource : std::string_view();
  }

  void type_definition(std::string_view interface, const Items& items, std::size_t position) {
    const std::string_view name = items.name(position);
    const Entity& entity = items[position];
    if (const auto it = names_.find(entity.referenced);
        it != names_.end() && entity.referenced != entity.type) {
      const TypeName& other = it->second;
      const std::string as =
          other.name == name ? id(name) : fmt::format("{} as {}", id(other.name), id(name));
      if (other.interface == interface) {
        line("type {} = {};", id(name), id(other.name));
      } else {
        line("use {}.{{{}}};", other.interface, as);
      }
    } else if (entity.type.kind == TypeRef::Kind::Resource) {
      resource(name, items);
    } else if (entity.type.kind == TypeRef::Kind::Value) {
      value_definition(name, entity.type);
    } else {
      line("// {}: {}", name, validate::describe(entity.type.kind));
    }
  }

  void resource(std::string_view name, const Items& items) {
    std::vector<std::pair<ExternName, const validate::FuncType*>> members;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto parsed = types::parse_extern_name(items.name(i));
      if (parsed && items[i].kind == Entity::Kind::Func && parsed->resource == name) {
        members.emplace_back(*parsed, &arena_.func(items[i].type));
      }
    }
    if (members.empty()) {
      line("resource {};", id(name));
      return;
    }
    line("resource {} {{", id(name));
    ++depth_;
    for (const auto& [member, function] : members) {
      switch (member.kind) {
        case ExternName::Kind::Constructor:
          line("constructor{};", constructor(*function));
          break;
        case ExternName::Kind::Static:
          line("{}: static {};", id(member.label), func(*function));
          break;
        default:
          line("{}: {};", id(member.label), func(*function, 1));
          break;
      }
    }
    --depth_;
    line("}}");
  }

  void value_definition(std::string_view name, TypeRef value) {
    const types::Type& node = arena_.node(value);
    const std::vector<TypeRef>& parts = arena_.value(value).parts;
    if (const auto* record = std::get_if<types::Record>(&node)) {
      line("record {} {{", id(name));
      for (std::size_t i = 0; i < parts.size(); ++i) {
        line("  {}: {},", id(record->fields[i].name), type(parts[i]));
      }
      line("}}");
    } else if (const auto* variant = std::get_if<types::Variant>(&node)) {
      line("variant {} {{", id(name));
      auto part = parts.begin();
      for (const types::Case& c : variant->cases) {
        if (c.type) {
          line("  {}({}),", id(c.name), type(*part++));
        } else {
          line("  {},", id(c.name));
        }
      }
      line("}}");
    } else if (const auto* flags = std::get_if<types::Flags>(&node)) {
      line("flags {} {{ {} }}", id(name), labels(flags->names));
    } else if (const auto* cases = std::get_if<types::Enum>(&node)) {
      line("enum {} {{ {} }}", id(name), labels(cases->names));
    } else {
      line("type {} = {};", id(name), structural(value));
    }
  }

  static std::string labels(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
      if (!text.empty()) text += ", ";
      text += id(name);
    }
    return text;
  }

  std::string params(const validate::FuncType& function, std::size_t skip) {
    std::string text = "(";
    for (std::size_t i = skip; i < function.params.size(); ++i) {
      if (i != skip) text += ", ";
      text += fmt::format("{}: {}", id(function.params[i].first), type(function.params[i].second));
    }
    return text + ')';
  }
  /// `skip`: leading parameters that the syntax implies, such as a method's `self`.
  std::string func(const validate::FuncType& function, std::size_t skip = 0) {
    std::string text = function.async ? "async func" : "func";
    text += params(function, skip);
    if (function.result) text += " -> " + type(*function.result);
    return text;
  }
  /// The resource itself goes without saying; a fallible constructor's result does not.
  std::string constructor(const validate::FuncType& function) {
    std::string text = params(function, 0);
    if (!std::holds_alternative<types::Own>(arena_.node(*function.result))) {
      text += " -> " + type(*function.result);
    }
    return text;
  }

  std::string type(TypeRef value) {
    if (value.kind == TypeRef::Kind::Resource) return resource_name(value);
    if (const auto it = names_.find(value); it != names_.end()) {
      return id(it->second.name);
    }
    return structural(value);
  }
  std::string resource_name(TypeRef resource) {
    if (const auto it = names_.find(resource); it != names_.end()) {
      return id(it->second.name);
    }
    const auto it = resources_.find(resource.index);
    return it == resources_.end() ? arena_.resource_text(resource.resource()) : id(it->second.name);
  }

  std::string generic(std::string_view name, const std::vector<TypeRef>& parts) {
    if (parts.empty()) return std::string(name);
    std::string text = fmt::format("{}<", name);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i != 0) text += ", ";
      text += type(parts[i]);
    }
    return text + '>';
  }

  std::string structural(TypeRef value) {
    const types::Type& node = arena_.node(value);
    const std::vector<TypeRef>& parts = arena_.value(value).parts;
    if (std::holds_alternative<types::Own>(node)) return resource_name(parts[0]);
    if (std::holds_alternative<types::Borrow>(node)) return generic("borrow", parts);
    if (std::holds_alternative<types::Tuple>(node)) return generic("tuple", parts);
    if (std::holds_alternative<types::Option>(node)) return generic("option", parts);
    if (std::holds_alternative<types::Stream>(node)) return generic("stream", parts);
    if (std::holds_alternative<types::Future>(node)) return generic("future", parts);
    if (std::holds_alternative<types::Map>(node)) return generic("map", parts);
    if (const auto* list = std::get_if<types::List>(&node)) {
      if (!list->length) return generic("list", parts);
      return fmt::format("list<{}, {}>", type(parts[0]), *list->length);
    }
    if (const auto* result = std::get_if<types::ResultOf>(&node)) {
      if (result->ok || !result->error) return generic("result", parts);
      return fmt::format("result<_, {}>", type(parts[0]));
    }
    // Primitives, and types that a valid component would have named.
    return arena_.text(value);
  }

  const TypeArena& arena_;
  const validate::ComponentType& component_;
  std::vector<Interface> interfaces_;
  validate::TypeRefMap<TypeName> names_;
  std::unordered_map<std::uint32_t, TypeName> resources_;  ///< by ResourceId
  std::string text_;
  std::size_t depth_ = 0;
};

}  // namespace

Result<std::string> print_world(const binary::Component& component, const PrintOptions& options) {
  const auto accept = [](Bytes) { return Result<void>(); };
  // Whether it may run is not the question here.
  const auto typed =
      FAVO_TRY(validate::type_component(component, validate::Features::all(), accept));
  return Printer(typed).print(options.interfaces);
}

}  // namespace favo::wit
