#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace favo::wast {

/// The version of `wasm-tools` that converts scripts. Others refuse some of them.
constexpr std::string_view kConverter = "1.257.1";

/// A directory that goes away with the object.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> create();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept
      : path_(std::exchange(other.path_, std::string())) {}
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Finds `wasm-tools` in PATH. Errors: NotFound, or Unavailable for another version; both say what
/// to do.
Result<void> check_converter();

/// Converts a `.wast` file by `wasm-tools json-from-wast`; the path of the JSON, in `into`.
/// Errors: InvalidArgument with the converter's own words.
Result<std::string> convert(const std::string& script, const TemporaryDirectory& into);

}  // namespace favo::wast
