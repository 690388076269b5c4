#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace favo::policy {

/// An IPv4 or IPv6 address, without a zone. An IPv4-mapped IPv6 address (`::ffff:a.b.c.d`) is the
/// IPv4 address it stands for, so that no rule can be passed by in the other notation.
class IpAddress {
 public:
  /// `0.0.0.0`
  IpAddress() = default;
  /// Dotted quads of four decimal numbers without leading zeros, and RFC 4291, 2.2. Nothing else:
  /// no `127.1`, no `0x7f000001`, no `2130706433`, no zone, no brackets.
  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress v4(const std::array<std::uint8_t, 4>& bytes);
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes);

  bool is_v4() const { return size_ == 4; }
  /// 4 or 16 of them, in network order.
  std::span<const std::uint8_t> bytes() const { return {bytes_.data(), size_}; }

  /// Whether it may belong to anybody on the internet: not private, shared (CGNAT), loopback,
  /// link-local, unspecified, multicast, for documentation or benchmarks, reserved, nor any other
  /// range that the IANA special-purpose registries (RFC 6890) call not globally reachable. An
  /// IPv6 address that carries an IPv4 one (NAT64, 6to4, Teredo) is as public as that.
  bool is_public() const;

  /// `192.0.2.1`, or RFC 5952: `2001:db8::1`.
  std::string print() const;
  /// As part of an authority: with brackets around IPv6.
  std::string print_host() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::uint8_t size_ = 4;
  std::array<std::uint8_t, 16> bytes_{};  ///< zero beyond `size_`
};

/// The addresses of one family that begin with the same bits. An IPv6 range has no IPv4 address in
/// it, `::/0` included.
struct AddressRange {
  IpAddress base;
  unsigned prefix;  ///< bits: 0…32 or 0…128

  /// `10.0.0.0/8`, `192.0.2.1`, `fd00::/8`, `[::1]`. Brackets around all of it are taken for IPv6.
  /// Errors: InvalidArgument, also for bits behind the prefix (`10.1.0.0/8`): somebody meant
  ///         another range.
  static Result<AddressRange> parse(std::string_view text);
  static AddressRange of(const IpAddress& address) {
    return {address, static_cast<unsigned>(address.bytes().size() * 8)};
  }

  bool contains(const IpAddress& address) const;
  std::string print() const;
  bool operator==(const AddressRange&) const = default;
};

/// Ports, both ends included.
struct PortRange {
  std::uint16_t first = 0, last = 65535;

  /// `443`, `8000-8999`, `*`. Errors: InvalidArgument.
  static Result<PortRange> parse(std::string_view text);
  static PortRange of(std::uint16_t port) { return {port, port}; }

  bool contains(std::uint16_t port) const { return first <= port && port <= last; }
  bool all() const { return first == 0 && last == 65535; }
  std::string print() const;
  bool operator==(const PortRange&) const = default;
};

}  // namespace favo::policy
