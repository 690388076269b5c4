#include "http/date.h"

#include <fmt/format.h>

namespace favo::http {

void DateLine::update(std::time_t now) {
  if (now == shown_) return;
  // Not strftime: names of days and months must not follow the locale.
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm date;
  if (!gmtime_r(&now, &date)) return;
  shown_ = now;
  *fmt::format_to_n(text_, sizeof text_ - 1, "Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n",
                    kDays[date.tm_wday], date.tm_mday, kMonths[date.tm_mon], date.tm_year + 1900,
                    date.tm_hour, date.tm_min, date.tm_sec)
       .out = '\0';
}

}  // namespace favo::http
