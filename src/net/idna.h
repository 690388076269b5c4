#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace favo::net {

/// The form in which an internationalized name is looked up: its labels as `xn--…`, by IDNA 2008
/// with the mapping of UTS 46. A name of ASCII alone is given back as it is, right or not.
/// Nothing when `name` is not UTF-8, or has characters that no name may have.
std::optional<std::string> to_ascii(std::string_view name);

}  // namespace favo::net
