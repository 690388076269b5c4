#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "policy/address.h"

namespace favo::policy {

/// The name of a host as it is compared and looked up: letters, digits, `-` and `_` in labels,
/// lower case, without a final dot. Internationalized names are written as A-labels (`xn--…`).
///
/// A name whose last label is a number is none: resolvers take such for addresses in odd notations
/// (`127.1`, `0x7f000001`, `2130706433`).
class HostName {
 public:
  static std::optional<HostName> parse(std::string_view text);
  const std::string& text() const { return text_; }
  friend auto operator<=>(const HostName&, const HostName&) = default;

 private:
  explicit HostName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Where a connection leads, as it was asked for.
using Host = std::variant<IpAddress, HostName>;
/// The host of an authority (RFC 3986, 3.2.2): `example.com`, `192.0.2.1`, `[::1]`.
std::optional<Host> parse_host(std::string_view text);

/// Hosts that a grant speaks of:
///   `example.com`     this name
///   `*.example.com`   all names below it, by one or more labels, without itself
///   `10.0.0.0/8`      these addresses, also `192.0.2.1`, `[fd00::/8]`, `[::1]`
///   `*`               any name, and any public address
class HostPattern {
 public:
  /// Errors: InvalidArgument.
  static Result<HostPattern> parse(std::string_view text);
  static HostPattern any() { return HostPattern(Any()); }
  static HostPattern of(const Host& host);

  bool matches(const HostName& name) const {
    const auto* names = std::get_if<Names>(&what_);
    if (!names) return is_any();
    const std::string& text = name.text();
    if (!names->below) return text == names->name;
    const std::size_t size = names->name.size();
    return text.size() > size && text[text.size() - size - 1] == '.' && text.ends_with(names->name);
  }
  /// Private, loopback and other special addresses match a range only.
  bool matches(const IpAddress& address) const {
    if (const auto* range = std::get_if<AddressRange>(&what_)) return range->contains(address);
    return is_any() && address.is_public();
  }
  bool is_range() const { return std::holds_alternative<AddressRange>(what_); }
  bool is_any() const { return std::holds_alternative<Any>(what_); }
  /// Whether it matches nothing that this does not match.
  bool covers(const HostPattern& narrower) const;
  std::string print() const;
  bool operator==(const HostPattern&) const = default;

 private:
  struct Any {
    bool operator==(const Any&) const = default;
  };
  struct Names {
    std::string name;  ///< as `HostName::text`
    bool below;        ///< those below it, else it alone
    bool operator==(const Names&) const = default;
  };
  using What = std::variant<Any, Names, AddressRange>;
  explicit HostPattern(What what) : what_(std::move(what)) {}

  What what_;
};

/// Hosts and ports that a guest may connect to.
///
/// Two questions, asked one after the other: may the guest speak of this host (`allows_name`,
/// before anything is looked up), and may a connection be made to this address
/// (`allows_connection`, for each address that is about to be connected to). A name leads to public
/// addresses only; one that is private, loopback or special needs a grant of its range, besides
/// that of the name.
struct EndpointGrant {
  HostPattern host;
  PortRange ports;

  /// `db.internal:5432`, `*.example.com:443`, `10.0.0.0/8:5432`, `[fd00::/8]:*`, `*:*`.
  /// Errors: InvalidArgument, with what was expected.
  static Result<EndpointGrant> parse(std::string_view text);

  bool allows_name(const HostName& name, std::uint16_t port) const {
    return ports.contains(port) && host.matches(name);
  }
  /// The address as the guest wrote it, or of a name it may not speak of.
  bool allows_address(const IpAddress& address, std::uint16_t port) const {
    return ports.contains(port) && host.matches(address);
  }
  /// Whether it allows nothing that this does not allow.
  bool covers(const EndpointGrant& narrower) const;
  std::string print() const;
  bool operator==(const EndpointGrant&) const = default;
};

/// Whether `grants` let a guest ask for `name`: then it may be looked up.
bool allows_name(std::span<const EndpointGrant> grants, const HostName& name, std::uint16_t port);
/// Whether a connection may be made to `address`, to which `name` resolved; null when the guest
/// wrote the address itself. The name is asked for again, so this alone is enough.
bool allows_connection(std::span<const EndpointGrant> grants, const HostName* name,
                       const IpAddress& address, std::uint16_t port);

/// Whether a guest may listen at an address of this machine: that of a range, or any with `*`. Who
/// may listen at an unspecified address, which is all of a family's (`0.0.0.0`, `::`), may at each
/// of them. Port 0 is asked for as such: the system chooses one.
bool allows_listening(std::span<const EndpointGrant> grants, const IpAddress& local,
                      std::uint16_t port);

}  // namespace favo::policy
