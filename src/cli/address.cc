#include "cli/address.h"

#include <charconv>

#include "base/format.h"

namespace favo::cli {

Result<Address> parse_address(std::string_view text) {
  auto fail = [&](std::string_view why) {
    return error(Code::InvalidArgument, "address {:?}: {}", text, why);
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail("expected ADDRESS:PORT, as in 127.0.0.1:8080");
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return fail("an IPv6 address needs brackets, as in [::1]:8080");
  }
  if (host.empty()) return fail("the address is missing; 0.0.0.0 listens on all of them");
  std::uint16_t port = 0;
  const char* end = port_text.data() + port_text.size();
  const auto parsed = std::from_chars(port_text.data(), end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end)
    return fail("the port must be a number from 0 to 65535");
  return Address{host == "localhost" ? "127.0.0.1" : std::string(host), port};
}

std::string url_of(std::string_view scheme, std::string_view host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string_view::npos;
  return v6 ? format("{}://[{}]:{}/", scheme, host, port)
            : format("{}://{}:{}/", scheme, host, port);
}

}  // namespace favo::cli
