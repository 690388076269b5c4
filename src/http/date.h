#pragma once

#include <ctime>
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

}  // namespace favo::http
