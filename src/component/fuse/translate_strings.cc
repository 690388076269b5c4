#include "base/check.h"
#include "component/fuse/translate.h"

/// Strings in three encodings each way. Where both sides agree on the bytes they are validated and
/// copied; else the host transcodes, and the destination's `realloc` is asked for as much, and as
/// often, as the specification says, since the guest sees it.
/// Spec: CanonicalABI.md, `load_string_from_range`, `store_string_into_range`.
namespace favo::fuse {

using link::StringEncoding;
using types::Flat;
using wasm::Op;

namespace {

/// Spec: MAX_STRING_BYTE_LENGTH.
constexpr std::uint32_t kMaxStringBytes = (std::uint32_t{1} << 28) - 1;
/// How much is copied and looked at at once, as long as there is so much: loops cost as well.
constexpr std::uint32_t kVectorBytes = 16, kManyVectors = 16, kFewVectors = 4;
constexpr std::uint32_t kUtf16Tag = std::uint32_t{1} << 31;

enum class Units : std::uint8_t { Utf8, Utf16, Latin1 };

std::vector<Flat> params_of(Transcode op) {
  switch (op) {
    case Transcode::Latin1ToUtf8:
    case Transcode::Utf16ToUtf8:
    case Transcode::Utf8ToCompactUtf16:
    case Transcode::Utf16ToCompactUtf16:
      return std::vector<Flat>(4, Flat::I32);
    default:
      return std::vector<Flat>(3, Flat::I32);
  }
}

std::vector<Flat> results_of(Transcode op) {
  switch (op) {
    case Transcode::Utf8:
    case Transcode::Utf16:
    case Transcode::Latin1ToUtf16:
      return {};
    case Transcode::Latin1ToUtf8:
    case Transcode::Utf16ToUtf8:
    case Transcode::Utf8ToLatin1:
    case Transcode::Utf16ToLatin1:
      return {Flat::I64};
    default:
      return {Flat::I32};
  }
}

/// Writes the string function of one crossing. `source_`, `units_`: where the text is and how many
/// code units it has; `target_`, `length_`: the result.
class StringWriter {
 public:
  StringWriter(Translator& translator, const Crossing& crossing)
      : translator_(translator),
        code_(translator.code()),
        crossing_(crossing),
        source_(code_.param(0)),
        units_(code_.param(1)),
        target_temp_(code_.temp(Flat::I32)),
        length_temp_(code_.temp(Flat::I32)),
        bytes_temp_(code_.temp(Flat::I32)),
        target_(*target_temp_),
        length_(*length_temp_),
        bytes_(*bytes_temp_) {}

  void write() {
    switch (crossing_.from.encoding) {
      case StringEncoding::Utf8:
        from(Units::Utf8);
        break;
      case StringEncoding::Utf16:
        from(Units::Utf16);
        break;
      case StringEncoding::Latin1Utf16:
        code_.get(units_);
        code_.i32(kUtf16Tag);
        code_.op(Op::I32And);
        code_.open(Op::If);
        code_.get(units_);
        code_.i32(kUtf16Tag);
        code_.op(Op::I32Xor);
        code_.set(units_);
        from(Units::Utf16);
        code_.else_();
        from(Units::Latin1);
        code_.end();
        break;
    }
    code_.get(target_);
    code_.get(length_);
  }

 private:
  void from(Units units) {
    check_source(units);
    switch (crossing_.to.encoding) {
      case StringEncoding::Utf8:
        if (units == Units::Utf8) return copy_utf8();
        if (units == Units::Utf16) return to_utf8(Transcode::Utf16ToUtf8, 3);
        return to_utf8(Transcode::Latin1ToUtf8, 2);
      case StringEncoding::Utf16:
        if (units == Units::Utf8) return utf8_to_utf16();
        if (units == Units::Utf16) return copy(Transcode::Utf16, 2, 2);
        return copy(Transcode::Latin1ToUtf16, 2, 2);
      case StringEncoding::Latin1Utf16:
        if (units == Units::Latin1) return copy_latin1();
        if (units == Units::Utf8) {
          return to_compact(Transcode::Utf8ToLatin1, Transcode::Utf8ToCompactUtf16);
        }
        if (crossing_.from.encoding == StringEncoding::Latin1Utf16) return utf16_to_compact();
        return to_compact(Transcode::Utf16ToLatin1, Transcode::Utf16ToCompactUtf16);
    }
  }

  /// Leaves the source's size in `bytes_`.
  void check_source(Units units) {
    const bool wide = units == Units::Utf16;
    code_.get(units_);
    code_.i32(wide ? kMaxStringBytes / 2 : kMaxStringBytes);
    code_.op(Op::I32GtU);
    translator_.trap_if(AdapterTrap::StringTooLong);
    times(units_, wide ? 2 : 1, bytes_);
    translator_.check_aligned(source_, units == Units::Utf8 ? 1 : alignment_of_source());
    translator_.check_bounds(crossing_.from, source_, bytes_);
  }

  std::uint32_t alignment_of_source() const {
    return crossing_.from.encoding == StringEncoding::Utf8 ? 1 : 2;
  }

  void times(Local number, std::uint32_t factor, Local product) {
    code_.get(number);
    if (factor != 1) {
      code_.i32(factor);
      code_.op(Op::I32Mul);
    }
    code_.set(product);
  }

  void allocate(std::uint32_t align, Local size) {
    translator_.reallocate({.align = align, .size = size}, target_);
  }
  /// Shrinks or grows what `target_` points to.
  void reallocate(Local old_size, std::uint32_t align, Local size) {
    translator_.reallocate(
        {.pointer = &target_, .old_size = &old_size, .align = align, .size = size}, target_);
  }

  /// Spec: `store_string_copy`.
  void copy(Transcode op, std::uint32_t unit, std::uint32_t align) {
    times(units_, unit, bytes_);
    allocate(align, bytes_);
    transcode(op, {source_, units_, target_});
    times(units_, 1, length_);
  }

  /// ASCII, which most text is, is found and copied here, in one go; the host validates what is
  /// not, and copies it once more.
  void copy_utf8() {
    allocate(1, units_);
    times(units_, 1, length_);
    code_.open(Op::Block);  // all of it was copied
    code_.open(Op::Block);  // a byte is not ASCII
    copy_ascii();
    code_.op(Op::Br, 1);
    code_.end();
    transcode(Transcode::Utf8, {source_, units_, target_});
    code_.end();
  }

  /// Branches to label 0 when a byte of the source has its high bit set.
  void copy_ascii() {
    const auto next = code_.temp(Flat::I32), to = code_.temp(Flat::I32),
               end = code_.temp(Flat::I32);
    const Cursor at{*next, *to, *end};
    times(source_, 1, *next);
    times(target_, 1, *to);
    code_.get(source_);
    code_.get(units_);
    code_.op(Op::I32Add);
    code_.set(*end);
    const std::uint32_t vector = code_.vector_local();
    for (const std::uint32_t count : {kManyVectors, kFewVectors, 1u}) {
      each_chunk(count * kVectorBytes, at, 0, [&] { copy_vectors(at, count, vector); });
    }
    code_.get(units_);
    code_.i32(kVectorBytes);
    code_.op(Op::I32LtU);
    code_.open(Op::If);
    const auto word = code_.temp(Flat::I32);
    each_chunk(4, at, 1, [&] { copy_bits(Op::I32Load, Op::I32Store, at, 0x8080'8080, *word); });
    each_chunk(1, at, 1, [&] { copy_bits(Op::I32Load8U, Op::I32Store8, at, 0x80, *word); });
    code_.else_();
    last_vector(at);
    copy_vectors(at, 1, vector);
    code_.op(Op::BrIf, 1);
    code_.end();
  }

  /// How far a copy has come.
  struct Cursor {
    Local next, to, end;
  };

  /// Leaves more than 0 when a high bit is set.
  void copy_vectors(const Cursor& at, std::uint32_t count, std::uint32_t local) {
    for (std::uint32_t i = 0; i < count; ++i) {
      copy_chunk(Op::V128Load, Op::V128Store, at, i * kVectorBytes, local);
      code_.op(Op::LocalGet, local);
      if (i > 0) code_.op(Op::V128Or);
    }
    code_.op(Op::I8x16Bitmask);
  }

  void copy_bits(Op load, Op store, const Cursor& at, std::uint32_t bits, Local local) {
    copy_chunk(load, store, at, 0, local.index);
    code_.get(local);
    code_.i32(bits);
    code_.op(Op::I32And);
  }

  /// Copies once, and leaves it in `local` too.
  void copy_chunk(Op load, Op store, const Cursor& at, std::uint32_t offset, std::uint32_t local) {
    code_.get(at.to);
    code_.get(at.next);
    code_.access(load, translator_.memory_of(crossing_.from), offset);
    code_.op(Op::LocalTee, local);
    code_.access(store, translator_.memory_of(crossing_.to), offset);
  }

  /// Moves on, or back, to the last vector of the text, of which a part may have been copied.
  void last_vector(const Cursor& at) {
    code_.get(at.end);
    code_.i32(kVectorBytes);
    code_.op(Op::I32Sub);
    code_.get(at.next);
    code_.op(Op::I32Sub);
    code_.get(at.to);
    code_.op(Op::I32Add);
    code_.set(at.to);
    code_.get(at.end);
    code_.i32(kVectorBytes);
    code_.op(Op::I32Sub);
    code_.set(at.next);
  }

  /// A loop over whole chunks; branches to label `outer` where `copy` leaves more than 0.
  template <typename Copy>
  void each_chunk(std::uint32_t size, const Cursor& at, std::uint32_t outer, Copy copy) {
    const auto fits = [&] {
      code_.get(at.end);
      code_.get(at.next);
      code_.op(Op::I32Sub);
      code_.i32(size);
      code_.op(Op::I32GeU);
    };
    fits();
    code_.open(Op::If);
    code_.open(Op::Loop);
    copy();
    code_.op(Op::BrIf, outer + 2);
    for (const Local& moved : {at.next, at.to}) {
      code_.get(moved);
      code_.i32(size);
      code_.op(Op::I32Add);
      code_.set(moved);
    }
    fits();
    code_.op(Op::BrIf, 0);
    code_.end();
    code_.end();
  }

  void copy_latin1() {
    allocate(2, units_);
    copy_bytes();
    times(units_, 1, length_);
  }

  void copy_bytes() {
    code_.get(target_);
    code_.get(source_);
    code_.get(units_);
    code_.memory_copy(translator_.memory_of(crossing_.to), translator_.memory_of(crossing_.from));
  }

  /// Spec: `store_string_to_utf8`. Hopes for ASCII at first.
  void to_utf8(Transcode op, std::uint32_t worst) {
    allocate(1, units_);
    transcode(op, {source_, units_, target_, units_});
    const auto read = code_.temp(Flat::I32);
    unpack(*read, length_);
    code_.get(*read);
    code_.get(units_);
    code_.op(Op::I32LtU);
    code_.open(Op::If);
    {
      times(units_, worst, bytes_);
      reallocate(units_, 1, bytes_);
      const auto rest = code_.temp(Flat::I32), source = code_.temp(Flat::I32),
                 target = code_.temp(Flat::I32), room = code_.temp(Flat::I32);
      code_.get(units_);
      code_.get(*read);
      code_.op(Op::I32Sub);
      code_.set(*rest);
      code_.get(source_);
      times(*read, op == Transcode::Utf16ToUtf8 ? 2 : 1, *source);
      code_.get(*source);
      code_.op(Op::I32Add);
      code_.set(*source);
      code_.get(target_);
      code_.get(length_);
      code_.op(Op::I32Add);
      code_.set(*target);
      code_.get(bytes_);
      code_.get(length_);
      code_.op(Op::I32Sub);
      code_.set(*room);
      transcode(op, {*source, *rest, *target, *room});
      unpack(*read, *rest);
      code_.get(length_);
      code_.get(*rest);
      code_.op(Op::I32Add);
      code_.set(length_);
      shrink(bytes_, 1, length_);
    }
    code_.end();
  }

  /// Spec: `store_utf8_to_utf16`.
  void utf8_to_utf16() {
    const auto worst = code_.temp(Flat::I32);
    times(units_, 2, *worst);
    allocate(2, *worst);
    transcode(Transcode::Utf8ToUtf16, {source_, units_, target_});
    code_.set(length_);
    times(length_, 2, bytes_);
    shrink(*worst, 2, bytes_);
  }

  /// Spec: `store_string_to_latin1_or_utf16`. Hopes for Latin-1 at first.
  void to_compact(Transcode to_latin1, Transcode to_utf16) {
    allocate(2, units_);
    transcode(to_latin1, {source_, units_, target_});
    const auto read = code_.temp(Flat::I32);
    unpack(*read, length_);
    code_.get(*read);
    code_.get(units_);
    code_.op(Op::I32Eq);
    code_.open(Op::If);
    shrink(units_, 2, length_);
    code_.else_();
    {
      const auto worst = code_.temp(Flat::I32), rest = code_.temp(Flat::I32),
                 source = code_.temp(Flat::I32);
      times(units_, 2, *worst);
      reallocate(units_, 2, *worst);
      code_.get(units_);
      code_.get(*read);
      code_.op(Op::I32Sub);
      code_.set(*rest);
      times(*read, to_latin1 == Transcode::Utf16ToLatin1 ? 2 : 1, *source);
      code_.get(source_);
      code_.get(*source);
      code_.op(Op::I32Add);
      code_.set(*source);
      transcode(to_utf16, {*source, *rest, target_, length_});
      code_.set(length_);
      times(length_, 2, bytes_);
      shrink(*worst, 2, bytes_);
      code_.get(length_);
      code_.i32(kUtf16Tag);
      code_.op(Op::I32Or);
      code_.set(length_);
    }
    code_.end();
  }

  /// Spec: `store_probably_utf16_to_latin1_or_utf16`.
  void utf16_to_compact() {
    allocate(2, bytes_);
    transcode(Transcode::Utf16ToCompact, {source_, units_, target_});
    code_.tee(length_);
    code_.i32(kUtf16Tag);
    code_.op(Op::I32And);
    code_.op(Op::I32Eqz);
    code_.open(Op::If);
    reallocate(bytes_, 1, length_);
    code_.end();
  }

  /// Gives back what turned out not to be needed.
  void shrink(Local have, std::uint32_t align, Local need) {
    code_.get(have);
    code_.get(need);
    code_.op(Op::I32GtU);
    code_.open(Op::If);
    reallocate(have, align, need);
    code_.end();
  }

  void transcode(Transcode op, std::initializer_list<Local> arguments) {
    const Transcoder made{op, translator_.memory_of(crossing_.from),
                          translator_.memory_of(crossing_.to)};
    for (const Local argument : arguments) code_.get(argument);
    code_.call(translator_.graph().import(made, to_func_type(params_of(op), results_of(op))));
  }

  /// Takes the pair on the stack apart.
  void unpack(Local read, Local written) {
    const auto pair = code_.temp(Flat::I64);
    code_.tee(*pair);
    code_.op(Op::I32WrapI64);
    code_.set(read);
    code_.get(*pair);
    code_.i64(32);
    code_.op(Op::I64ShrU);
    code_.op(Op::I32WrapI64);
    code_.set(written);
  }

  Translator& translator_;
  CodeBuilder& code_;
  const Crossing& crossing_;
  Local source_, units_;
  CodeBuilder::Temp target_temp_, length_temp_, bytes_temp_;
  Local target_, length_, bytes_;
};

}  // namespace

void Translator::string_body() { StringWriter(*this, crossing_).write(); }

}  // namespace favo::fuse
