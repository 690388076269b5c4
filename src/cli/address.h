#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace favo::cli {

struct Address {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
};

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; port 0 is any free one.
/// Errors: InvalidArgument, with what was expected.
Result<Address> parse_address(std::string_view text);

/// As a URL writes it: IPv6 in brackets.
std::string url_of(std::string_view scheme, std::string_view host, std::uint16_t port);

}  // namespace favo::cli
