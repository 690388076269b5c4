#include "telemetry/line.h"

#include <algorithm>
#include <charconv>
#include <concepts>

namespace favo::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

/// The length of the well-formed UTF-8 sequence at the start of `text`, or 0.
/// Spec: RFC 3629, section 4.
std::size_t sequence_length(std::string_view text) {
  auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  auto tail = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return tail(1) ? 2 : 0;
  if (lead < 0xF0) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;  // surrogates
    return byte(1) >= low && byte(1) <= high && tail(2) ? 3 : 0;
  }
  const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
  return byte(1) >= low && byte(1) <= high && tail(2) && tail(3) ? 4 : 0;
}

void append_control(std::string& out, unsigned code) {
  switch (code) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u00";
  out += kHex[code >> 4];
  out += kHex[code & 15];
}

/// Moves the first character of `text` to `out`, escaped where it is a control character and
/// replaced where it is none.
void append_character(std::string& out, std::string_view& text) {
  const auto c = static_cast<unsigned char>(text[0]);
  const std::size_t length = sequence_length(text);
  if (c < 0x20 || c == 0x7F) {
    append_control(out, c);
  } else if (length == 0) {
    out += kReplacement;
  } else if (length == 2 && c == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) {
    append_control(out, static_cast<unsigned char>(text[1]));  // U+0080…U+009F
  } else {
    out += text.substr(0, length);
  }
  text.remove_prefix(std::max<std::size_t>(length, 1));
}

/// Text that a logfmt value may hold without quotes.
bool is_bare(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
  });
}

template <typename T>
void append_number(std::string& out, T value) {
  char digits[24];
  auto [end, status] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  const bool cut = text.size() > Log::kMaxFieldBytes;
  if (cut) {
    text = text.substr(0, Log::kMaxFieldBytes);
    // Not in the middle of a character: drop its first bytes too.
    while (!text.empty() && (text.back() & 0xC0) == 0x80) text.remove_suffix(1);
    if (!text.empty() && (text.back() & 0x80)) text.remove_suffix(1);
  }
  out += '"';
  while (!text.empty()) {
    if (text[0] == '"' || text[0] == '\\') out += '\\';
    append_character(out, text);
  }
  if (cut) out += kEllipsis;
  out += '"';
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] == '\n') {
      out += '\n';
      text.remove_prefix(1);
    } else {
      append_character(out, text);
    }
  }
  return out;
}

LineWriter::LineWriter(std::string& out, LogFormat format) : out_(out), format_(format) {
  if (format_ == LogFormat::Json) out_ += '{';
}

void LineWriter::name(std::string_view name) {
  if (!first_) out_ += format_ == LogFormat::Json ? ',' : ' ';
  first_ = false;
  if (format_ == LogFormat::Json) {
    out_ += '"';
    out_ += name;
    out_ += "\":";
  } else {
    out_ += name;
    out_ += '=';
  }
}

void LineWriter::plain(std::string_view name, std::string_view text) {
  this->name(name);
  if (format_ == LogFormat::Json) out_ += '"';
  out_ += text;
  if (format_ == LogFormat::Json) out_ += '"';
}

void LineWriter::field(std::string_view name, const FieldValue& value) {
  if (const auto* text = std::get_if<std::string_view>(&value.value())) {
    if (text->size() <= Log::kMaxFieldBytes && is_bare(*text)) return plain(name, *text);
    this->name(name);
    return append_quoted(out_, *text);
  }
  this->name(name);
  std::visit(
      [this](auto v) {
        if constexpr (std::same_as<decltype(v), bool>) {
          out_ += v ? "true" : "false";
        } else if constexpr (std::integral<decltype(v)>) {
          append_number(out_, v);
        }
      },
      value.value());
}

void LineWriter::finish() { out_ += format_ == LogFormat::Json ? "}\n" : "\n"; }

}  // namespace favo::telemetry
