#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "wast/check.h"
#include "wast/features.h"

namespace favo::wast {

struct FileOptions {
  std::vector<std::string> with, without;  ///< features; they count more than the script's wishes
  bool validate_only = false;
  std::chrono::seconds time_limit{10};
};

/// Runs one script, a `.wast` or the `.json` made from it, in a process of its own: one that hangs
/// is ended after the time limit, and one that crashes takes nobody along.
///
/// REQUIRES: this process runs no other thread (it forks).
/// Errors: InvalidArgument for an unknown feature, and those of `check_converter`. All that
///         concerns the one file is in the report.
Result<Report> run_file(const std::string& path, const FileOptions& options);

}  // namespace favo::wast
