#include "http/target.h"

#include <algorithm>

#include "http/fields.h"

namespace favo::http {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

/// Wider than RFC 3986 by what browsers send in a query unescaped (`|`, `{`, `^`, …), narrower than
/// what other servers let through: no fragment, no quotes, no backslash, nothing beyond ASCII.
bool is_target_character(unsigned char c) {
  if (c <= 0x20 || c >= 0x7f) return false;
  return c != '#' && c != '"' && c != '<' && c != '>' && c != '\\';
}

bool is_registered_name_character(char c) {
  return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
         std::string_view("-._~%!$&'()*+,;=").contains(c);
}

}  // namespace

bool is_authority(std::string_view authority) {
  std::string_view port;
  if (authority.starts_with('[')) {
    auto close = authority.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    auto literal = authority.substr(1, close - 1);
    if (!std::ranges::all_of(literal, [](char c) { return is_hex(c) || c == ':' || c == '.'; })) {
      return false;
    }
    port = authority.substr(close + 1);
  } else {
    auto colon = std::min(authority.find(':'), authority.size());
    auto host = authority.substr(0, colon);
    if (host.empty() || !std::ranges::all_of(host, is_registered_name_character)) return false;
    port = authority.substr(colon);
  }
  if (port.empty()) return true;
  if (port.front() != ':' || port.size() > 6) return false;
  return std::ranges::all_of(port.substr(1), is_digit);
}

bool parse_target(std::string_view method, std::string_view target, std::string& storage,
                  Target& result) {
  result = {};
  if (!std::ranges::all_of(target, is_target_character)) return false;
  if (target.starts_with('/')) {
    result.path_and_query = target;
    return true;
  }
  if (target == "*") {
    result.path_and_query = target;
    return method == "OPTIONS";
  }
  auto colon = target.find("://");
  if (colon == std::string_view::npos) return false;
  auto scheme = target.substr(0, colon);
  if (same_name(scheme, "http"))
    result.scheme = "http";
  else if (same_name(scheme, "https"))
    result.scheme = "https";
  else
    return false;
  auto rest = target.substr(colon + 3);
  auto path = std::min(rest.find_first_of("/?"), rest.size());
  result.authority = rest.substr(0, path);
  if (!is_authority(result.authority)) return false;
  result.path_and_query = rest.substr(path);
  if (!result.path_and_query.starts_with('/')) {
    storage = '/';
    storage += result.path_and_query;
    // RFC 9112 3.2.4: the asterisk form of OPTIONS, as a proxy was asked for it.
    if (method == "OPTIONS" && storage.size() == 1) storage = '*';
    result.path_and_query = storage;
  }
  return true;
}

}  // namespace favo::http
