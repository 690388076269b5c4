#include <algorithm>
#include <charconv>
#include <limits>

#include "base/bytes.h"
#include "base/format.h"
#include "component/types/text.h"
#include "component/values/shape.h"
#include "component/values/wave.h"
#include "component/values/wave_scanner.h"

namespace favo::values {
namespace {

using types::Primitive;
using types::TypeId;

/// Recursive descent, led by the type; types are not deep (validation bounds them).
class WaveParser {
 public:
  WaveParser(std::string_view text, std::size_t column, const types::TypeTable& types)
      : in_(text, column), types_(types) {}

  WaveScanner& in() { return in_; }
  Result<Value> value(TypeId type);
  Result<std::vector<Value>> arguments(const types::FuncType& func);

 private:
  Result<Value> primitive(Primitive type);
  template <typename T>
  Result<Value> integer(std::string_view name);
  template <typename T, typename Bits>
  Result<Value> floating(std::string_view name);

  Result<Value> record(const types::Record& record);
  Result<Value> tuple(std::span<const TypeId> members);
  Result<Value> list(const types::List& list);
  Result<Value> map(const types::Map& map);
  Result<Value> flags(const types::Flags& flags);
  Result<Value> enumeration(const types::Enum& names);
  Result<Value> variant(const types::Variant& variant);
  Result<Value> option(const types::Option& option);
  Result<Value> result(const types::ResultOf& result);

  /// `(value)` after a case with a payload.
  Result<Value> payload(std::uint32_t index, const std::optional<TypeId>& type);
  /// Calls `element` between brackets, with commas between; one may follow the last.
  template <typename Element>
  Result<void> sequence(char open, char close, Element element);
  /// Whether a payload may stand without `some` or `ok` around it.
  bool may_be_flat(TypeId payload) const;
  /// The position of a label; an error names those that there are.
  template <typename Named>
  Result<std::uint32_t> position_of(std::string_view label, const std::vector<Named>& all,
                                    std::string_view what);
  std::string text_of(TypeId type) const;

  WaveScanner in_;
  const types::TypeTable& types_;
};

const std::string& name_of(const std::string& name) { return name; }
template <typename Named>
const std::string& name_of(const Named& item) {
  return item.name;
}

Result<Value> WaveParser::value(TypeId type) {
  return std::visit(Overloaded{
                        [&](Primitive t) { return primitive(t); },
                        [&](const types::Record& t) { return record(t); },
                        [&](const types::Tuple& t) { return tuple(t.types); },
                        [&](const types::List& t) { return list(t); },
                        [&](const types::Map& t) { return map(t); },
                        [&](const types::Flags& t) { return flags(t); },
                        [&](const types::Enum& t) { return enumeration(t); },
                        [&](const types::Variant& t) { return variant(t); },
                        [&](const types::Option& t) { return option(t); },
                        [&](const types::ResultOf& t) { return result(t); },
                        [&](const auto&) -> Result<Value> {
                          return error(Code::InvalidArgument,
                                       "a value of type {} cannot be written", text_of(type));
                        },
                    },
                    types_.get(type));
}

std::string WaveParser::text_of(TypeId type) const {
  constexpr std::size_t kMost = 100;
  std::string text =
      types::text_of(types_, type, [](types::ResourceId) { return std::string("resource"); });
  if (text.size() > kMost) text = text.substr(0, kMost) + "…";
  return text;
}

// ---- scalars and strings ---------------------------------------------------------------------

Result<Value> WaveParser::primitive(Primitive type) {
  switch (type) {
    case Primitive::Bool: {
      const std::string_view word = in_.peek_label();
      if (word != "true" && word != "false") return in_.expected("true or false");
      FAVO_TRY(in_.label(""));
      return Value{std::uint64_t{word == "true"}};
    }
    case Primitive::S8:
      return integer<std::int8_t>("s8");
    case Primitive::U8:
      return integer<std::uint8_t>("u8");
    case Primitive::S16:
      return integer<std::int16_t>("s16");
    case Primitive::U16:
      return integer<std::uint16_t>("u16");
    case Primitive::S32:
      return integer<std::int32_t>("s32");
    case Primitive::U32:
      return integer<std::uint32_t>("u32");
    case Primitive::S64:
      return integer<std::int64_t>("s64");
    case Primitive::U64:
      return integer<std::uint64_t>("u64");
    case Primitive::F32:
      return floating<float, std::uint32_t>("f32");
    case Primitive::F64:
      return floating<double, std::uint64_t>("f64");
    case Primitive::Char:
      return Value{std::uint64_t{FAVO_TRY(in_.character())}};
    case Primitive::String:
      return Value{FAVO_TRY(in_.string())};
    case Primitive::ErrorContext:
      break;
  }
  return Error(Code::InvalidArgument, "an error-context cannot be written");
}

template <typename T>
Result<Value> WaveParser::integer(std::string_view name) {
  const std::string what =
      format("{}, a number from {} to {}", name, std::int64_t{std::numeric_limits<T>::min()},
             std::numeric_limits<T>::max());
  if (in_.at_end()) return in_.expected(what);
  const std::string_view from = in_.rest();
  const std::string_view text = in_.number();
  T parsed{};
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, parsed);
  if (text.empty() || failure != std::errc() || stop != end) return in_.expected(what, from);
  // Sign-extends what is signed.
  return Value{static_cast<std::uint64_t>(static_cast<std::int64_t>(parsed))};
}

template <typename T, typename Bits>
Result<Value> WaveParser::floating(std::string_view name) {
  const std::string what = format("{}, a number, nan, inf or -inf", name);
  if (in_.at_end()) return in_.expected(what);
  const std::string_view from = in_.rest();
  const std::string_view text = in_.number();
  if (text == "nan") return Value{sizeof(T) == 4 ? kNan32 : kNan64};
  T parsed{};
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, parsed);
  const bool word = text.find_first_of("nN") != std::string_view::npos;  // nan(…), infinity
  if (text.empty() || failure != std::errc() || stop != end ||
      (word && text != "inf" && text != "-inf"))
    return in_.expected(what, from);
  return Value{std::uint64_t{std::bit_cast<Bits>(parsed)}};
}

// ---- sequences -------------------------------------------------------------------------------

template <typename Element>
Result<void> WaveParser::sequence(char open, char close, Element element) {
  FAVO_TRY(in_.expect(open));
  while (!in_.accept(close)) {
    FAVO_TRY(element());
    if (in_.accept(',')) continue;
    if (!in_.next_is(close)) return in_.expected(format("`,` or `{}`", close));
  }
  return {};
}

Result<Value> WaveParser::tuple(std::span<const TypeId> members) {
  if (!in_.next_is('('))
    return in_.expected(format("a tuple of {} in parentheses", members.size()));
  Value::Parts parts;
  FAVO_TRY(sequence('(', ')', [&]() -> Result<void> {
    if (parts.size() == members.size())
      return in_.expected(format("`)` after {} members", members.size()));
    parts.push_back(FAVO_TRY(value(members[parts.size()])));
    return {};
  }));
  if (parts.size() < members.size())
    return in_.fail(format("the tuple has {} members, expected {}", parts.size(), members.size()),
                    in_.position() - 1);
  return Value{std::move(parts)};
}

Result<Value> WaveParser::list(const types::List& list) {
  if (!in_.next_is('[')) return in_.expected("a list in brackets");
  Value::Parts parts;
  FAVO_TRY(sequence('[', ']', [&]() -> Result<void> {
    parts.push_back(FAVO_TRY(value(list.element)));
    return {};
  }));
  if (list.length && *list.length != parts.size())
    return in_.fail(format("the list has {} elements, expected {}", parts.size(), *list.length),
                    in_.position() - 1);
  return Value{std::move(parts)};
}

Result<Value> WaveParser::map(const types::Map& map) {
  if (!in_.next_is('[')) return in_.expected("a map: pairs in brackets");
  const TypeId members[] = {map.key, map.value};
  Value::Parts parts;
  FAVO_TRY(sequence('[', ']', [&]() -> Result<void> {
    parts.push_back(FAVO_TRY(tuple(members)));
    return {};
  }));
  return Value{std::move(parts)};
}

// ---- labels ----------------------------------------------------------------------------------

template <typename Named>
Result<std::uint32_t> WaveParser::position_of(std::string_view label, const std::vector<Named>& all,
                                              std::string_view what) {
  constexpr std::size_t kMost = 12;
  std::string names;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (name_of(all[i]) == label) return static_cast<std::uint32_t>(i);
    if (i < kMost) names += format("{}{}", i ? ", " : "", name_of(all[i]));
  }
  if (all.size() > kMost) names += ", …";
  return in_.expected(format("{} ({})", what, names), label);
}

Result<Value> WaveParser::record(const types::Record& record) {
  if (!in_.next_is('{')) return in_.expected("a record in braces");
  std::vector<std::optional<Value>> fields(record.fields.size());
  const auto field = [&]() -> Result<void> {
    // `{:}`: a record all of whose fields are left out.
    if (in_.accept(':')) return {};
    const std::string_view label = FAVO_TRY(in_.label("a field"));
    const std::uint32_t index = FAVO_TRY(position_of(label, record.fields, "a field"));
    if (fields[index])
      return in_.fail(format("the field {} is given twice", label), in_.position() - label.size());
    FAVO_TRY(in_.expect(':'));
    fields[index] = FAVO_TRY(value(record.fields[index].type));
    return {};
  };
  FAVO_TRY(sequence('{', '}', field));
  Value::Parts parts;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const types::Field& declared = record.fields[i];
    if (fields[i]) {
      parts.push_back(std::move(*fields[i]));
    } else if (std::holds_alternative<types::Option>(types_.get(declared.type))) {
      parts.push_back(Value{Case{0, {}}});
    } else {
      return in_.fail(format("the field {}: {} is missing", declared.name, text_of(declared.type)),
                      in_.position() - 1);
    }
  }
  return Value{std::move(parts)};
}

Result<Value> WaveParser::flags(const types::Flags& flags) {
  if (!in_.next_is('{')) return in_.expected("flags in braces");
  std::uint64_t bits = 0;
  FAVO_TRY(sequence('{', '}', [&]() -> Result<void> {
    const std::string_view label = FAVO_TRY(in_.label("a flag"));
    const std::uint64_t bit = std::uint64_t{1}
                              << FAVO_TRY(position_of(label, flags.names, "a flag"));
    if (bits & bit)
      return in_.fail(format("the flag {} is given twice", label), in_.position() - label.size());
    bits |= bit;
    return {};
  }));
  return Value{bits};
}

Result<Value> WaveParser::enumeration(const types::Enum& names) {
  const std::string_view label = FAVO_TRY(in_.label("a case"));
  return Value{Case{FAVO_TRY(position_of(label, names.names, "a case")), {}}};
}

Result<Value> WaveParser::payload(std::uint32_t index, const std::optional<TypeId>& type) {
  Case made{index, {}};
  if (type) {
    if (!in_.next_is('(')) return in_.expected(format("({}), the payload", text_of(*type)));
    FAVO_TRY(in_.expect('('));
    made.payload.push_back(FAVO_TRY(value(*type)));
    FAVO_TRY(in_.expect(')'));
  } else if (in_.next_is('(')) {
    return in_.expected("no payload");
  }
  return Value{std::move(made)};
}

Result<Value> WaveParser::variant(const types::Variant& variant) {
  const std::string_view label = FAVO_TRY(in_.label("a case"));
  const std::uint32_t index = FAVO_TRY(position_of(label, variant.cases, "a case"));
  return payload(index, variant.cases[index].type);
}

bool WaveParser::may_be_flat(TypeId payload) const {
  const types::Type& type = types_.get(payload);
  return !std::holds_alternative<types::Option>(type) &&
         !std::holds_alternative<types::ResultOf>(type);
}

Result<Value> WaveParser::option(const types::Option& option) {
  const std::string_view word = in_.peek_label();
  if (word == "none") {
    FAVO_TRY(in_.label(""));
    return Value{Case{0, {}}};
  }
  if (word == "some") {
    FAVO_TRY(in_.label(""));
    return payload(1, option.type);
  }
  if (!may_be_flat(option.type))
    return in_.expected(format("none or some({})", text_of(option.type)));
  return Value{Case{1, {FAVO_TRY(value(option.type))}}};
}

Result<Value> WaveParser::result(const types::ResultOf& result) {
  const std::string_view word = in_.peek_label();
  if (word == "ok" || word == "err") {
    FAVO_TRY(in_.label(""));
    return word == "ok" ? payload(0, result.ok) : payload(1, result.error);
  }
  if (!result.ok || !may_be_flat(*result.ok)) return in_.expected("ok or err");
  return Value{Case{0, {FAVO_TRY(value(*result.ok))}}};
}

Result<std::vector<Value>> WaveParser::arguments(const types::FuncType& func) {
  std::vector<Value> values;
  FAVO_TRY(sequence('(', ')', [&]() -> Result<void> {
    if (values.size() == func.params.size())
      return in_.expected(format("`)`: the function takes {} argument{}", func.params.size(),
                                 func.params.size() == 1 ? "" : "s"));
    const types::Field& param = func.params[values.size()];
    Result<Value> argument = value(param.type);
    if (!argument) return std::move(argument).error().within(format("argument {}", param.name));
    values.push_back(std::move(*argument));
    return {};
  }));
  while (values.size() < func.params.size()) {
    const types::Field& param = func.params[values.size()];
    if (!std::holds_alternative<types::Option>(types_.get(param.type)))
      return in_.fail(format("the argument {}: {} is missing", param.name, text_of(param.type)),
                      in_.position() - 1);
    values.push_back(Value{Case{0, {}}});
  }
  return values;
}

Result<void> check_text(std::string_view text) {
  if (is_utf8(as_bytes(text))) return {};
  return Error(Code::InvalidArgument, "values must be UTF-8 text");
}

}  // namespace

Result<Value> parse_wave(std::string_view text, const types::TypeTable& types, TypeId type) {
  FAVO_TRY(check_text(text));
  WaveParser parser(text, 1, types);
  Value value = FAVO_TRY(parser.value(type));
  if (!parser.in().at_end()) return parser.in().expected("the end of the value");
  return value;
}

WaveCall split_wave_call(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) return {text, "()"};
  return {text.substr(0, open), text.substr(open)};
}

Result<std::vector<Value>> parse_wave_arguments(std::string_view text, std::size_t column,
                                                const types::TypeTable& types,
                                                const types::FuncType& func) {
  FAVO_TRY(check_text(text));
  WaveParser parser(text, column, types);
  std::vector<Value> values = FAVO_TRY(parser.arguments(func));
  if (!parser.in().at_end()) return parser.in().expected("the end of the call");
  return values;
}

}  // namespace favo::values
