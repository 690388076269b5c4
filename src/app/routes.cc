#include "app/routes.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/text.h"

namespace favo::app {
namespace {

constexpr std::string_view kRest = "...";
/// Bounds the recursion of a look-up.
constexpr std::size_t kMaxSegments = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The bytes of a segment, decoded one after the other.
class Decoded {
 public:
  explicit Decoded(std::string_view text) : text_(text) {}
  bool at_end() const { return text_.empty(); }
  unsigned char next() {
    const auto encoded = percent_encoded(text_);
    const char c = encoded.value_or(text_[0]);
    text_.remove_prefix(encoded ? 3 : 1);
    return static_cast<unsigned char>(c);
  }

 private:
  std::string_view text_;
};

/// How a segment as sent compares with a literal: below 0, 0 or above.
int compare(std::string_view sent, std::string_view literal) {
  Decoded bytes(sent);
  for (const char c : literal) {
    if (bytes.at_end()) return -1;
    const unsigned char a = bytes.next(), b = static_cast<unsigned char>(c);
    if (a != b) return a < b ? -1 : 1;
  }
  return bytes.at_end() ? 0 : 1;
}

struct Split {
  std::string_view segment, rest;
  bool last;
};
/// At the first slash.
Split split(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == path.npos) return {path, {}, true};
  return {path.substr(0, slash), path.substr(slash + 1), false};
}

bool is_host_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

bool equal_hosts(std::string_view sent, std::string_view name) {
  return sent.size() == name.size() &&
         std::ranges::equal(sent, name, {}, [](char c) { return lower(c); });
}

/// Without its port and the dot of a name that is written out to the root.
std::string_view bare_host(std::string_view host) {
  const bool is_v6 = host.starts_with('[');
  const std::size_t end = is_v6 ? host.find(']') : host.find(':');
  if (end != host.npos) host = host.substr(0, is_v6 ? end + 1 : end);
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

}  // namespace

Result<void> check_route_path(std::string_view path) {
  const auto refuse = [&](std::string_view reason) {
    return error(Code::InvalidArgument, "route {:?}: {}; expected /path, /path/:name or /path/...",
                 path, reason);
  };
  if (!path.starts_with('/')) return refuse("it does not start with a slash");
  if (path.find_first_of("?#") != path.npos) return refuse("a path ends before ? and #");
  std::size_t segments = 0;
  for (Split at = split(path.substr(1));; at = split(at.rest)) {
    const std::string_view segment = at.segment;
    if (++segments > kMaxSegments) return refuse("it has more than 64 segments");
    if (segment.empty() && !at.last) return refuse("it has an empty segment");
    if (segment == kRest && !at.last) return refuse("... stands at the end only");
    if (segment != kRest && segment.contains(kRest)) return refuse("... is a segment of its own");
    if (segment == ":") return refuse("a parameter needs a name after the colon");
    if (segment.starts_with('*')) return refuse("* is no wildcard here");
    if (std::ranges::any_of(segment, [](char c) { return c > 0 && c <= ' '; }))
      return refuse("it has a space in it");
    if (at.last) return {};
  }
}

Result<void> check_route_host(std::string_view host) {
  std::string_view name = host;
  if (name.starts_with("*.")) name.remove_prefix(2);
  bool sound = !name.empty() || host.empty();
  for (std::string_view rest = name; sound && !name.empty();) {
    const std::size_t dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    sound = !label.empty() && std::ranges::all_of(label, is_host_letter);
    if (dot == rest.npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (sound) return {};
  return error(Code::InvalidArgument,
               "host {:?}: expected a name without a port, or *.name for all below it", host);
}

Result<RouteTable> RouteTable::create(std::span<const Route> routes) {
  RouteTable table;
  for (std::uint32_t i = 0; i < routes.size(); ++i) {
    FAVO_TRY(check_route_path(routes[i].path));
    FAVO_TRY(check_route_host(routes[i].host));
    FAVO_TRY(table.add(routes[i], i, routes));
    table.targets_.push_back(routes[i].target);
  }
  // Names before patterns, and longer ones first: what is below a name is more special than it.
  std::ranges::sort(table.hosts_, [](const Host& a, const Host& b) {
    if (a.name.empty() != b.name.empty()) return b.name.empty();
    if (a.is_suffix != b.is_suffix) return b.is_suffix;
    return a.name.size() > b.name.size();
  });
  return table;
}

std::uint32_t RouteTable::host_root(std::string_view pattern) {
  const bool is_suffix = pattern.starts_with("*.");
  if (is_suffix) pattern.remove_prefix(2);
  std::string name;
  for (const char c : pattern) name += lower(c);
  for (const Host& host : hosts_)
    if (host.name == name && host.is_suffix == is_suffix) return host.root;
  nodes_.emplace_back();
  hosts_.push_back({std::move(name), is_suffix, static_cast<std::uint32_t>(nodes_.size() - 1)});
  return hosts_.back().root;
}

std::uint32_t RouteTable::child(std::uint32_t node, std::string_view segment) {
  const auto made = static_cast<std::uint32_t>(nodes_.size());
  if (segment.starts_with(':')) {
    if (nodes_[node].parameter) return *nodes_[node].parameter;
    nodes_[node].parameter = made;
  } else {
    auto& literals = nodes_[node].literals;
    std::string text;
    for (Decoded bytes(segment); !bytes.at_end();) text += static_cast<char>(bytes.next());
    const auto at = std::ranges::find_if(
        literals, [&](const auto& literal) { return compare(segment, literal.first) <= 0; });
    if (at != literals.end() && at->first == text) return at->second;
    literals.emplace(at, std::move(text), made);
  }
  nodes_.emplace_back();
  return made;
}

Result<void> RouteTable::add(const Route& route, std::uint32_t index, std::span<const Route> all) {
  std::uint32_t node = host_root(route.host);
  bool is_rest = false;
  for (Split at = split(std::string_view(route.path).substr(1));; at = split(at.rest)) {
    is_rest = at.segment == kRest;
    if (!is_rest) node = child(node, at.segment);
    if (at.last) break;
  }
  std::optional<std::uint32_t>& end = is_rest ? nodes_[node].rest : nodes_[node].exact;
  if (end)
    return error(Code::InvalidArgument, "{}: the route {}{} takes the same requests as {}{} of {}",
                 route.origin, route.host, route.path, all[*end].host, all[*end].path,
                 all[*end].origin);
  end = index;
  return {};
}

/// `rest`: what of the path is not matched yet; nothing of it when `at_end`.
std::optional<std::uint32_t> RouteTable::match(std::uint32_t index, std::string_view rest,
                                               bool at_end) const {
  const Node& node = nodes_[index];
  if (at_end) return node.exact ? node.exact : node.rest;
  const Split at = split(rest);
  auto literal = std::ranges::lower_bound(
      node.literals, at.segment,
      [](std::string_view text, std::string_view segment) { return compare(segment, text) > 0; },
      [](const auto& entry) { return std::string_view(entry.first); });
  if (literal != node.literals.end() && compare(at.segment, literal->first) == 0) {
    if (const auto found = match(literal->second, at.rest, at.last)) return found;
  }
  if (node.parameter && !at.segment.empty()) {
    if (const auto found = match(*node.parameter, at.rest, at.last)) return found;
  }
  return node.rest;
}

std::optional<std::size_t> RouteTable::find(std::string_view host, std::string_view path) const {
  host = bare_host(host);
  path = path.substr(0, path.find('?'));
  if (path.starts_with('/')) path.remove_prefix(1);
  for (const Host& candidate : hosts_) {
    const std::string& name = candidate.name;
    bool fits = name.empty();
    if (!fits && candidate.is_suffix) {
      const std::size_t below = host.size() - std::min(host.size(), name.size());
      fits = below >= 2 && host[below - 1] == '.' && equal_hosts(host.substr(below), name);
    } else if (!fits) {
      fits = equal_hosts(host, name);
    }
    if (!fits) continue;
    if (const auto found = match(candidate.root, path, false)) return targets_[*found];
  }
  return std::nullopt;
}

}  // namespace favo::app
