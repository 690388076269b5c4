#pragma once

#include <array>
#include <bit>
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
  static IpAddress v4(const std::array<std::uint8_t, 4>& bytes) {
    const std::array<std::uint32_t, 2> word = {std::bit_cast<std::uint32_t>(bytes), 0};
    return IpAddress(4, {std::bit_cast<std::uint64_t>(word), 0});
  }
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes);

  bool is_v4() const { return size_ == 4; }
  /// 4 or 16 of them, in network order.
  std::span<const std::uint8_t> bytes() const {
    return {reinterpret_cast<const std::uint8_t*>(words_.data()), size_};
  }

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
  friend class AddressRange;

  /// 16 bytes as they lie in memory: compared at a time, under a mask.
  using Words = std::array<std::uint64_t, 2>;
  IpAddress(std::uint8_t size, const Words& words) : size_(size), words_(words) {}

  std::uint8_t size_ = 4;
  Words words_{};  ///< zero beyond `size_` bytes
};

/// The addresses of one family that begin with the same bits. An IPv6 range has no IPv4 address in
/// it, `::/0` included.
class AddressRange {
 public:
  /// `10.0.0.0/8`, `192.0.2.1`, `fd00::/8`, `[::1]`. Brackets around all of it are taken for IPv6.
  /// Errors: InvalidArgument, also for bits behind the prefix (`10.1.0.0/8`): somebody meant
  ///         another range.
  static Result<AddressRange> parse(std::string_view text);
  static AddressRange of(const IpAddress& address) {
    return AddressRange(address, static_cast<unsigned>(address.bytes().size() * 8));
  }

  const IpAddress& base() const { return base_; }
  /// Bits: 0…32 or 0…128.
  unsigned prefix() const { return prefix_; }

  bool contains(const IpAddress& address) const {
    const IpAddress::Words &a = address.words_, &b = base_.words_;
    return address.is_v4() == base_.is_v4() &&
           (((a[0] ^ b[0]) & mask_[0]) | ((a[1] ^ b[1]) & mask_[1])) == 0;
  }
  std::string print() const;
  bool operator==(const AddressRange&) const = default;

 private:
  /// Those that begin as `address` does.
  AddressRange(const IpAddress& address, unsigned prefix);

  IpAddress base_;
  unsigned prefix_;
  IpAddress::Words mask_;  ///< the bits of the prefix
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
