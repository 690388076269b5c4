#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "component/abi/host.h"

/// Why an import cannot be bound, for people. Private to `component/runtime`.
namespace favo::runtime {

/// `"read" of "wasi:io/streams@0.2.9"`, or the bare name of an import that has no interface.
std::string quoted(const std::string& interface, const std::string& name);

/// What the host offers that comes closest to a function (or resource) that it does not: another
/// function of the interface, another version of it, an interface of a similar name.
std::string in_reach(const abi::Host& host, const std::string& interface, const std::string& name);

/// The imports that could not be bound, so that one attempt tells of all.
class Unmet {
 public:
  /// Whether there is room for more: a hostile component may have any number of them.
  bool add(Error error);
  /// An error of the first one's code, when there is any: by itself, or as the head of a list. What
  /// is said twice, of a function that is imported with several options, is listed once.
  Result<void> result() &&;

 private:
  std::vector<Error> errors_;
};

}  // namespace favo::runtime
