#include "base/bytes.h"

#include <simdjson.h>

#include "base/format.h"

namespace favo {

Error ByteReader::fail_at(std::size_t offset, std::string_view what) {
  return favo::error(Code::InvalidComponent, "{} at offset {:#x}", what, offset);
}

Error ByteReader::fail(std::string_view what) const { return fail_at(offset(), what); }

Result<std::uint8_t> ByteReader::peek() const {
  if (at_end()) return fail("unexpected end");
  return bytes_[position_];
}

Result<std::uint8_t> ByteReader::u8() {
  if (at_end()) return fail("unexpected end");
  return bytes_[position_++];
}

Result<std::uint32_t> ByteReader::u32_le() {
  if (remaining() < 4) return fail("unexpected end");
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value |= std::uint32_t{bytes_[position_ + i]} << (8 * i);
  position_ += 4;
  return value;
}

Result<std::uint64_t> ByteReader::u64_le() {
  if (remaining() < 8) return fail("unexpected end");
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value |= std::uint64_t{bytes_[position_ + i]} << (8 * i);
  position_ += 8;
  return value;
}

template <typename T, int Bits>
Result<T> ByteReader::leb() {
  constexpr bool is_signed = std::is_signed_v<T>;
  constexpr int max_bytes = (Bits + 6) / 7;
  std::uint64_t value = 0;
  for (int i = 0; i < max_bytes; ++i) {
    if (position_ + i >= bytes_.size()) return fail("unexpected end in an integer");
    const std::uint8_t byte = bytes_[position_ + i];
    const int shift = 7 * i;
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte & 0x80) continue;
    if (i == max_bytes - 1) {
      // The bits beyond `Bits` must repeat the sign (or be zero when unsigned).
      constexpr int used = Bits - 7 * (max_bytes - 1);
      const int rest =
          is_signed ? (static_cast<std::int8_t>(byte << 1) >> used) : ((byte & 0x7f) >> used);
      if (rest != 0 && !(is_signed && rest == -1)) return fail("integer too large");
    }
    if constexpr (is_signed) {
      if (shift + 7 < 64 && (byte & 0x40)) value |= ~std::uint64_t{0} << (shift + 7);
    }
    position_ += i + 1;
    return static_cast<T>(value);
  }
  return fail("integer representation too long");
}

Result<std::uint32_t> ByteReader::leb_u32() {
  if (position_ < bytes_.size() && bytes_[position_] < 0x80) return bytes_[position_++];
  return leb<std::uint32_t, 32>();
}
Result<std::uint64_t> ByteReader::leb_u64() { return leb<std::uint64_t, 64>(); }
Result<std::int32_t> ByteReader::leb_s32() { return leb<std::int32_t, 32>(); }
Result<std::int64_t> ByteReader::leb_s33() { return leb<std::int64_t, 33>(); }
Result<std::int64_t> ByteReader::leb_s64() { return leb<std::int64_t, 64>(); }

Result<std::uint32_t> ByteReader::count(std::size_t min_element_bytes) {
  const std::size_t before = position_;
  const std::uint32_t count = FAVO_TRY(leb_u32());
  if (count > remaining() / min_element_bytes) {
    position_ = before;
    return fail(favo::format("a count of {} exceeds the bytes left", count));
  }
  return count;
}

Result<Bytes> ByteReader::bytes(std::size_t size) {
  if (size > remaining()) return fail("unexpected end");
  const Bytes view = bytes_.subspan(position_, size);
  position_ += size;
  return view;
}

Result<std::string_view> ByteReader::name() {
  const std::size_t before = position_;
  const std::uint32_t size = FAVO_TRY(count());
  const Bytes view = FAVO_TRY(bytes(size));
  if (!is_utf8(view)) {
    position_ = before;
    return fail("malformed UTF-8 encoding in a name");
  }
  return as_text(view);
}

Result<ByteReader> ByteReader::sub(std::size_t size) {
  const std::size_t start = offset();
  return ByteReader(FAVO_TRY(bytes(size)), start);
}

void ByteWriter::u32_le(std::uint32_t value) {
  for (int i = 0; i < 4; ++i) buffer_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void ByteWriter::u64_le(std::uint64_t value) {
  for (int i = 0; i < 8; ++i) buffer_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void ByteWriter::leb_s64(std::int64_t value) {
  while (true) {
    const auto byte = static_cast<std::uint8_t>(value & 0x7f);
    value >>= 7;
    const bool done = (value == 0 && !(byte & 0x40)) || (value == -1 && (byte & 0x40));
    buffer_.push_back(done ? byte : static_cast<std::uint8_t>(byte | 0x80));
    if (done) return;
  }
}

bool is_utf8(Bytes bytes) {
  return simdjson::validate_utf8(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace favo
