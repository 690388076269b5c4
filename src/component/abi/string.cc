#include "base/bytes.h"
#include "component/abi/context.h"

namespace favo::abi {
namespace {

using Encoding = Guest::Options::Encoding;
constexpr std::uint32_t kUtf16Tag = 0x8000'0000;
constexpr std::uint32_t kMaxStringBytes = (1u << 28) - 1;

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

/// The code point at `i`, which moves past it. REQUIRES: `text` is well-formed UTF-8.
char32_t next_code_point(std::string_view text, std::size_t& i) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  const std::uint8_t lead = byte(i);
  if (lead < 0x80) return i += 1, lead;
  const auto tail = [&](int n) { return static_cast<char32_t>(byte(i + n) & 0x3f); };
  if (lead < 0xe0) {
    const char32_t c = (char32_t(lead & 0x1f) << 6) | tail(1);
    return i += 2, c;
  }
  if (lead < 0xf0) {
    const char32_t c = (char32_t(lead & 0x0f) << 12) | (tail(1) << 6) | tail(2);
    return i += 3, c;
  }
  const char32_t c = (char32_t(lead & 0x07) << 18) | (tail(1) << 12) | (tail(2) << 6) | tail(3);
  return i += 4, c;
}

bool lift_utf16(Context& context, std::uint32_t pointer, std::uint32_t units,
                std::string_view& out) {
  if (units > kMaxStringBytes / 2) return context.fail("string too long");
  const std::uint8_t* from = context.range(pointer, std::uint64_t{units} * 2, 2);
  if (!from) return false;
  std::string text;
  for (std::uint32_t i = 0; i < units; ++i) {
    char32_t c = read_scalar<char16_t>(from + std::size_t{i} * 2);
    if (c >= 0xd800 && c < 0xe000) {
      const char32_t low = i + 1 < units ? read_scalar<char16_t>(from + std::size_t{i} * 2 + 2) : 0;
      if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
        return context.fail("invalid utf16 encoding");
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      ++i;
    }
    append_utf8(text, c);
  }
  out = context.keep(std::move(text));
  return true;
}

bool lift_latin1(Context& context, std::uint32_t pointer, std::uint32_t length,
                 std::string_view& out) {
  const std::uint8_t* from = context.range(pointer, length, 2);
  if (!from) return false;
  std::string text;
  for (std::uint32_t i = 0; i < length; ++i) append_utf8(text, from[i]);
  out = context.keep(std::move(text));
  return true;
}

bool lower_utf16(Context& context, std::string_view text, std::uint32_t& pointer,
                 std::uint32_t& length) {
  std::u16string units;
  for (std::size_t i = 0; i < text.size();) {
    char32_t c = next_code_point(text, i);
    if (c >= 0x10000) {
      c -= 0x10000;
      units += static_cast<char16_t>(0xd800 + (c >> 10));
      c = 0xdc00 + (c & 0x3ff);
    }
    units += static_cast<char16_t>(c);
  }
  std::uint8_t* to = context.allocate(units.size() * 2, 2, pointer);
  if (!to) return false;
  std::memcpy(to, units.data(), units.size() * 2);
  length = static_cast<std::uint32_t>(units.size());
  return true;
}

bool lower_latin1(Context& context, std::string_view text, std::uint32_t& pointer,
                  std::uint32_t& length) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = next_code_point(text, i);
    if (c > 0xff) {
      if (!lower_utf16(context, text, pointer, length)) return false;
      length |= kUtf16Tag;
      return true;
    }
    bytes += static_cast<char>(c);
  }
  std::uint8_t* to = context.allocate(bytes.size(), 2, pointer);
  if (!to) return false;
  std::memcpy(to, bytes.data(), bytes.size());
  length = static_cast<std::uint32_t>(bytes.size());
  return true;
}

}  // namespace

bool lift_string(Context& context, std::uint32_t pointer, std::uint32_t length,
                 std::string_view& out) {
  const Encoding encoding = context.options().encoding;
  if (encoding == Encoding::Utf16) return lift_utf16(context, pointer, length, out);
  if (encoding == Encoding::Latin1Utf16) {
    if (length & kUtf16Tag) return lift_utf16(context, pointer, length & ~kUtf16Tag, out);
    if (length > kMaxStringBytes) return context.fail("string too long");
    return lift_latin1(context, pointer, length, out);
  }
  if (length > kMaxStringBytes) return context.fail("string too long");
  const std::uint8_t* from = context.range(pointer, length, 1);
  if (!from) return false;
  if (!is_utf8({from, length})) return context.fail("invalid utf-8 encoding");
  out = as_text({from, length});
  return true;
}

bool lower_string(Context& context, std::string_view text, std::uint32_t& pointer,
                  std::uint32_t& length) {
  switch (context.options().encoding) {
    case Encoding::Utf16:
      return lower_utf16(context, text, pointer, length);
    case Encoding::Latin1Utf16:
      return lower_latin1(context, text, pointer, length);
    case Encoding::Utf8:
      break;
  }
  std::uint8_t* to = context.allocate(text.size(), 1, pointer);
  if (!to) return false;
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  length = static_cast<std::uint32_t>(text.size());
  return true;
}

}  // namespace favo::abi
