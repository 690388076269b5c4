#include "policy/units.h"

#include <charconv>
#include <limits>
#include <span>

#include "base/format.h"

namespace favo::policy {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kSizes[] = {
    {"B", 1},
    {"KiB", 1ull << 10},
    {"MiB", 1ull << 20},
    {"GiB", 1ull << 30},
    {"TiB", 1ull << 40},
    {"KB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"TB", 1'000'000'000'000},
};
constexpr Unit kDurations[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};

struct Quantity {
  std::string_view what;  ///< for messages: `size`
  std::span<const Unit> units;
  std::string_view expected;  ///< units and an example
  std::string_view common;    ///< the unit somebody who wrote none most likely meant
};
constexpr Quantity kSize = {"size", kSizes, "B, KiB, MiB, GiB or TiB, as in 128MiB", "MiB"};
constexpr Quantity kDuration = {"duration", kDurations, "ms, s, m or h, as in 30s", "s"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

Result<std::uint64_t> parse_quantity(std::string_view text, const Quantity& quantity) {
  if (text == "0") return std::uint64_t{0};
  auto fail = [&](std::string_view why) {
    return error(Code::InvalidArgument, "{} {:?}: {}", quantity.what, text, why);
  };
  std::string_view rest = text;
  const std::string_view whole = take_digits(rest);
  if (whole.empty()) return fail(format("expected a number and {}", quantity.expected));
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
    if (fraction.empty()) return fail("a digit must follow the point");
  }
  if (rest.empty())
    return fail(format("no unit; did you mean {}{}? (units: {})", text, quantity.common,
                       quantity.expected));
  const Unit* unit = nullptr;
  for (const Unit& candidate : quantity.units)
    if (candidate.name == rest) unit = &candidate;
  if (!unit) return fail(format("unknown unit {:?}: expected {}", rest, quantity.expected));

  std::uint64_t value = 0;
  const auto parsed = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (parsed.ec != std::errc() || __builtin_mul_overflow(value, unit->factor, &value))
    return fail("too large");
  // The fraction in base units: exact, or refused.
  if (fraction.size() > 12) return fail("too many digits after the point");
  std::uint64_t digits = 0, scale = 1;
  for (char digit : fraction) {
    digits = digits * 10 + static_cast<std::uint64_t>(digit - '0');
    scale *= 10;
  }
  const unsigned __int128 scaled = static_cast<unsigned __int128>(digits) * unit->factor;
  if (scaled % scale != 0) return fail(format("finer than one {}", quantity.units.front().name));
  if (__builtin_add_overflow(value, static_cast<std::uint64_t>(scaled / scale), &value))
    return fail("too large");
  return value;
}

std::string format_quantity(std::uint64_t value, std::span<const Unit> units) {
  if (value == 0) return "0";
  const Unit* best = &units.front();
  for (const Unit& unit : units)
    if (value % unit.factor == 0) best = &unit;
  return format("{}{}", value / best->factor, best->name);
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) { return parse_quantity(text, kSize); }

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const std::uint64_t value = FAVO_TRY(parse_quantity(text, kDuration));
  // A century: sums of durations and time points cannot overflow.
  if (value > 100ull * 366 * 24 * 3'600'000)
    return error(Code::InvalidArgument, "duration {:?}: too large", text);
  return std::chrono::milliseconds(value);
}

Result<std::uint32_t> parse_count(std::string_view text) {
  std::uint32_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc::result_out_of_range)
    return error(Code::InvalidArgument, "number {:?}: too large, at most {}", text,
                 std::numeric_limits<std::uint32_t>::max());
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return error(Code::InvalidArgument, "{:?} is not a whole number", text);
  return value;
}

std::string format_size(std::uint64_t bytes) {
  return format_quantity(bytes, std::span(kSizes).first(5));
}

std::string format_duration(std::chrono::milliseconds duration) {
  return format_quantity(static_cast<std::uint64_t>(duration.count()), kDurations);
}

}  // namespace favo::policy
