#pragma once

#include <string_view>

namespace favo::cli {

/// `favo: error: …` on standard error, a hint below it unless that is empty; returns `code`.
/// Foreign text in messages is made safe for the terminal.
int print_error(std::string_view message, std::string_view hint, int code);
/// `favo: warning: …`
void print_warning(std::string_view message);

}  // namespace favo::cli
