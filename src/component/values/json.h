#pragma once

#include <string>

#include "component/types/types.h"
#include "component/values/value.h"

namespace favo::values {

/// A value as JSON, for programs that read our output:
///
///   bool, numbers            themselves; nan and infinities as "nan", "inf", "-inf"
///   char, string, enum       a string
///   list, tuple              an array; a map an array of [key, value]
///   record                   an object
///   variant                  {"case": "name"} or {"case": "name", "value": …}
///   option                   null or {"some": …}
///   result                   {"ok": …} or {"err": …}, null where there is no payload
///   flags                    an array of names
///   handles                  null
std::string to_json(const Value& value, const types::TypeTable& types, types::TypeId type);

}  // namespace favo::values
