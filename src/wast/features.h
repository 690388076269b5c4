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

  /// All that the validator knows.
  static Features all();

  /// Errors: InvalidArgument for a name that is none; the message lists those that are.
  Result<void> set(std::string_view name, bool on);
  static bool known(std::string_view name);
};

/// `cm-async, cm-map, …`: as validators name them.
std::string feature_list();

}  // namespace favo::wast
