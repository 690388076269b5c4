#include "policy/endpoint.h"

#include <algorithm>

#include "base/format.h"

namespace favo::policy {
namespace {

constexpr std::size_t kMaxName = 253, kMaxLabel = 63;  // RFC 1035, 2.3.4

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
bool is_label_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

/// What a resolver might read as the last part of an IPv4 address.
bool is_number(std::string_view label) {
  if (std::ranges::all_of(label, is_digit)) return true;
  return label.starts_with("0x") && std::ranges::all_of(label.substr(2), is_hex);
}

}  // namespace

std::optional<HostName> HostName::parse(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kMaxName) return std::nullopt;
  std::string name(text.size(), '\0');
  std::ranges::transform(text, name.begin(), lower);
  std::string_view label;
  for (std::string_view rest = name;;) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (label.empty() || label.size() > kMaxLabel) return std::nullopt;
    if (!std::ranges::all_of(label, is_label_character)) return std::nullopt;
    if (label.front() == '-' || label.back() == '-') return std::nullopt;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (is_number(label)) return std::nullopt;
  return HostName(std::move(name));
}

std::optional<Host> parse_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']') || !text.contains(':')) return std::nullopt;
    const auto address = IpAddress::parse(text.substr(1, text.size() - 2));
    return address ? std::optional<Host>(*address) : std::nullopt;
  }
  if (text.contains(':')) return std::nullopt;
  if (const auto address = IpAddress::parse(text)) return Host(*address);
  auto name = HostName::parse(text);
  return name ? std::optional<Host>(std::move(*name)) : std::nullopt;
}

// --- Patterns --------------------------------------------------------------------------------

Result<HostPattern> HostPattern::parse(std::string_view text) {
  if (text == "*") return any();
  const bool below = text.starts_with("*.");
  if (const auto name = HostName::parse(below ? text.substr(2) : text))
    return HostPattern(Names{name->text(), below});
  if (text.contains('*'))
    return error(Code::InvalidArgument,
                 "host {:?}: a * stands alone or for all labels in front: *.example.com", text);
  const bool numeric = !text.empty() && text.find_first_not_of("0123456789./") == text.npos;
  if (numeric || text.contains(':') || text.contains('/') || text.contains('['))
    return HostPattern(FAVO_TRY(AddressRange::parse(text)));
  if (std::ranges::any_of(text, [](unsigned char c) { return c >= 0x80; }))
    return error(Code::InvalidArgument,
                 "host {:?}: write an internationalized name as it is looked up: xn--…", text);
  return error(Code::InvalidArgument,
               "host {:?}: expected a name, *.NAME, an address, a range as in 10.0.0.0/8, or *",
               text);
}

HostPattern HostPattern::of(const Host& host) {
  if (const auto* name = std::get_if<HostName>(&host))
    return HostPattern(Names{name->text(), false});
  return HostPattern(AddressRange::of(std::get<IpAddress>(host)));
}

bool HostPattern::covers(const HostPattern& narrower) const {
  if (*this == narrower) return true;
  if (const auto* range = std::get_if<AddressRange>(&narrower.what_)) {
    if (const auto* ours = std::get_if<AddressRange>(&what_))
      return ours->prefix() <= range->prefix() && ours->contains(range->base());
    // A larger range might hold special addresses.
    return *range == AddressRange::of(range->base()) && matches(range->base());
  }
  const auto* names = std::get_if<Names>(&narrower.what_);
  if (!names) return false;
  const auto* ours = std::get_if<Names>(&what_);
  if (!ours) return std::holds_alternative<Any>(what_);
  return ours->below && names->name.size() > ours->name.size() &&
         names->name.ends_with("." + ours->name);
}

std::string HostPattern::print() const {
  if (const auto* names = std::get_if<Names>(&what_))
    return (names->below ? "*." : "") + names->name;
  if (const auto* range = std::get_if<AddressRange>(&what_)) return range->print();
  return "*";
}

// --- Endpoints -------------------------------------------------------------------------------

Result<EndpointGrant> EndpointGrant::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
  if (!has_port)
    return error(Code::InvalidArgument, "{:?} has no port: expected HOST:PORT, as in {}:443", text,
                 text.empty() ? "example.com" : text);
  const std::string_view host = text.substr(0, colon);
  if (host.contains(':') && !host.starts_with('['))
    return error(Code::InvalidArgument, "{:?}: IPv6 needs brackets, as in [fd00::/8]:443", text);
  auto pattern = HostPattern::parse(host);
  if (!pattern) return std::move(pattern).error().within(format("{:?}", text));
  const auto ports = PortRange::parse(text.substr(colon + 1));
  if (!ports) return Error(ports.error()).within(format("{:?}", text));
  return EndpointGrant{std::move(*pattern), *ports};
}

bool EndpointGrant::covers(const EndpointGrant& narrower) const {
  return host.covers(narrower.host) && ports.first <= narrower.ports.first &&
         narrower.ports.last <= ports.last;
}

std::string EndpointGrant::print() const { return format("{}:{}", host.print(), ports.print()); }

bool allows_name(std::span<const EndpointGrant> grants, const HostName& name, std::uint16_t port) {
  return std::ranges::any_of(
      grants, [&](const EndpointGrant& grant) { return grant.allows_name(name, port); });
}

bool allows_connection(std::span<const EndpointGrant> grants, const HostName* name,
                       const IpAddress& address, std::uint16_t port) {
  if (name && !allows_name(grants, *name, port)) return false;
  if (name && address.is_public()) return true;
  return std::ranges::any_of(
      grants, [&](const EndpointGrant& grant) { return grant.allows_address(address, port); });
}

bool allows_listening(std::span<const EndpointGrant> grants, const IpAddress& local,
                      std::uint16_t port) {
  const IpAddress all = local.is_v4() ? IpAddress::v4({}) : IpAddress::v6({});
  return std::ranges::any_of(grants, [&](const EndpointGrant& grant) {
    return grant.ports.contains(port) &&
           (grant.host.is_any() || grant.host.matches(local) || grant.host.matches(all));
  });
}

}  // namespace favo::policy
