#pragma once

#include <cstdint>
#include <string_view>

#include "component/abi/call.h"
#include "fs/node.h"

/// What the audit is told of files and directories: what a grant refused, as opposed to the system,
/// and, for an explanation, what was used.
namespace favo::wasi {

/// One call. Text is borrowed.
struct FileUse {
  std::string_view interface, function;  ///< as in `telemetry::CapabilityUse`
  std::string_view path;                 ///< from the directory; empty: what is open itself
  std::string_view other_path;           ///< where a second one is given, or a link's target
  bool change = false;                   ///< needs a directory granted for writing
  /// Does nothing but look the path up: what is not permitted then is to leave the directory. Other
  /// calls are told that for reasons of the system's, too, and count only when the path shows it.
  bool looks_up = false;
};

/// How it ended.
enum class FileOutcome : std::uint8_t { Done, ReadOnly, NotPermitted, TooMany, Other };

/// Cost: two comparisons for what was allowed, unless the audit explains.
void audit_file(const abi::Call& call, const fs::Node& node, const FileUse& use,
                FileOutcome outcome);

/// A component asks which directories it was granted. That there are none is no error to it, but
/// tells whoever wonders why it finds no files.
void audit_preopens(const abi::Call& call, std::string_view interface, std::string_view function);

}  // namespace favo::wasi
