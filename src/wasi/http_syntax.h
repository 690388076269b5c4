#pragma once

#include <string_view>

namespace favo::wasi {

/// The syntax of a request target's parts, RFC 3986. A method is a token: `http::is_field_name`.

/// Section 3.1.
bool is_scheme(std::string_view text);
/// Section 3.2, with a host that is not empty and a port, if there is a colon, up to 65535.
bool is_authority(std::string_view text);
/// Empty, `*`, or what begins with `/` or `?`. More than section 3.3 allows: all but what the
/// WHATWG URL standard percent-encodes in a query, because that is what guests' libraries leave as
/// it is.
bool is_path_with_query(std::string_view text);

}  // namespace favo::wasi
