#include "wast/value_json.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/format.h"
#include "component/types/text.h"

namespace favo::wast {
namespace {

using Json = nlohmann::json;
using types::Primitive;
using types::TypeId;
using values::Case;
using values::Value;

Error wrong(std::string_view expected, const Json& found) {
  std::string text = found.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 80) + "…";
  return error(Code::InvalidArgument, "expected {}, found {}", expected, text);
}

/// Leads from a type to the values it has. Types are not deep, so neither is the recursion.
class Reader {
 public:
  explicit Reader(const types::TypeTable& table) : table_(table) {}

  /// `{"type": …, "value": …}`
  Result<Value> read(const Json& json, TypeId type) {
    return std::visit([&](const auto& t) { return read_as(json, t); }, table_.get(type));
  }

 private:
  /// The `value` of an object whose `type` is that word.
  static Result<const Json*> payload(const Json& json, std::string_view type) {
    const auto word = json.is_object() ? json.find("type") : json.end();
    if (!json.is_object() || word == json.end() || *word != type)
      return wrong(format("a value of type {}", type), json);
    const auto value = json.find("value");
    static const Json null;
    return value == json.end() ? &null : &*value;
  }

  template <typename T>
  static Result<std::uint64_t> number(const Json& json) {
    T parsed{};
    if (json.is_string()) {
      const auto& text = json.get_ref<const std::string&>();
      const char* end = text.data() + text.size();
      const auto [stop, failure] = std::from_chars(text.data(), end, parsed);
      // Sign-extends what is signed.
      if (failure == std::errc() && stop == end && !text.empty())
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(parsed));
    }
    return wrong("a number of its type in a string", json);
  }

  /// Bit patterns, or one of the kinds of NaN, which are all the same here.
  template <typename Bits>
  static Result<Value> floating(const Json& json, std::uint64_t nan) {
    if (json.is_string() && json.get_ref<const std::string&>().starts_with("nan:"))
      return Value{nan};
    const auto bits = static_cast<Bits>(FAVO_TRY(number<Bits>(json)));
    if constexpr (sizeof(Bits) == 4)
      return Value{values::canonicalize_nan32(bits)};
    else
      return Value{values::canonicalize_nan64(bits)};
  }

  static Result<Value> character(const Json& json) {
    if (json.is_string()) {
      const auto& text = json.get_ref<const std::string&>();
      std::uint32_t code = 0;
      std::size_t count = 0;
      for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if ((byte & 0xc0) == 0x80) {
          code = (code << 6) | (byte & 0x3f);
        } else {
          code = byte < 0x80   ? byte
                 : byte < 0xe0 ? byte & 0x1f
                 : byte < 0xf0 ? byte & 0xf
                               : byte & 7;
          ++count;
        }
      }
      if (count == 1) return Value{std::uint64_t{code}};
    }
    return wrong("one character in a string", json);
  }

  Result<Value> read_as(const Json& json, Primitive type) {
    const std::string word =
        types::text_of(table_, types::id_of(type), [](types::ResourceId) { return std::string(); });
    const Json& value = *FAVO_TRY(payload(json, word));
    switch (type) {
      case Primitive::Bool:
        if (!value.is_boolean()) return wrong("true or false", value);
        return Value{std::uint64_t{value.get<bool>()}};
      case Primitive::S8:
        return Value{FAVO_TRY(number<std::int8_t>(value))};
      case Primitive::U8:
        return Value{FAVO_TRY(number<std::uint8_t>(value))};
      case Primitive::S16:
        return Value{FAVO_TRY(number<std::int16_t>(value))};
      case Primitive::U16:
        return Value{FAVO_TRY(number<std::uint16_t>(value))};
      case Primitive::S32:
        return Value{FAVO_TRY(number<std::int32_t>(value))};
      case Primitive::U32:
        return Value{FAVO_TRY(number<std::uint32_t>(value))};
      case Primitive::S64:
        return Value{FAVO_TRY(number<std::int64_t>(value))};
      case Primitive::U64:
        return Value{FAVO_TRY(number<std::uint64_t>(value))};
      case Primitive::F32:
        return floating<std::uint32_t>(value, values::kNan32);
      case Primitive::F64:
        return floating<std::uint64_t>(value, values::kNan64);
      case Primitive::Char:
        return character(value);
      case Primitive::String:
        if (!value.is_string()) return wrong("a string", value);
        return Value{value.get<std::string>()};
      case Primitive::ErrorContext:
        break;
    }
    return wrong("a value that can be written", json);
  }

  /// As many elements as there are types.
  Result<Value> members(const Json& array, const std::vector<TypeId>& types) {
    if (!array.is_array() || array.size() != types.size())
      return wrong(format("an array of {}", types.size()), array);
    Value::Parts parts;
    for (std::size_t i = 0; i < types.size(); ++i)
      parts.push_back(FAVO_TRY(read(array[i], types[i])));
    return Value{std::move(parts)};
  }

  Result<Value> read_as(const Json& json, const types::Record& record) {
    const Json& fields = *FAVO_TRY(payload(json, "record"));
    if (!fields.is_array() || fields.size() != record.fields.size())
      return wrong(format("an array of {} fields", record.fields.size()), fields);
    Value::Parts parts;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const Json& field = fields[i];
      if (!field.is_array() || field.size() != 2 || field[0] != record.fields[i].name)
        return wrong(format("[{:?}, value]", record.fields[i].name), field);
      parts.push_back(FAVO_TRY(read(field[1], record.fields[i].type)));
    }
    return Value{std::move(parts)};
  }

  Result<Value> read_as(const Json& json, const types::Tuple& tuple) {
    return members(*FAVO_TRY(payload(json, "tuple")), tuple.types);
  }

  Result<Value> read_as(const Json& json, const types::List& list) {
    // A list of fixed length goes by either name.
    const bool fixed = list.length && json.is_object() && json.value("type", "") != "list";
    const Json& array = *FAVO_TRY(payload(json, fixed ? "fixed-length-list" : "list"));
    if (!array.is_array() || (list.length && array.size() != *list.length))
      return wrong(list.length ? format("an array of {}", *list.length) : "an array", array);
    Value::Parts parts;
    for (const Json& element : array) parts.push_back(FAVO_TRY(read(element, list.element)));
    return Value{std::move(parts)};
  }

  Result<Value> read_as(const Json& json, const types::Map& map) {
    const Json& array = *FAVO_TRY(payload(json, "map"));
    if (!array.is_array()) return wrong("an array of pairs", array);
    Value::Parts parts;
    for (const Json& entry : array) parts.push_back(FAVO_TRY(members(entry, {map.key, map.value})));
    return Value{std::move(parts)};
  }

  Result<Value> read_as(const Json& json, const types::Flags& flags) {
    const Json& array = *FAVO_TRY(payload(json, "flags"));
    if (!array.is_array()) return wrong("an array of names", array);
    std::uint64_t bits = 0;
    for (const Json& name : array) {
      const auto found =
          std::ranges::find_if(flags.names, [&](const auto& n) { return name == n; });
      if (found == flags.names.end()) return wrong("a flag of the type", name);
      bits |= std::uint64_t{1} << (found - flags.names.begin());
    }
    return Value{bits};
  }

  Result<Value> read_as(const Json& json, const types::Enum& names) {
    const Json& name = *FAVO_TRY(payload(json, "enum"));
    for (std::uint32_t i = 0; i < names.names.size(); ++i)
      if (name == names.names[i]) return Value{Case{i, {}}};
    return wrong("a case of the type", name);
  }

  /// The payload of a case, which may be left out or null when the case has none.
  Result<Value> of_case(std::uint32_t index, const Json* json, const std::optional<TypeId>& type) {
    const bool given = json && !json->is_null();
    if (given != type.has_value())
      return wrong(type ? "a payload" : "no payload", json ? *json : Json());
    Case made{index, {}};
    if (type) made.payload.push_back(FAVO_TRY(read(*json, *type)));
    return Value{std::move(made)};
  }

  Result<Value> read_as(const Json& json, const types::Variant& variant) {
    const Json& value = *FAVO_TRY(payload(json, "variant"));
    const std::string name = value.is_object() ? value.value("case", "") : "";
    for (std::uint32_t i = 0; i < variant.cases.size(); ++i) {
      if (variant.cases[i].name != name) continue;
      const auto found = value.find("payload");
      return of_case(i, found == value.end() ? nullptr : &*found, variant.cases[i].type);
    }
    return wrong("a case of the type", value);
  }

  Result<Value> read_as(const Json& json, const types::Option& option) {
    const Json& value = *FAVO_TRY(payload(json, "option"));
    if (value.is_null()) return Value{Case{0, {}}};
    return of_case(1, &value, option.type);
  }

  Result<Value> read_as(const Json& json, const types::ResultOf& result) {
    const Json& value = *FAVO_TRY(payload(json, "result"));
    if (value.is_object() && value.size() == 1) {
      if (value.contains("Ok")) return of_case(0, &value["Ok"], result.ok);
      if (value.contains("Err")) return of_case(1, &value["Err"], result.error);
    }
    return wrong("Ok or Err", value);
  }

  template <typename Other>  // handles, streams, futures
  Result<Value> read_as(const Json& json, const Other&) {
    return wrong("a value that can be written", json);
  }

  const types::TypeTable& table_;
};

}  // namespace

Result<std::vector<Value>> parse_values(std::string_view text, const types::TypeTable& table,
                                        const std::vector<TypeId>& types) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_array()) return Error(Code::InvalidArgument, "expected an array of values");
  if (json.size() != types.size())
    return error(Code::InvalidArgument, "expected {} values, found {}", types.size(), json.size());
  Reader reader(table);
  std::vector<Value> values;
  for (std::size_t i = 0; i < types.size(); ++i) {
    Result<Value> value = reader.read(json[i], types[i]);
    if (!value) return std::move(value).error().within(format("value {}", i + 1));
    values.push_back(std::move(*value));
  }
  return values;
}

}  // namespace favo::wast
