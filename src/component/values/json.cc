#include "component/values/json.h"

#include <bit>
#include <cmath>
#include <optional>

#include "base/format.h"
#include "component/values/shape.h"
#include "component/values/wave_scanner.h"

namespace favo::values {
namespace {

using types::Primitive;
using types::TypeId;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

template <typename T>
std::string number(T value) {
  if (std::isnan(value)) return "\"nan\"";
  if (std::isinf(value)) return value < 0 ? "\"-inf\"" : "\"inf\"";
  return format("{}", value);
}

class JsonPrinter {
 public:
  explicit JsonPrinter(const types::TypeTable& types) : types_(types) {}

  std::string print(const Value& value, TypeId type) const {
    return std::visit(
        Overloaded{
            [&](Primitive t) { return primitive(value, t); },
            [&](const types::Record& t) {
              const Value::Parts& parts = std::get<Value::Parts>(value.data);
              std::string out;
              for (std::size_t i = 0; i < parts.size(); ++i)
                out += format("{}{}: {}", i ? ", " : "", quoted(t.fields[i].name),
                              print(parts[i], t.fields[i].type));
              return "{" + out + "}";
            },
            [&](const types::Tuple& t) {
              return array(value, [&](std::size_t i) { return t.types[i]; });
            },
            [&](const types::List& t) {
              return array(value, [&](std::size_t) { return t.element; });
            },
            [&](const types::Map& t) {
              std::string out;
              for (const Value& entry : std::get<Value::Parts>(value.data))
                out +=
                    format("{}{}", out.empty() ? "" : ", ",
                           array(entry, [&](std::size_t i) { return i == 0 ? t.key : t.value; }));
              return "[" + out + "]";
            },
            [&](const types::Flags& t) {
              std::string out;
              for (std::size_t i = 0; i < t.names.size(); ++i)
                if (std::get<std::uint64_t>(value.data) >> i & 1)
                  out += format("{}{}", out.empty() ? "" : ", ", quoted(t.names[i]));
              return "[" + out + "]";
            },
            [&](const types::Enum& t) { return quoted(t.names[case_of(value).index]); },
            [&](const types::Variant& t) {
              const types::Case& chosen = t.cases[case_of(value).index];
              const std::string name = quoted(chosen.name);
              if (!chosen.type) return format("{{\"case\": {}}}", name);
              return format("{{\"case\": {}, \"value\": {}}}", name, payload(value, chosen.type));
            },
            [&](const types::Option& t) -> std::string {
              if (case_of(value).index == 0) return "null";
              return format("{{\"some\": {}}}", payload(value, t.type));
            },
            [&](const types::ResultOf& t) {
              const bool failed = case_of(value).index == 1;
              return format("{{\"{}\": {}}}", failed ? "err" : "ok",
                            payload(value, failed ? t.error : t.ok));
            },
            [&](const auto&) -> std::string { return "null"; },
        },
        types_.get(type));
  }

 private:
  static const Case& case_of(const Value& value) { return std::get<Case>(value.data); }

  std::string payload(const Value& value, const std::optional<TypeId>& type) const {
    return type ? print(case_of(value).payload[0], *type) : "null";
  }

  template <typename TypeAt>
  std::string array(const Value& value, TypeAt type_at) const {
    const Value::Parts& parts = std::get<Value::Parts>(value.data);
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i) out += ", ";
      out += print(parts[i], type_at(i));
    }
    return "[" + out + "]";
  }

  static std::string primitive(const Value& value, Primitive type) {
    if (type == Primitive::String) return quoted(std::get<std::string>(value.data));
    const std::uint64_t bits = std::get<std::uint64_t>(value.data);
    switch (type) {
      case Primitive::Bool:
        return bits ? "true" : "false";
      case Primitive::F32:
        return number(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
      case Primitive::F64:
        return number(std::bit_cast<double>(bits));
      case Primitive::Char: {
        std::string text;
        append_code_point(text, static_cast<char32_t>(bits));
        return quoted(text);
      }
      case Primitive::S8:
      case Primitive::S16:
      case Primitive::S32:
      case Primitive::S64:
        return format("{}", static_cast<std::int64_t>(bits));
      default:
        return format("{}", bits);
    }
  }

  const types::TypeTable& types_;
};

}  // namespace

std::string to_json(const Value& value, const types::TypeTable& types, TypeId type) {
  return JsonPrinter(types).print(value, type);
}

}  // namespace favo::values
