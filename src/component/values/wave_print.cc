#include <bit>
#include <cmath>
#include <iterator>

#include "base/format.h"
#include "component/values/shape.h"
#include "component/values/wave.h"
#include "component/values/wave_scanner.h"

namespace favo::values {
namespace {

using types::Primitive;
using types::TypeId;

void append_label(std::string& out, std::string_view label) {
  if (is_wave_keyword(label)) out += '%';
  out += label;
}

void append_escaped(std::string& out, char32_t c, char quote) {
  switch (c) {
    case U'\t':
      out += "\\t";
      return;
    case U'\n':
      out += "\\n";
      return;
    case U'\r':
      out += "\\r";
      return;
    case U'\\':
      out += "\\\\";
      return;
    default:
      break;
  }
  if (c == static_cast<char32_t>(quote)) {
    out += '\\';
    out += quote;
  } else if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
    out += format("\\u{{{:x}}}", static_cast<std::uint32_t>(c));
  } else {
    append_code_point(out, c);
  }
}

template <typename T>
std::string float_text(T value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return format("{}", value);  // the shortest that reads back the same
}

class WavePrinter {
 public:
  explicit WavePrinter(const types::TypeTable& types) : types_(types) {}

  std::string take() && { return std::move(out_); }

  void value(const Value& value, TypeId type) {
    std::visit(Overloaded{
                   [&](Primitive t) { primitive(value, t); },
                   [&](const types::Record& t) { record(value, t); },
                   [&](const types::Tuple& t) { tuple(value, t.types); },
                   [&](const types::List& t) { list(value, t.element); },
                   [&](const types::Map& t) { map(value, t); },
                   [&](const types::Flags& t) { flags(value, t); },
                   [&](const types::Enum& t) { append_label(out_, t.names[case_of(value).index]); },
                   [&](const types::Variant& t) {
                     const types::Case& chosen = t.cases[case_of(value).index];
                     append_label(out_, chosen.name);
                     payload(value, chosen.type);
                   },
                   [&](const types::Option& t) {
                     const bool some = case_of(value).index == 1;
                     out_ += some ? "some" : "none";
                     if (some) payload(value, t.type);
                   },
                   [&](const types::ResultOf& t) {
                     const bool failed = case_of(value).index == 1;
                     out_ += failed ? "err" : "ok";
                     payload(value, failed ? t.error : t.ok);
                   },
                   [&](const types::Own&) { out_ += "<own>"; },
                   [&](const types::Borrow&) { out_ += "<borrow>"; },
                   [&](const auto&) { out_ += "<?>"; },
               },
               types_.get(type));
  }

 private:
  static const Case& case_of(const Value& value) { return std::get<Case>(value.data); }
  static const Value::Parts& parts_of(const Value& value) {
    return std::get<Value::Parts>(value.data);
  }

  void primitive(const Value& value, Primitive type) {
    if (type == Primitive::String) {
      const std::string& text = std::get<std::string>(value.data);
      out_ += '"';
      for (std::size_t i = 0; i < text.size();) append_escaped(out_, read_code_point(text, i), '"');
      out_ += '"';
      return;
    }
    const std::uint64_t bits = std::get<std::uint64_t>(value.data);
    switch (type) {
      case Primitive::Bool:
        out_ += bits ? "true" : "false";
        return;
      case Primitive::F32:
        out_ += float_text(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
        return;
      case Primitive::F64:
        out_ += float_text(std::bit_cast<double>(bits));
        return;
      case Primitive::Char:
        out_ += '\'';
        append_escaped(out_, static_cast<char32_t>(bits), '\'');
        out_ += '\'';
        return;
      case Primitive::S8:
      case Primitive::S16:
      case Primitive::S32:
      case Primitive::S64:
        fmt::format_to(std::back_inserter(out_), "{}", static_cast<std::int64_t>(bits));
        return;
      default:
        fmt::format_to(std::back_inserter(out_), "{}", bits);
    }
  }

  void record(const Value& value, const types::Record& record) {
    out_ += '{';
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      if (i) out_ += ", ";
      out_ += record.fields[i].name;
      out_ += ": ";
      this->value(parts_of(value)[i], record.fields[i].type);
    }
    out_ += '}';
  }

  void tuple(const Value& value, std::span<const TypeId> members) {
    out_ += '(';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i) out_ += ", ";
      this->value(parts_of(value)[i], members[i]);
    }
    out_ += ')';
  }

  void list(const Value& value, TypeId element) {
    out_ += '[';
    for (std::string_view separator; const Value& part : parts_of(value)) {
      out_ += separator;
      this->value(part, element);
      separator = ", ";
    }
    out_ += ']';
  }

  void map(const Value& value, const types::Map& map) {
    const TypeId members[] = {map.key, map.value};
    out_ += '[';
    for (std::string_view separator; const Value& part : parts_of(value)) {
      out_ += separator;
      tuple(part, members);
      separator = ", ";
    }
    out_ += ']';
  }

  void flags(const Value& value, const types::Flags& flags) {
    const std::uint64_t bits = std::get<std::uint64_t>(value.data);
    out_ += '{';
    std::string_view separator;
    for (std::size_t i = 0; i < flags.names.size(); ++i) {
      if (!(bits >> i & 1)) continue;
      out_ += separator;
      out_ += flags.names[i];
      separator = ", ";
    }
    out_ += '}';
  }

  void payload(const Value& value, const std::optional<TypeId>& type) {
    if (!type) return;
    out_ += '(';
    this->value(case_of(value).payload[0], *type);
    out_ += ')';
  }

  const types::TypeTable& types_;
  std::string out_;
};

}  // namespace

std::string to_wave(const Value& value, const types::TypeTable& types, TypeId type) {
  WavePrinter printer(types);
  printer.value(value, type);
  return std::move(printer).take();
}

}  // namespace favo::values
