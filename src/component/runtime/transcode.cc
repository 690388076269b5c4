#include "component/runtime/transcode.h"

#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/check.h"
#include "base/format.h"

namespace favo::runtime {
namespace {

using fuse::Transcode;

constexpr std::uint32_t kUtf16Tag = std::uint32_t{1} << 31;

Error malformed(std::string_view encoding) {
  return error(Code::Trap, "invalid {} encoding", encoding);
}

std::uint32_t unit_at(const std::uint8_t* text, std::size_t index) {
  std::uint16_t unit;
  std::memcpy(&unit, text + index * 2, sizeof unit);
  return unit;
}
void put_unit(std::uint8_t* text, std::size_t index, std::uint32_t value) {
  const auto unit = static_cast<std::uint16_t>(value);
  std::memcpy(text + index * 2, &unit, sizeof unit);
}

constexpr bool is_high(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
constexpr bool is_low(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

/// A code point and how many code units it takes.
struct Point {
  std::uint32_t value;
  std::uint32_t units;
};

/// REQUIRES: well-formed UTF-8.
Point utf8_point(const std::uint8_t* text) {
  const std::uint32_t lead = text[0];
  const auto tail = [text](int n) { return std::uint32_t{text[n]} & 0x3f; };
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xe0) return {(lead & 0x1f) << 6 | tail(1), 2};
  if (lead < 0xf0) return {(lead & 0x0f) << 12 | tail(1) << 6 | tail(2), 3};
  return {(lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4};
}

/// Nothing for a surrogate without its other half.
std::optional<Point> utf16_point(const std::uint8_t* text, std::size_t at, std::size_t units) {
  const std::uint32_t first = unit_at(text, at);
  if (!is_high(first) && !is_low(first)) return Point{first, 1};
  if (is_low(first) || at + 1 == units) return std::nullopt;
  const std::uint32_t second = unit_at(text, at + 1);
  if (!is_low(second)) return std::nullopt;
  return Point{0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00)), 2};
}

std::uint32_t utf8_size(std::uint32_t point) {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

void put_utf8(std::uint8_t* to, std::uint32_t point, std::uint32_t size) {
  constexpr std::uint32_t kLead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (std::uint32_t i = size; i-- > 1; point >>= 6) {
    to[i] = static_cast<std::uint8_t>(0x80 | (point & 0x3f));
  }
  to[0] = static_cast<std::uint8_t>(kLead[size] | point);
}

/// Writes UTF-16 from unit `at` on; returns the next.
std::size_t put_utf16(std::uint8_t* to, std::size_t at, std::uint32_t point) {
  if (point < 0x10000) {
    put_unit(to, at, point);
    return at + 1;
  }
  put_unit(to, at, 0xd800 + ((point - 0x10000) >> 10));
  put_unit(to, at + 1, 0xdc00 + ((point - 0x10000) & 0x3ff));
  return at + 2;
}

std::uint64_t pair(std::size_t read, std::size_t written) {
  return std::uint64_t{read} | std::uint64_t{written} << 32;
}

/// One call: source and target are checked ranges.
class Transcoder {
 public:
  Transcoder(const std::uint8_t* from, std::size_t units, std::uint8_t* to, std::size_t extra)
      : from_(from), units_(units), to_(to), extra_(extra) {}

  Result<std::uint64_t> run(Transcode op) {
    switch (op) {
      case Transcode::Utf8:
        if (!is_utf8({from_, units_})) return malformed("utf-8");
        std::memmove(to_, from_, units_);
        return 0u;
      case Transcode::Utf16:
        if (!is_utf16()) return malformed("utf-16");
        std::memmove(to_, from_, units_ * 2);
        return 0u;
      case Transcode::Latin1ToUtf16:
        widen(from_, units_);
        return 0u;
      case Transcode::Utf8ToUtf16:
        return utf8_to_utf16(0);
      case Transcode::Latin1ToUtf8:
        return latin1_to_utf8();
      case Transcode::Utf16ToUtf8:
        return utf16_to_utf8();
      case Transcode::Utf8ToLatin1:
        return utf8_to_latin1();
      case Transcode::Utf16ToLatin1:
        return utf16_to_latin1();
      case Transcode::Utf8ToCompactUtf16:
        widen(to_, extra_);
        return utf8_to_utf16(extra_);
      case Transcode::Utf16ToCompactUtf16:
        if (!is_utf16()) return malformed("utf-16");
        widen(to_, extra_);
        std::memmove(to_ + extra_ * 2, from_, units_ * 2);
        return extra_ + units_;
      case Transcode::Utf16ToCompact:
        return utf16_to_compact();
    }
    return FAVO_BUG("an unknown transcoding");
  }

 private:
  bool is_utf16() const {
    for (std::size_t i = 0; i < units_;) {
      const auto point = utf16_point(from_, i, units_);
      if (!point) return false;
      i += point->units;
    }
    return true;
  }

  /// Latin-1 to UTF-16, backwards: the text may lie where the result goes.
  void widen(const std::uint8_t* text, std::size_t count) {
    for (std::size_t i = count; i-- > 0;) put_unit(to_, i, text[i]);
  }

  Result<std::uint64_t> utf8_to_utf16(std::size_t written) {
    if (!is_utf8({from_, units_})) return malformed("utf-8");
    for (std::size_t i = 0; i < units_;) {
      const Point point = utf8_point(from_ + i);
      written = put_utf16(to_, written, point.value);
      i += point.units;
    }
    return std::uint64_t{written};
  }

  Result<std::uint64_t> latin1_to_utf8() {
    std::size_t read = 0, written = 0;
    for (; read < units_; ++read) {
      const std::uint32_t size = utf8_size(from_[read]);
      if (size > extra_ - written) break;
      put_utf8(to_ + written, from_[read], size);
      written += size;
    }
    return pair(read, written);
  }

  Result<std::uint64_t> utf16_to_utf8() {
    std::size_t read = 0, written = 0;
    while (read < units_) {
      const auto point = utf16_point(from_, read, units_);
      if (!point) return malformed("utf-16");
      const std::uint32_t size = utf8_size(point->value);
      if (size > extra_ - written) break;
      put_utf8(to_ + written, point->value, size);
      written += size;
      read += point->units;
    }
    return pair(read, written);
  }

  Result<std::uint64_t> utf8_to_latin1() {
    if (!is_utf8({from_, units_})) return malformed("utf-8");
    std::size_t read = 0, written = 0;
    while (read < units_) {
      const Point point = utf8_point(from_ + read);
      if (point.value > 0xff) break;
      to_[written++] = static_cast<std::uint8_t>(point.value);
      read += point.units;
    }
    return pair(read, written);
  }

  Result<std::uint64_t> utf16_to_latin1() {
    std::size_t read = 0;
    for (; read < units_ && unit_at(from_, read) <= 0xff; ++read) to_[read] = from_[read * 2];
    return pair(read, read);
  }

  Result<std::uint64_t> utf16_to_compact() {
    if (!is_utf16()) return malformed("utf-16");
    std::memmove(to_, from_, units_ * 2);
    for (std::size_t i = 0; i < units_; ++i) {
      if (unit_at(to_, i) > 0xff) return units_ | kUtf16Tag;
    }
    for (std::size_t i = 0; i < units_; ++i) to_[i] = to_[i * 2];
    return std::uint64_t{units_};
  }

  const std::uint8_t* from_;
  std::size_t units_;
  std::uint8_t* to_;
  std::size_t extra_;
};

bool is_wide(Transcode op) {
  return op == Transcode::Utf16 || op == Transcode::Utf16ToUtf8 || op == Transcode::Utf16ToLatin1 ||
         op == Transcode::Utf16ToCompactUtf16 || op == Transcode::Utf16ToCompact;
}

/// The most that is written.
std::uint64_t target_size(Transcode op, const TranscodeArguments& arguments) {
  const std::uint64_t units = arguments.units;
  switch (op) {
    case Transcode::Utf8:
    case Transcode::Utf8ToLatin1:
    case Transcode::Utf16ToLatin1:
      return units;
    case Transcode::Utf16:
    case Transcode::Latin1ToUtf16:
    case Transcode::Utf8ToUtf16:
    case Transcode::Utf16ToCompact:
      return units * 2;
    case Transcode::Latin1ToUtf8:
    case Transcode::Utf16ToUtf8:
      return arguments.extra;
    case Transcode::Utf8ToCompactUtf16:
    case Transcode::Utf16ToCompactUtf16:
      return (units + arguments.extra) * 2;
  }
  return 0;
}

}  // namespace

Result<std::uint64_t> transcode(Transcode op, std::span<const std::uint8_t> from,
                                std::span<std::uint8_t> to, const TranscodeArguments& arguments) {
  const std::uint64_t source_size = std::uint64_t{arguments.units} * (is_wide(op) ? 2 : 1);
  if (arguments.source + source_size > from.size() ||
      arguments.target + target_size(op, arguments) > to.size()) {
    return error(Code::Trap, "string out of bounds of memory");
  }
  return Transcoder(from.data() + arguments.source, arguments.units, to.data() + arguments.target,
                    arguments.extra)
      .run(op);
}

}  // namespace favo::runtime
