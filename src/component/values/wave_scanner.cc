#include "component/values/wave_scanner.h"

#include <algorithm>
#include <charconv>

#include "base/format.h"

namespace favo::values {
namespace {

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_surrogate(std::uint32_t c) { return c >= 0xd800 && c < 0xe000; }

/// The first word or quoted text of `rest`, for messages.
std::string_view shown(std::string_view rest) {
  constexpr std::size_t kMost = 40;
  std::size_t end = 1;
  if (is_label_character(rest[0]) || rest[0] == '.') {
    while (end < rest.size() && (is_label_character(rest[end]) || rest[end] == '.')) ++end;
  } else if (rest[0] == '"' || rest[0] == '\'') {
    const std::size_t close = rest.find(rest[0], 1);
    end = close == std::string_view::npos ? rest.size() : close + 1;
  }
  end = std::min(end, kMost);
  while (end < rest.size() && (static_cast<unsigned char>(rest[end]) & 0xc0) == 0x80) ++end;
  return rest.substr(0, end);
}

}  // namespace

bool is_wave_keyword(std::string_view label) {
  constexpr std::string_view kKeywords[] = {"true", "false", "inf", "nan",
                                            "some", "none",  "ok",  "err"};
  return std::ranges::find(kKeywords, label) != std::end(kKeywords);
}

char32_t read_code_point(std::string_view text, std::size_t& position) {
  const auto byte = [&] { return static_cast<std::uint8_t>(text[position++]); };
  const std::uint8_t lead = byte();
  if (lead < 0x80) return lead;
  const int tail = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  char32_t c = lead & (0x3f >> tail);
  for (int i = 0; i < tail; ++i) c = (c << 6) | (byte() & 0x3f);
  return c;
}

void append_code_point(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr std::uint8_t kLeads[] = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(kLeads[tail] | (c >> (6 * tail)));
  for (int i = tail - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3f));
}

void WaveScanner::skip_space() {
  while (position_ < text_.size()) {
    if (std::string_view(" \t\r\n").contains(text_[position_])) {
      ++position_;
    } else if (rest().starts_with("//")) {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else {
      return;
    }
  }
}

bool WaveScanner::next_is(char c) {
  skip_space();
  return position_ < text_.size() && text_[position_] == c;
}

bool WaveScanner::accept(char c) {
  if (!next_is(c)) return false;
  ++position_;
  return true;
}

bool WaveScanner::at_end() {
  skip_space();
  return position_ == text_.size();
}

Result<void> WaveScanner::expect(char c) {
  if (accept(c)) return {};
  return expected(format("`{}`", c));
}

std::string_view WaveScanner::peek_label() {
  skip_space();
  std::size_t end = position_;
  if (end < text_.size() && text_[end] == '%') ++end;
  if (end == text_.size() || !is_letter(text_[end])) return {};
  while (end < text_.size() && is_label_character(text_[end])) ++end;
  return text_.substr(position_, end - position_);
}

Result<std::string_view> WaveScanner::label(std::string_view what) {
  std::string_view found = peek_label();
  if (found.empty()) return expected(what);
  position_ += found.size();
  if (found.starts_with('%')) found.remove_prefix(1);
  return found;
}

std::string_view WaveScanner::number() {
  skip_space();
  const std::size_t begin = position_;
  while (position_ < text_.size() && (is_label_character(text_[position_]) ||
                                      text_[position_] == '.' || text_[position_] == '+'))
    ++position_;
  return text_.substr(begin, position_ - begin);
}

char32_t WaveScanner::next_code_point() { return read_code_point(text_, position_); }

Result<char32_t> WaveScanner::character() {
  if (!accept('\'')) return expected("a char in single quotes");
  const std::size_t begin = position_ - 1;
  if (next_is('\'') && position_ == begin + 1) return fail("an empty char", begin);
  position_ = begin + 1;  // white space counts here
  const char32_t c = FAVO_TRY(quoted('\''));
  if (position_ == text_.size() || text_[position_] != '\'')
    return fail("expected one char between single quotes", begin);
  ++position_;
  return c;
}

Result<std::string> WaveScanner::string() {
  if (!accept('"')) return expected("a string in double quotes");
  const std::size_t begin = position_ - 1;
  if (rest().starts_with("\"\"\n") || rest().starts_with("\"\"\r\n")) return multiline_string();
  std::string out;
  for (;;) {
    if (position_ == text_.size()) return fail("the string has no closing quote", begin);
    if (text_[position_] == '"') break;
    append_code_point(out, FAVO_TRY(quoted('"')));
  }
  ++position_;
  return out;
}

Result<char32_t> WaveScanner::quoted(char quote) {
  if (position_ == text_.size()) return fail(format("expected {}", quote), position_);
  if (text_[position_] == '\\') return escape();
  if (text_[position_] == '\n') return fail("a line break must be written as \\n", position_);
  return next_code_point();
}

Result<char32_t> WaveScanner::escape() {
  const std::size_t begin = position_++;
  const char kind = position_ < text_.size() ? text_[position_++] : '\0';
  switch (kind) {
    case '\'':
    case '"':
    case '\\':
      return char32_t(kind);
    case 't':
      return U'\t';
    case 'n':
      return U'\n';
    case 'r':
      return U'\r';
    case 'u': {
      std::uint32_t code = 0;
      const std::size_t close = text_.find('}', position_);
      if (position_ < text_.size() && text_[position_] == '{' && close != std::string_view::npos) {
        const char* first = text_.data() + position_ + 1;
        const char* last = text_.data() + close;
        const auto parsed = std::from_chars(first, last, code, 16);
        if (parsed.ec == std::errc() && parsed.ptr == last && code < 0x110000 &&
            !is_surrogate(code)) {
          position_ = close + 1;
          return char32_t(code);
        }
      }
      return fail("expected \\u{…} with the hexadecimal number of a character", begin);
    }
    default:
      return fail(R"(unknown escape; there are \' \" \\ \t \n \r \u{…})", begin);
  }
}

/// Spec: wasm-wave's README, "Multiline Strings". At the two quotes that follow the first.
Result<std::string> WaveScanner::multiline_string() {
  const std::size_t begin = position_ - 1;
  position_ = text_.find('\n', position_) + 1;
  const std::size_t end = text_.find("\"\"\"", position_);
  if (end == std::string_view::npos) return fail("the string has no closing \"\"\"", begin);
  const std::size_t last_break = text_.rfind('\n', end);
  const std::string_view indent = text_.substr(last_break + 1, end - last_break - 1);
  if (indent.find_first_not_of(' ') != std::string_view::npos)
    return fail("the closing \"\"\" must stand on a line of its own", end);

  std::string out;
  while (position_ <= last_break) {
    if (text_[position_] != '\n' && !rest().starts_with("\r\n")) {
      if (!rest().starts_with(indent))
        return fail("this line is indented less than the closing \"\"\"", position_);
      position_ += indent.size();
    }
    while (text_[position_] != '\n' && !rest().starts_with("\r\n"))
      append_code_point(out, FAVO_TRY(quoted('\0')));
    position_ = text_.find('\n', position_) + 1;
    if (position_ <= last_break) out += '\n';
  }
  position_ = end + 3;
  return out;
}

Error WaveScanner::expected(std::string_view what) {
  skip_space();
  return expected(what, rest());
}

Error WaveScanner::expected(std::string_view what, std::string_view from) const {
  const auto position = static_cast<std::size_t>(from.data() - text_.data());
  if (position == text_.size()) return fail(format("expected {}, found the end", what), position);
  return fail(format("expected {}, found {}", what, shown(from)), position);
}

Error WaveScanner::fail(std::string_view message, std::size_t position) const {
  std::size_t line = 1, column = first_column_;
  for (std::size_t i = 0; i < position; ++i) {
    if (text_[i] == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(text_[i]) & 0xc0) != 0x80) {
      ++column;
    }
  }
  if (text_.contains('\n'))
    return error(Code::InvalidArgument, "line {}, column {}: {}", line, column, message);
  return error(Code::InvalidArgument, "column {}: {}", column, message);
}

}  // namespace favo::values
