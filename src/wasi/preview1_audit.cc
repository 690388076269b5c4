#include "wasi/preview1_audit.h"

#include <utility>

#include "wasi/preview1.h"

namespace favo::wasi::preview1 {
namespace {

FileOutcome outcome_of(std::uint32_t errnum) {
  switch (errnum) {
    case kSuccess:
      return FileOutcome::Done;
    case kRofs:
      return FileOutcome::ReadOnly;
    case kPerm:
      return FileOutcome::NotPermitted;
    case kMfile:
      return FileOutcome::TooMany;
    default:
      return FileOutcome::Other;
  }
}

}  // namespace

FileUse looking_up(std::string_view function, std::string_view path) {
  return {.interface = kPreview1, .function = function, .path = path, .looks_up = true};
}

FileUse changing(std::string_view function, std::string_view path, std::string_view other_path) {
  return {.interface = kPreview1,
          .function = function,
          .path = path,
          .other_path = other_path,
          .change = true};
}

void audit(const abi::Call& call, const fs::Node& node, const FileUse& use, std::uint32_t errnum) {
  audit_file(call, node, use, outcome_of(errnum));
}

abi::Poll<std::uint32_t> audited(const abi::Call& call, const fs::Node& node, const FileUse& use,
                                 abi::Poll<std::uint32_t> answer) {
  if (!answer.pending() && !answer.failed()) audit(call, node, use, answer.value());
  return answer;
}

}  // namespace favo::wasi::preview1
