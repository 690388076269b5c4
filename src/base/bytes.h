#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favo {

using Bytes = std::span<const std::uint8_t>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads WebAssembly's binary primitives from a borrowed range. Every failure is
/// `InvalidComponent` and ends in "at offset 0x…", counted from the start of the outermost input.
///
/// Cost: no allocation unless it fails. A failed read leaves the position where it was.
class ByteReader {
 public:
  /// `offset`: where `bytes` begin in the outermost input.
  explicit ByteReader(Bytes bytes, std::size_t offset = 0) : bytes_(bytes), base_(offset) {}

  std::size_t position() const { return position_; }        ///< relative to `bytes`
  std::size_t offset() const { return base_ + position_; }  ///< for messages
  std::size_t remaining() const { return bytes_.size() - position_; }
  bool at_end() const { return position_ == bytes_.size(); }

  /// The next byte without consuming it.
  Result<std::uint8_t> peek() const;
  Result<std::uint8_t> u8();
  Result<std::uint32_t> u32_le();
  Result<std::uint64_t> u64_le();

  /// LEB128 as the core specification bounds it: at most ceil(N/7) bytes, no excess bits.
  Result<std::uint32_t> leb_u32();
  Result<std::uint64_t> leb_u64();
  Result<std::int32_t> leb_s32();
  Result<std::int64_t> leb_s33();
  Result<std::int64_t> leb_s64();

  /// The length of a vector whose elements take at least `min_element_bytes` each; refused when
  /// the remaining input could not hold it, so the caller may `reserve` it.
  Result<std::uint32_t> count(std::size_t min_element_bytes = 1);

  /// A view of the next `size` bytes.
  Result<Bytes> bytes(std::size_t size);
  /// A length-prefixed UTF-8 string, as a view.
  Result<std::string_view> name();
  /// A reader of the next `size` bytes, with offsets kept; this one skips them.
  Result<ByteReader> sub(std::size_t size);

  /// An `InvalidComponent` error ending in "at offset …" of the current position, or of `offset`.
  Error fail(std::string_view what) const;
  static Error fail_at(std::size_t offset, std::string_view what);

 private:
  template <typename T, int Bits>
  Result<T> leb();

  Bytes bytes_;
  std::size_t base_ = 0;
  std::size_t position_ = 0;
};

/// Appends WebAssembly's binary primitives to an owned buffer.
class ByteWriter {
 public:
  std::vector<std::uint8_t>& buffer() { return buffer_; }
  const std::vector<std::uint8_t>& buffer() const { return buffer_; }
  std::vector<std::uint8_t> take() && { return std::move(buffer_); }
  std::size_t size() const { return buffer_.size(); }

  void u8(std::uint8_t value) { buffer_.push_back(value); }
  void u32_le(std::uint32_t value);
  void u64_le(std::uint64_t value);
  void leb_u32(std::uint32_t value) { leb_u64(value); }
  void leb_u64(std::uint64_t value) {
    while (value >= 0x80) {
      buffer_.push_back(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    buffer_.push_back(static_cast<std::uint8_t>(value));
  }
  void leb_s32(std::int32_t value) { leb_s64(value); }
  void leb_s64(std::int64_t value);
  void bytes(Bytes bytes) { buffer_.insert(buffer_.end(), bytes.begin(), bytes.end()); }
  /// Length-prefixed.
  void name(std::string_view text) {
    leb_u32(static_cast<std::uint32_t>(text.size()));
    bytes(as_bytes(text));
  }
  /// A section: id, size, contents.
  void section(std::uint8_t id, Bytes contents) {
    u8(id);
    leb_u64(contents.size());
    bytes(contents);
  }

 private:
  std::vector<std::uint8_t> buffer_;
};

/// Whether `bytes` are well-formed UTF-8 (simdjson; GB/s).
bool is_utf8(Bytes bytes);

}  // namespace favo
