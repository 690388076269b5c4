#pragma once

#include <string>
#include <string_view>

#include "telemetry/log.h"

namespace favo::telemetry {

/// Appends one log line to a buffer: `LineWriter(out, format)`, fields, `finish()`.
class LineWriter {
 public:
  LineWriter(std::string& out, LogFormat format);

  /// `name` is written as it is; text is cut, made UTF-8 and escaped.
  void field(std::string_view name, const FieldValue& value);
  /// Text known to need no escaping in either format.
  void plain(std::string_view name, std::string_view text);
  void finish();

 private:
  void name(std::string_view name);

  std::string& out_;
  LogFormat format_;
  bool first_ = true;
};

/// Appends `text` with quotes, escaped so that JSON and logfmt readers take it alike: control
/// characters (C0, DEL, C1) become `\n`, `\t`, `\u001b`; bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text);

/// Foreign text for a terminal: the same escapes without quotes, and line ends stay.
std::string printable(std::string_view text);

}  // namespace favo::telemetry
