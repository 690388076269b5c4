#pragma once

#include "component/values/value.h"
#include "tests/echo/echo_app.h"

namespace favo::echo {

/// Any value of a type that `random_type` makes.
values::Value random_value(Choices& choices, const types::TypeTable& table, types::TypeId type);

}  // namespace favo::echo
