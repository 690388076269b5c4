#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wast/script.h"

namespace favo::wast {

enum class Verdict : std::uint8_t { Passed, Failed, Skipped };

/// What one command of a script came to.
struct Check {
  std::uint32_t line = 0;
  CommandKind kind{};
  Verdict verdict = Verdict::Passed;
  std::string feature;      ///< of a skipped one: what is not built
  std::string message;      ///< ours: why it failed or was skipped, or how it was refused
  std::string expectation;  ///< upstream's text, where the command has one
};

/// What one file came to. Commands that only a parser of text could check are left out.
struct Report {
  std::string file;
  std::string error;  ///< the file could not be run at all; counts as one failure
  std::vector<Check> checks;

  std::size_t count(Verdict verdict) const;
};

/// For people: a line, then the failures.
///
///   spec/values/strings.json: 47/47
///   spec/async/deadlock.json: 3/9, 6 skipped (cm-async 6)
///   wasmtime/tags.json: 1/2
///     line 23 assert_invalid
///       expected: mismatched tag types
///       got:      it is valid
std::string to_text(const Report& report);
/// The last line: `136 files: 1800 of 2079 passed, 3 failed, 276 skipped (cm-async 133, …)`.
std::string summary(const std::vector<Report>& reports);
/// For tools: an object with `files`, each with every check that did not pass, and the sums.
std::string to_json(const std::vector<Report>& reports);

}  // namespace favo::wast
