#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "component/validate/validate.h"

namespace favo::wast {

/// The proposals that a script may use: each is a switch of its own.
struct Features {
  validate::Features component;
  bool exceptions = true;  ///< a proposal of the core language; tags come with it

  /// What scripts use without saying so: the specification, with asynchronous functions, threads
  /// and the types that came with WASI 0.3, but none of the syntax that it reserves for later.
  static Features standard();
  /// The core language and the component model as it came with WASI 0.2.
  static Features base();

  /// Errors: InvalidArgument for a name that is none; the message lists those that are.
  Result<void> set(std::string_view name, bool on);
  static bool known(std::string_view name);
};

/// `cm-async, cm-map, …`: as validators name them; those that are standard, or the others.
std::string feature_list(bool standard);

}  // namespace favo::wast
