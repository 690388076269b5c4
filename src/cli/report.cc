#include "cli/report.h"

#include <cstdio>

#include "base/format.h"
#include "telemetry/line.h"

namespace favo::cli {

int print_error(std::string_view message, std::string_view hint, int code) {
  std::string text = format("favo: error: {}\n", telemetry::printable(message));
  if (!hint.empty()) text += format("  hint: {}\n", telemetry::printable(hint));
  std::fputs(text.c_str(), stderr);
  return code;
}

void print_warning(std::string_view message) {
  std::fputs(format("favo: warning: {}\n", telemetry::printable(message)).c_str(), stderr);
}

}  // namespace favo::cli
