#include "policy/address.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/format.h"

namespace favo::policy {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A decimal number without sign or leading zeros.
std::optional<unsigned> parse_number(std::string_view text, unsigned most) {
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value <= most ? std::optional(value) : std::nullopt;
}

std::optional<std::array<std::uint8_t, 4>> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> bytes;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t end = i < 3 ? text.find('.') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    const auto number = parse_number(text.substr(0, end), 255);
    if (!number) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return bytes;
}

/// Groups of 16 bits separated by colons; the last may be a dotted quad when `may_end_in_v4`.
/// An empty text is no groups.
bool parse_groups(std::string_view text, bool may_end_in_v4, std::vector<std::uint16_t>& groups) {
  if (text.empty()) return true;
  while (true) {
    const std::size_t end = text.find(':');
    const std::string_view group = text.substr(0, end);
    const bool last = end == std::string_view::npos;
    if (last && may_end_in_v4 && group.contains('.')) {
      const auto quad = parse_v4(group);
      if (!quad) return false;
      groups.push_back(static_cast<std::uint16_t>((*quad)[0] << 8 | (*quad)[1]));
      groups.push_back(static_cast<std::uint16_t>((*quad)[2] << 8 | (*quad)[3]));
      return true;
    }
    std::uint16_t value = 0;
    const char* const stop = group.data() + group.size();
    if (group.empty() || group.size() > 4) return false;
    const auto parsed = std::from_chars(group.data(), stop, value, 16);
    if (parsed.ec != std::errc() || parsed.ptr != stop) return false;
    if (groups.size() == 8) return false;
    groups.push_back(value);
    if (last) return true;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::array<std::uint8_t, 16>> parse_v6(std::string_view text) {
  std::vector<std::uint16_t> head, tail;
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (!parse_groups(text, true, head) || head.size() != 8) return std::nullopt;
  } else {
    if (!parse_groups(text.substr(0, gap), false, head)) return std::nullopt;
    if (!parse_groups(text.substr(gap + 2), true, tail)) return std::nullopt;
    // The gap stands for one group at least.
    if (head.size() + tail.size() > 7) return std::nullopt;
    head.resize(8 - tail.size());
    head.insert(head.end(), tail.begin(), tail.end());
  }
  std::array<std::uint8_t, 16> bytes;
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[2 * i] = static_cast<std::uint8_t>(head[i] >> 8);
    bytes[2 * i + 1] = static_cast<std::uint8_t>(head[i]);
  }
  return bytes;
}

/// The first four.
constexpr std::uint32_t number_of(std::span<const std::uint8_t> bytes) {
  return std::uint32_t{bytes[0]} << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

struct Block {
  /// REQUIRES: prefix > 0
  constexpr Block(const std::array<std::uint8_t, 4>& bytes, unsigned prefix)
      : base(number_of(bytes)), mask(~std::uint32_t{0} << (32 - prefix)) {}
  std::uint32_t base, mask;
};

/// IANA IPv4 Special-Purpose Address Registry, what is not globally reachable, and multicast.
constexpr Block kSpecialV4[] = {
    {{0, 0, 0, 0}, 8},        // this network (RFC 791)
    {{10, 0, 0, 0}, 8},       // private (RFC 1918)
    {{100, 64, 0, 0}, 10},    // shared, CGNAT (RFC 6598)
    {{127, 0, 0, 0}, 8},      // loopback (RFC 1122)
    {{169, 254, 0, 0}, 16},   // link-local, with the clouds' metadata services (RFC 3927)
    {{172, 16, 0, 0}, 12},    // private (RFC 1918)
    {{192, 0, 0, 0}, 24},     // protocol assignments (RFC 6890)
    {{192, 0, 2, 0}, 24},     // documentation (RFC 5737)
    {{192, 88, 99, 0}, 24},   // 6to4 relays, deprecated (RFC 7526)
    {{192, 168, 0, 0}, 16},   // private (RFC 1918)
    {{198, 18, 0, 0}, 15},    // benchmarks (RFC 2544)
    {{198, 51, 100, 0}, 24},  // documentation (RFC 5737)
    {{203, 0, 113, 0}, 24},   // documentation (RFC 5737)
    {{224, 0, 0, 0}, 4},      // multicast (RFC 5771)
    {{240, 0, 0, 0}, 4},      // reserved, with the limited broadcast (RFC 1112, RFC 919)
};

bool is_public_v4(std::uint32_t address) {
  bool special = false;  // without branches: four blocks at a time
  for (const Block& block : kSpecialV4) special |= (address & block.mask) == block.base;
  return !special;
}

bool begins_with(std::span<const std::uint8_t> bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

bool is_public_v6(std::span<const std::uint8_t> bytes) {
  // NAT64, the well-known prefix (RFC 6052).
  if (begins_with(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}))
    return is_public_v4(number_of(bytes.subspan(12)));
  // Outside of 2000::/3 nothing is assigned for global unicast: loopback, unspecified, unique local
  // (fc00::/7), link- and site-local (fe80::/10, fec0::/10), multicast (ff00::/8), discard
  // (100::/64), local NAT64 (64:ff9b:1::/48), segment routing (5f00::/16).
  if ((bytes[0] & 0xe0) != 0x20) return false;
  if (begins_with(bytes, {0x20, 0x01})) {
    // Teredo (RFC 4380): the server, and the client with all bits inverted.
    if (begins_with(bytes.subspan(2), {0, 0})) {
      return is_public_v4(number_of(bytes.subspan(4))) &&
             is_public_v4(~number_of(bytes.subspan(12)));
    }
    // Protocol assignments, 2001::/23, with ORCHID and benchmarks (RFC 2928 and others).
    if (bytes[2] < 0x02) return false;
    // Documentation, 2001:db8::/32 (RFC 3849).
    if (begins_with(bytes.subspan(2), {0x0d, 0xb8})) return false;
  }
  // 6to4 (RFC 3056): a whole network behind an IPv4 address.
  if (begins_with(bytes, {0x20, 0x02})) return is_public_v4(number_of(bytes.subspan(2)));
  // Documentation, 3fff::/20 (RFC 9637).
  return !(begins_with(bytes, {0x3f, 0xff}) && (bytes[2] & 0xf0) == 0);
}

}  // namespace

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& bytes) {
  if (begins_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}))
    return v4({bytes[12], bytes[13], bytes[14], bytes[15]});
  return IpAddress(16, std::bit_cast<Words>(bytes));
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.contains(':')) {
    const auto bytes = parse_v6(text);
    return bytes ? std::optional(v6(*bytes)) : std::nullopt;
  }
  const auto bytes = parse_v4(text);
  return bytes ? std::optional(v4(*bytes)) : std::nullopt;
}

bool IpAddress::is_public() const {
  return is_v4() ? is_public_v4(number_of(bytes())) : is_public_v6(bytes());
}

std::string IpAddress::print() const {
  const auto bytes = this->bytes();
  if (is_v4()) return format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
  std::array<unsigned, 8> groups;
  for (std::size_t i = 0; i < 8; ++i) groups[i] = bytes[2 * i] << 8 | bytes[2 * i + 1];
  // RFC 5952, 4.2: the first longest run of two or more zeros becomes `::`.
  std::size_t gap = 8, length = 1;
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > length) gap = i, length = end - i;
    i = std::max(end, i + 1);
  }
  std::string text;
  for (std::size_t i = 0; i < 8;) {
    if (i == gap) {
      text += "::";
      i += length;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += format("{:x}", groups[i++]);
  }
  return text;
}

std::string IpAddress::print_host() const { return is_v4() ? print() : "[" + print() + "]"; }

Result<AddressRange> AddressRange::parse(std::string_view text) {
  auto fail = [text](std::string_view why) {
    return error(Code::InvalidArgument, "address range {:?}: {}", text, why);
  };
  std::string_view rest = text;
  const bool brackets = rest.starts_with('[');
  if (brackets) {
    if (!rest.ends_with(']')) return fail("the bracket is not closed");
    rest = rest.substr(1, rest.size() - 2);
  }
  const std::size_t slash = rest.find('/');
  const auto base = IpAddress::parse(rest.substr(0, slash));
  if (!base || (brackets && !rest.contains(':')))
    return fail("expected an address or a range, as in 10.0.0.0/8, 192.0.2.1 or fd00::/8");
  const AddressRange whole = of(*base);
  if (slash == std::string_view::npos) return whole;
  // In the notation that was written: the prefix of a mapped address counts the 96 bits before it.
  const bool mapped = base->is_v4() && rest.contains(':');
  const unsigned hidden = mapped ? 96 : 0;
  const auto prefix = parse_number(rest.substr(slash + 1), whole.prefix_ + hidden);
  if (!prefix || *prefix < hidden)
    return fail(format("expected a prefix from {} to {} bits", hidden, whole.prefix_ + hidden));
  const AddressRange range(*base, *prefix - hidden);
  if (range.base_ != *base) {
    return fail(format("it begins at {}/{}; for the one address, leave the prefix out",
                       range.base_.print(), range.prefix_));
  }
  return range;
}

AddressRange::AddressRange(const IpAddress& address, unsigned prefix)
    : base_(address), prefix_(prefix) {
  std::array<std::uint8_t, 16> mask;
  for (unsigned i = 0; i < mask.size(); ++i) {
    const unsigned ones = std::clamp(prefix, 8 * i, 8 * i + 8) - 8 * i;
    mask[i] = static_cast<std::uint8_t>(~(0xff >> ones));
  }
  mask_ = std::bit_cast<IpAddress::Words>(mask);
  for (std::size_t i = 0; i < mask_.size(); ++i) base_.words_[i] &= mask_[i];
}

std::string AddressRange::print() const {
  const std::string text =
      prefix_ == base_.bytes().size() * 8 ? base_.print() : format("{}/{}", base_.print(), prefix_);
  return base_.is_v4() ? text : "[" + text + "]";
}

Result<PortRange> PortRange::parse(std::string_view text) {
  if (text == "*") return PortRange();
  const std::size_t dash = text.find('-');
  const auto first = parse_number(text.substr(0, dash), 65535);
  const auto last =
      dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1), 65535);
  if (!first || !last || *first > *last)
    return error(Code::InvalidArgument,
                 "port {:?}: expected a number up to 65535, a range as in 8000-8999, or *", text);
  return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

std::string PortRange::print() const {
  if (all()) return "*";
  return first == last ? format("{}", first) : format("{}-{}", first, last);
}

}  // namespace favo::policy
