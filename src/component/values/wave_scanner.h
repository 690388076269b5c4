#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace favo::values {

/// Tokens of WAVE text. Private to `component/values`.
///
/// Columns count characters, from 1; where the text has several lines, messages name the line too.
class WaveScanner {
 public:
  /// `column`: of the first character.
  explicit WaveScanner(std::string_view text, std::size_t column = 1)
      : text_(text), first_column_(column) {}

  /// Skips white space and comments, then tells whether the next character is `c`.
  bool next_is(char c);
  /// The same, and consumes it.
  bool accept(char c);
  bool at_end();
  Result<void> expect(char c);

  /// A label or keyword without consuming it, `%` included; empty when there is none.
  std::string_view peek_label();
  /// `%` is no part of what is returned. Errors: `what` was expected.
  Result<std::string_view> label(std::string_view what);
  /// The longest run of what numbers are made of, or a keyword; empty when there is none.
  std::string_view number();
  /// A quoted one; escapes are resolved.
  Result<char32_t> character();
  Result<std::string> string();

  /// "column 7: expected u8, found …" about what comes next.
  Error expected(std::string_view what);
  /// The same about what was at `from`, a part of the text.
  Error expected(std::string_view what, std::string_view from) const;
  Error fail(std::string_view message, std::size_t position) const;
  std::size_t position() const { return position_; }
  std::string_view rest() const { return text_.substr(position_); }

 private:
  void skip_space();
  /// One character of a char or string, with its escapes.
  Result<char32_t> quoted(char quote);
  Result<char32_t> escape();
  Result<std::string> multiline_string();
  char32_t next_code_point();

  std::string_view text_;
  std::size_t first_column_;
  std::size_t position_ = 0;
};

/// Appends UTF-8.
void append_code_point(std::string& out, char32_t c);
/// The code point at `position`, which moves past it. REQUIRES: well-formed UTF-8.
char32_t read_code_point(std::string_view text, std::size_t& position);

/// Words that a label may not look like without `%`.
bool is_wave_keyword(std::string_view label);

}  // namespace favo::values
