#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace favo::http {

/// The `Date` field as a line, formatted once a second. Spec: RFC 9110 5.6.7, IMF-fixdate.
class DateLine {
 public:
  DateLine() { update(0); }
  void update(std::time_t now);
  /// `Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n`
  std::string_view text() const { return {text_, sizeof text_ - 1}; }
  /// `Sun, 06 Nov 1994 08:49:37 GMT`
  std::string_view value() const { return text().substr(6, 29); }

 private:
  std::time_t shown_ = -1;
  char text_[38];
};

/// `Sun, 06 Nov 1994 08:49:37 GMT`; empty for a year that four digits do not hold.
std::string format_date(std::time_t time);
/// All three forms of RFC 9110 5.6.7; a year of two digits is one of 1970 to 2069. Nothing for
/// anything else.
std::optional<std::time_t> parse_date(std::string_view text);

}  // namespace favo::http
