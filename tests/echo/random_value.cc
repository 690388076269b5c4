#include "tests/echo/random_value.h"

#include <string>
#include <vector>

#include "component/types/layout.h"

namespace favo::echo {

using types::Primitive;
using types::TypeId;
using values::Value;

namespace {

char32_t random_character(Choices& choices) {
  constexpr struct {
    char32_t first, count;
  } kRanges[] = {{0x20, 0x5f},    {0, 0x80},        {0x80, 0x80},
                 {0x100, 0xd700}, {0xe000, 0x2000}, {0x10000, 0xffff}};
  const auto& range = kRanges[choices.below(std::size(kRanges))];
  return range.first + choices.below(range.count);
}

void append(std::string& text, char32_t c) {
  const auto byte = [&](char32_t value) { text.push_back(static_cast<char>(value)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      byte(0xe0 | c >> 12);
    } else {
      byte(0xf0 | c >> 18);
      byte(0x80 | (c >> 12 & 0x3f));
    }
    byte(0x80 | (c >> 6 & 0x3f));
  }
  byte(0x80 | (c & 0x3f));
}

std::string random_text(Choices& choices) {
  std::string text;
  const bool ascii = choices.below(3) == 0;
  for (std::uint32_t left = choices.below(24); left > 0; --left) {
    append(text, ascii ? 0x20 + choices.below(0x5f) : random_character(choices));
  }
  return text;
}

/// Numbers of a size, sign-extended if they are signed; extremes are likely.
std::uint64_t random_integer(Choices& choices, int bits, bool is_signed) {
  std::uint64_t value = choices.number();
  switch (choices.below(4)) {
    case 0:
      value = ~std::uint64_t{0};
      break;
    case 1:
      value = std::uint64_t{1} << (bits - 1);
      break;
    default:
      break;
  }
  const int unused = 64 - bits;
  value <<= unused;
  return is_signed ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value) >> unused)
                   : value >> unused;
}

Value random_primitive(Choices& choices, Primitive type) {
  switch (type) {
    case Primitive::Bool:
      return {std::uint64_t{choices.below(2)}};
    case Primitive::S8:
    case Primitive::U8:
      return {random_integer(choices, 8, type == Primitive::S8)};
    case Primitive::S16:
    case Primitive::U16:
      return {random_integer(choices, 16, type == Primitive::S16)};
    case Primitive::S32:
    case Primitive::U32:
      return {random_integer(choices, 32, type == Primitive::S32)};
    case Primitive::S64:
    case Primitive::U64:
      return {random_integer(choices, 64, type == Primitive::S64)};
    case Primitive::F32:
      return {values::canonicalize_nan32(static_cast<std::uint32_t>(choices.number()))};
    case Primitive::F64:
      return {values::canonicalize_nan64(choices.number())};
    case Primitive::Char:
      return {std::uint64_t{random_character(choices)}};
    case Primitive::String:
    case Primitive::ErrorContext:
      break;
  }
  return {random_text(choices)};
}

}  // namespace

Value random_value(Choices& choices, const types::TypeTable& table, TypeId type) {
  const types::Type& node = table.get(type);
  if (const auto* t = std::get_if<Primitive>(&node)) return random_primitive(choices, *t);
  if (const auto* t = std::get_if<types::Flags>(&node)) {
    return {random_integer(choices, static_cast<int>(t->names.size()), false)};
  }
  Value::Parts parts;
  const auto add = [&](TypeId part) { parts.push_back(random_value(choices, table, part)); };
  if (const auto* t = std::get_if<types::Record>(&node)) {
    for (const auto& field : t->fields) add(field.type);
  } else if (const auto* t = std::get_if<types::Tuple>(&node)) {
    for (const TypeId member : t->types) add(member);
  } else if (const auto* t = std::get_if<types::List>(&node)) {
    for (std::uint32_t left = t->length.value_or(choices.below(6)); left > 0; --left)
      add(t->element);
  } else if (const auto* t = std::get_if<types::Map>(&node)) {
    for (std::uint32_t left = choices.below(4); left > 0; --left) {
      Value key = random_value(choices, table, t->key);
      parts.push_back({Value::Parts{std::move(key), random_value(choices, table, t->value)}});
    }
  } else {
    const auto cases = types::cases_of(table, type);
    values::Case chosen{choices.below(static_cast<std::uint32_t>(cases.size())), {}};
    if (const auto& payload = cases[chosen.index]) {
      chosen.payload.push_back(random_value(choices, table, *payload));
    }
    return {std::move(chosen)};
  }
  return {std::move(parts)};
}

}  // namespace favo::echo
