#include "http/date.h"

#include <fmt/format.h>

#include <chrono>
#include <span>

namespace favo::http {
namespace {

// Not strftime: names of days and months must not follow the locale.
constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view kLongDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday"};
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t kDateSize = 29;
constexpr int kLastYear = 9999;

/// Writes `kDateSize` characters, for years of four digits.
char* write_date(char* out, const std::tm& date) {
  return fmt::format_to(out, "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[date.tm_wday],
                        date.tm_mday, kMonths[date.tm_mon], date.tm_year + 1900, date.tm_hour,
                        date.tm_min, date.tm_sec);
}

/// Reads a text from the left; once something was not there, nothing is.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Scanner& literal(std::string_view expected) {
    if (!text_.starts_with(expected)) return fail();
    text_.remove_prefix(expected.size());
    return *this;
  }
  Scanner& one_of(std::span<const std::string_view> names, int& index) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!text_.starts_with(names[i])) continue;
      index = static_cast<int>(i);
      return literal(names[i]);
    }
    return fail();
  }
  /// Of so many digits; a first one may be a space where `padded`.
  Scanner& number(std::size_t digits, int& value, bool padded = false) {
    if (text_.size() < digits) return fail();
    value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = text_[i];
      if (padded && i == 0 && c == ' ') continue;
      if (c < '0' || c > '9') return fail();
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return *this;
  }
  Scanner& time(int& hours, int& minutes, int& seconds) {
    return number(2, hours).literal(":").number(2, minutes).literal(":").number(2, seconds);
  }
  bool done() const { return !failed_ && text_.empty(); }

 private:
  Scanner& fail() {
    failed_ = true;
    text_ = {};
    return *this;
  }
  std::string_view text_;
  bool failed_ = false;
};

}  // namespace

void DateLine::update(std::time_t now) {
  if (now == shown_) return;
  std::tm date;
  if (!gmtime_r(&now, &date) || date.tm_year > kLastYear - 1900) return;
  shown_ = now;
  char* out = fmt::format_to(text_, "Date: ");
  out = write_date(out, date);
  *fmt::format_to(out, "\r\n") = '\0';
}

std::string format_date(std::time_t time) {
  std::tm date;
  if (!gmtime_r(&time, &date) || date.tm_year > kLastYear - 1900 || date.tm_year < -1900) return {};
  std::string text(kDateSize, ' ');
  write_date(text.data(), date);
  return text;
}

std::optional<std::time_t> parse_date(std::string_view text) {
  int weekday = 0, day = 0, month = 0, year = 0, hours = 0, minutes = 0, seconds = 0;
  const auto fixed = [&] {
    return Scanner(text)
        .one_of(kDays, weekday)
        .literal(", ")
        .number(2, day)
        .literal(" ")
        .one_of(kMonths, month)
        .literal(" ")
        .number(4, year)
        .literal(" ")
        .time(hours, minutes, seconds)
        .literal(" GMT")
        .done();
  };
  const auto rfc850 = [&] {
    if (!Scanner(text)
             .one_of(kLongDays, weekday)
             .literal(", ")
             .number(2, day)
             .literal("-")
             .one_of(kMonths, month)
             .literal("-")
             .number(2, year)
             .literal(" ")
             .time(hours, minutes, seconds)
             .literal(" GMT")
             .done())
      return false;
    year += year < 70 ? 2000 : 1900;
    return true;
  };
  const auto asctime = [&] {
    return Scanner(text)
        .one_of(kDays, weekday)
        .literal(" ")
        .one_of(kMonths, month)
        .literal(" ")
        .number(2, day, true)
        .literal(" ")
        .time(hours, minutes, seconds)
        .literal(" ")
        .number(4, year)
        .done();
  };
  if (!fixed() && !rfc850() && !asctime()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month + 1)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hours > 23 || minutes > 59 || seconds > 60) return std::nullopt;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(hours) +
                    std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
  return static_cast<std::time_t>(time.time_since_epoch().count());
}

}  // namespace favo::http
