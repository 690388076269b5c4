#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "telemetry/log.h"

namespace favo::cli {

/// Log lines on standard error, at once.
class StderrLog final : public telemetry::LogOutput {
 public:
  void submit(std::string lines) override { std::fputs(lines.c_str(), stderr); }
};

/// `favo: error: …` on standard error, a hint below it unless that is empty; returns `code`.
/// Foreign text in messages is made safe for the terminal.
int print_error(std::string_view message, std::string_view hint, int code);
/// `favo: warning: …`
void print_warning(std::string_view message);

}  // namespace favo::cli
