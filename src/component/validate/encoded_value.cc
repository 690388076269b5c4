#include "component/validate/encoded_value.h"

#include <optional>
#include <utility>

#include "base/format.h"

namespace favo::validate {

namespace {

/// Reads one value; `val(t)` by the kind of `t`.
class ValueReader {
 public:
  ValueReader(const types::TypeTable& table, ByteReader in) : table_(table), in_(in) {}

  Result<void> value(types::TypeId type) {
    return std::visit([this](const auto& node) { return read(node); }, table_.get(type));
  }
  Result<void> end() const {
    if (in_.at_end()) return {};
    return in_.fail(format("{} bytes too many in the value", in_.remaining()));
  }

 private:
  Result<void> read(types::Primitive primitive) {
    using types::Primitive;
    switch (primitive) {
      case Primitive::Bool:
        return below(FAVO_TRY(in_.u8()), 2, "boolean");
      case Primitive::S8:
      case Primitive::U8:
        FAVO_TRY(in_.u8());
        return {};
      case Primitive::S16:
        return narrow(FAVO_TRY(in_.leb_s32()), -0x8000, 0x7fff);
      case Primitive::U16:
        return narrow(FAVO_TRY(in_.leb_u32()), 0, 0xffff);
      case Primitive::S32:
        FAVO_TRY(in_.leb_s32());
        return {};
      case Primitive::U32:
        FAVO_TRY(in_.leb_u32());
        return {};
      case Primitive::S64:
        FAVO_TRY(in_.leb_s64());
        return {};
      case Primitive::U64:
        FAVO_TRY(in_.leb_u64());
        return {};
      case Primitive::F32:
        return canonical(FAVO_TRY(in_.u32_le()), 0x7f800000u, 0x7fc00000u);
      case Primitive::F64:
        return canonical(FAVO_TRY(in_.u64_le()), 0x7ff0000000000000u, 0x7ff8000000000000u);
      case Primitive::Char:
        return character();
      case Primitive::String:
        FAVO_TRY(in_.name());
        return {};
      case Primitive::ErrorContext:
        return unwritable();
    }
    std::unreachable();
  }

  Result<void> read(const types::Record& record) {
    for (const types::Field& field : record.fields) FAVO_TRY(value(field.type));
    return {};
  }
  Result<void> read(const types::Tuple& tuple) {
    for (types::TypeId type : tuple.types) FAVO_TRY(value(type));
    return {};
  }
  Result<void> read(const types::Variant& variant) {
    const std::uint32_t index = FAVO_TRY(in_.leb_u32());
    FAVO_TRY(below(index, variant.cases.size(), "case"));
    return payload(variant.cases[index].type);
  }
  Result<void> read(const types::Enum& cases) {
    return below(FAVO_TRY(in_.leb_u32()), cases.names.size(), "case");
  }
  Result<void> read(const types::Flags& flags) {
    FAVO_TRY(in_.bytes((flags.names.size() + 7) / 8));
    return {};
  }
  Result<void> read(const types::List& list) {
    if (list.length) return unwritable();
    const std::uint32_t count = FAVO_TRY(in_.count());
    for (std::uint32_t i = 0; i < count; ++i) FAVO_TRY(value(list.element));
    return {};
  }
  Result<void> read(const types::Option& option) {
    const std::uint8_t some = FAVO_TRY(in_.u8());
    FAVO_TRY(below(some, 2, "case"));
    return some ? value(option.type) : Result<void>();
  }
  Result<void> read(const types::ResultOf& result) {
    const std::uint8_t error = FAVO_TRY(in_.u8());
    FAVO_TRY(below(error, 2, "case"));
    return payload(error ? result.error : result.ok);
  }
  Result<void> read(const types::Own&) { return unwritable(); }
  Result<void> read(const types::Borrow&) { return unwritable(); }
  Result<void> read(const types::Stream&) { return unwritable(); }
  Result<void> read(const types::Future&) { return unwritable(); }
  Result<void> read(const types::Map&) { return unwritable(); }

  Result<void> payload(std::optional<types::TypeId> type) {
    return type ? value(*type) : Result<void>();
  }

  /// One code point in UTF-8.
  Result<void> character() {
    const std::uint8_t first = FAVO_TRY(in_.peek());
    const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const Bytes bytes = FAVO_TRY(in_.bytes(size));
    if (is_utf8(bytes)) return {};
    return in_.fail("malformed character in a value");
  }

  /// Floats have one NaN.
  template <typename Bits>
  Result<void> canonical(Bits bits, Bits infinity, Bits nan) const {
    const Bits magnitude = bits & static_cast<Bits>(~Bits{0} >> 1);
    if (magnitude <= infinity || bits == nan) return {};
    return in_.fail("a NaN that is not the canonical one");
  }
  Result<void> narrow(std::int64_t number, std::int64_t least, std::int64_t most) const {
    if (number >= least && number <= most) return {};
    return in_.fail(format("{} is out of range", number));
  }
  Result<void> below(std::size_t index, std::size_t bound, std::string_view what) const {
    if (index < bound) return {};
    return in_.fail(format("unknown {} {} in a value", what, index));
  }
  Error unwritable() const { return in_.fail("values of this type cannot be written down"); }

  const types::TypeTable& table_;
  ByteReader in_;
};

}  // namespace

Result<void> check_encoded_value(const types::TypeTable& table, types::TypeId type, Bytes bytes,
                                 std::size_t offset) {
  ValueReader reader(table, ByteReader(bytes, offset));
  FAVO_TRY(reader.value(type));
  return reader.end();
}

}  // namespace favo::validate
