#include "telemetry/log.h"

#include <array>

#include "base/format.h"
#include "telemetry/line.h"

namespace favo::telemetry {

std::string_view to_string(Level level) {
  constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

Result<LogFormat> parse_log_format(std::string_view text) {
  if (text == "logfmt") return LogFormat::Logfmt;
  if (text == "json") return LogFormat::Json;
  return error(Code::InvalidArgument, "unknown log format {:?}: expected logfmt or json", text);
}

Log::Log(LogOutput& output, LogFormat format, Level lowest)
    : output_(output), format_(format), lowest_(lowest) {}

void Log::event(Level level, std::string_view message, std::initializer_list<Field> fields,
                Time time) {
  if (!enabled(level)) return;
  LineWriter line(buffer_, format_);
  line.plain("time", timestamp(time));
  line.plain("level", to_string(level));
  line.field("msg", message);
  for (const Field& field : fields) line.field(field.name, field.value);
  line.finish();
  finish_line(level >= Level::Warning);
}

void Log::access(const AccessRecord& record) {
  if (!enabled(Level::Info)) return;
  LineWriter line(buffer_, format_);
  line.plain("time", timestamp(record.time));
  line.plain("level", to_string(Level::Info));
  line.plain("msg", "request");
  line.field("id", record.request_id);
  line.field("app", record.app);
  line.field("peer", record.peer);
  line.field("method", record.method);
  line.field("path", record.path);
  line.field("status", record.status);
  line.field("bytes_in", record.bytes_in);
  line.field("bytes_out", record.bytes_out);
  line.field("duration_us", static_cast<std::int64_t>(record.duration.count()));
  if (!record.error.empty()) line.field("error", record.error);
  line.finish();
  finish_line(false);
}

void Log::finish_line(bool urgent) {
  if (urgent || buffer_.size() >= kFlushBytes) flush();
}

void Log::flush() {
  if (buffer_.empty()) return;
  // A fresh buffer at its full size: growing it by doubling would copy every line twice.
  std::string next;
  if (buffer_.size() >= kFlushBytes / 2) next.reserve(kFlushBytes + 1024);
  buffer_.swap(next);
  output_.submit(std::move(next));
}

std::string_view Log::timestamp(Time time) {
  using std::chrono::floor;
  using std::chrono::microseconds;
  using std::chrono::seconds;
  const auto second = floor<seconds>(time);
  const std::int64_t count = second.time_since_epoch().count();
  if (count != second_ || stamp_.empty()) {
    const auto day = floor<std::chrono::days>(second);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(second - day);
    stamp_ = format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000000Z", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    clock.hours().count(), clock.minutes().count(), clock.seconds().count());
    second_ = count;
  }
  auto fraction = static_cast<std::uint32_t>(floor<microseconds>(time - second).count());
  for (std::size_t i = 0, at = stamp_.size() - 2; i < 6; ++i, --at, fraction /= 10)
    stamp_[at] = static_cast<char>('0' + fraction % 10);
  return stamp_;
}

}  // namespace favo::telemetry
