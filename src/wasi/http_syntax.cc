#include "wasi/http_syntax.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace favo::wasi {
namespace {

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool is_unreserved(char c) { return is_alpha(c) || is_digit(c) || is_one_of(c, "-._~"); }
bool is_sub_delim(char c) { return is_one_of(c, "!$&'()*+,;="); }

/// Unreserved characters, percent-encoded ones, sub-delims, and those of `more`.
bool is_encoded(std::string_view text, std::string_view more) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_unreserved(text[i]) && !is_sub_delim(text[i]) && !is_one_of(text[i], more)) {
      return false;
    }
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  // `inet_pton` looks no further than a NUL, whatever lies behind it.
  if (text.find('\0') != std::string_view::npos) return false;
  in6_addr address;
  return inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

}  // namespace

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || is_one_of(c, "+-.");
  });
}

bool is_authority(std::string_view text) {
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    if (!is_encoded(text.substr(0, at), ":")) return false;
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !is_ipv6(text.substr(1, end - 1))) return false;
    port = text.substr(end + 1);
  } else {
    const std::string_view host = text.substr(0, text.find(':'));
    if (host.empty() || !is_encoded(host, "")) return false;
    port = text.substr(host.size());
  }
  return port.empty() || (port.front() == ':' && is_port(port.substr(1)));
}

bool is_path_with_query(std::string_view text) {
  if (text.empty() || text == "*") return true;
  return (text.front() == '/' || text.front() == '?') && std::ranges::all_of(text, [](char c) {
           return c > ' ' && c < 0x7f && !is_one_of(c, "\"#<>");
         });
}

}  // namespace favo::wasi
