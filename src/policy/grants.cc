#include "policy/grants.h"

#include <algorithm>

#include "base/format.h"

namespace favo::policy {

Result<void> Grants::add_env(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos)
    return error(Code::InvalidArgument,
                 "environment {:?}: expected KEY=VALUE (the guest does not inherit ours)",
                 assignment);
  if (equals == 0)
    return error(Code::InvalidArgument, "environment {:?}: the name is empty", assignment);
  if (assignment.find('\0') != std::string_view::npos)
    return error(Code::InvalidArgument, "environment {:?}: contains a NUL", assignment);
  std::string name(assignment.substr(0, equals));
  std::string value(assignment.substr(equals + 1));
  const auto found = std::ranges::find(env, name, &std::pair<std::string, std::string>::first);
  if (found != env.end()) {
    found->second = std::move(value);
  } else {
    env.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

}  // namespace favo::policy
