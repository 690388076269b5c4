#pragma once

#include <string>

#include "component/link/plan.h"

namespace favo::link {

/// A plan as text, one line per entry, for tests and for people: what each core instance imports,
/// what the host is asked for, what is exported.
std::string to_string(const Plan& plan);

/// `instance 3 func "cabi_realloc"`, `host 5`, …
std::string to_string(const CoreDef& def);

}  // namespace favo::link
