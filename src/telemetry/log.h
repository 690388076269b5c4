#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace favo::telemetry {

enum class LogFormat : std::uint8_t { Logfmt, Json };
enum class Level : std::uint8_t { Debug, Info, Warning, Error };

/// As lines print it: `warning`.
std::string_view to_string(Level level);
/// `logfmt` or `json`; InvalidArgument for anything else.
Result<LogFormat> parse_log_format(std::string_view text);

/// What a field may hold; text is borrowed for the call.
class FieldValue {
 public:
  FieldValue(std::string_view text) : value_(text) {}
  FieldValue(const std::string& text) : value_(std::string_view(text)) {}
  FieldValue(const char* text) : value_(std::string_view(text)) {}
  FieldValue(bool value) : value_(value) {}
  template <std::unsigned_integral T>
  FieldValue(T value) : value_(std::uint64_t{value}) {}
  template <std::signed_integral T>
  FieldValue(T value) : value_(std::int64_t{value}) {}

  using Value = std::variant<std::string_view, bool, std::uint64_t, std::int64_t>;
  const Value& value() const { return value_; }

 private:
  Value value_;
};

/// `name` is a literal of ours: lower case and underscores, not escaped.
struct Field {
  std::string_view name;
  FieldValue value;
};

/// One request, as the access log tells it. Views are borrowed for the call.
struct AccessRecord {
  std::chrono::system_clock::time_point time;  ///< when the head was complete
  std::string_view request_id;
  std::string_view app;  ///< what answered it
  std::string_view peer;
  std::string_view method;
  std::string_view path;
  int status = 0;                             ///< 0: the client left before there was one
  std::uint64_t bytes_in = 0, bytes_out = 0;  ///< of the bodies
  std::chrono::microseconds duration{};       ///< head complete … response finished
  std::string_view error;                     ///< empty: none
};

/// Where finished lines go.
class LogOutput {
 public:
  virtual ~LogOutput() = default;
  /// Takes whole lines. Never blocks and never fails towards the caller. Threads: any.
  virtual void submit(std::string lines) = 0;
};

/// One shard's log: formats events into a buffer of its own and hands whole buffers to the output,
/// so that shards share nothing on the request path.
///
/// Lines are UTF-8 without control characters, whatever a guest or a client put into a field:
/// nobody forges a line or steers a terminal. Long fields are cut at `kMaxFieldBytes`.
///
/// Ownership: borrows the output, which must outlive it. Destroying it flushes.
/// Threads:   belongs to one shard.
/// Cost:      formatting, no system call, no lock; an allocation per `kFlushBytes`.
///
/// Example:
///   Log log(output, LogFormat::Logfmt);
///   log.event(Level::Info, "listening", {{"address", "127.0.0.1:8080"}, {"shards", 2u}});
///   // time=2026-11-23T08:00:00.000000Z level=info msg=listening address=127.0.0.1:8080 shards=2
class Log {
 public:
  using Time = std::chrono::system_clock::time_point;

  static constexpr std::size_t kFlushBytes = 32 * 1024;
  static constexpr std::size_t kMaxFieldBytes = 4096;

  explicit Log(LogOutput& output, LogFormat format = LogFormat::Logfmt, Level lowest = Level::Info);
  ~Log() { flush(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool enabled(Level level) const { return level >= lowest_; }

  /// Warnings and errors are handed over at once, the rest by `flush`.
  void event(Level level, std::string_view message, std::initializer_list<Field> fields = {},
             Time time = std::chrono::system_clock::now());
  void access(const AccessRecord& record);

  /// There are lines that only `flush` will show: the shard calls it within 100 ms.
  bool pending() const { return !buffer_.empty(); }
  void flush();

 private:
  std::string_view timestamp(Time time);
  void finish_line(bool urgent);

  LogOutput& output_;
  LogFormat format_;
  Level lowest_;
  std::string buffer_;
  std::int64_t second_ = -1;  ///< the second that `stamp_` shows
  std::string stamp_;         ///< `2026-11-23T08:00:00.123456Z`
};

}  // namespace favo::telemetry
