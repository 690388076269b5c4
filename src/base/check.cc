#include "base/check.h"

#include <cstdio>
#include <cstdlib>

#include "base/format.h"

namespace favo {

void check_failed(std::string_view condition, std::source_location where) {
  fmt::print(stderr, "favo: {}:{}: check failed: {}\n", where.file_name(), where.line(), condition);
  std::abort();
}

Error bug(std::string_view what, std::source_location where) {
  auto message = format("bug in favo: {} ({}:{})", what, where.file_name(), where.line());
  fmt::print(stderr, "favo: {}\n", message);
  return Error(Code::Internal, std::move(message));
}

}  // namespace favo
