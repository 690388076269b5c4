#pragma once

#include <string>
#include <string_view>

namespace favo::http {

/// A request target taken apart (RFC 9112 3.2).
struct Target {
  std::string_view path_and_query;  ///< `/path?query`, or `*`
  std::string_view authority;       ///< only of the absolute form
  std::string_view scheme;          ///< only of the absolute form: `http` or `https`
};

/// Takes `target` apart into views of it; false when it is none. The authority form (CONNECT) is
/// not handled here. `storage` holds the path when none was sent: `http://host?query`.
bool parse_target(std::string_view method, std::string_view target, std::string& storage,
                  Target& result);

/// `host[:port]` of RFC 3986 3.2 without user information; an empty host is refused.
bool is_authority(std::string_view authority);

}  // namespace favo::http
