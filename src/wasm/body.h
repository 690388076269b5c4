#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "wasm/opcode.h"
#include "wasm/types.h"

/// A pass over the instructions of a function body or a constant expression that shows a visitor
/// every immediate which names something in an index space of the module.
///
/// A visitor has three members, each returning whether to go on:
///
///   bool index(Space space, const Site& site, std::uint32_t value);
///   bool signed_type(const Site& site, std::uint32_t type);   // the index is written as an s33
///   bool memarg(const Site& site, std::uint32_t flags, std::uint32_t memory);
///
/// For `memarg`, the site covers alignment and memory index; the offset follows untouched. A
/// visitor with a member `void instruction(Op)` is shown each instruction first, whatever its
/// immediates. One with a member `bool skips_memory_zero()` that returns true is not shown memory
/// 0.
///
/// Cost: no allocation, some nanoseconds per instruction; nothing is recursive.
/// Errors: `InvalidComponent` with the offset for a truncated or unknown instruction. Instructions
///         are not validated: operands, nesting and types are the engine's business.
namespace favo::wasm {

enum class Space : std::uint8_t { Type, Func, Table, Memory, Global, Tag, Elem, Data };

/// Where an immediate lies: its bytes are `[begin, end)`, of the instruction that starts at
/// `instruction`. Sites of one pass come in ascending order.
struct Site {
  Op op;
  const std::uint8_t* instruction;
  const std::uint8_t* begin;
  const std::uint8_t* end;
};

namespace internal {

/// Reads LEB128 without a result per number: after a failure it is at its end and stays there.
class CodeCursor {
 public:
  explicit CodeCursor(Bytes bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  const std::uint8_t* at() const { return at_; }
  /// Moves on to `at`, not beyond the end.
  void seek(const std::uint8_t* at) { at_ = at; }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  bool done() const { return at_ == end_; }
  bool failed() const { return failed_; }
  /// Remembers where, for the message.
  void fail() {
    if (!failed_) failed_at_ = at_;
    failed_ = true;
    at_ = end_;
  }
  const std::uint8_t* failed_at() const { return failed_at_; }

  std::uint8_t byte() {
    if (at_ == end_) [[unlikely]]
      return fail(), std::uint8_t{0};
    return *at_++;
  }
  void skip(std::size_t count) {
    if (static_cast<std::size_t>(end_ - at_) < count) [[unlikely]]
      return fail();
    at_ += count;
  }
  /// At most `max_bytes` bytes; their value is not looked at.
  void skip_leb(int max_bytes) {
    for (int i = 0; i < max_bytes; ++i) {
      if (at_ == end_) [[unlikely]]
        return fail();
      if (!(*at_++ & 0x80)) return;
    }
    fail();
  }
  std::uint32_t u32() {
    if (at_ != end_ && *at_ < 0x80) [[likely]]
      return *at_++;
    return static_cast<std::uint32_t>(wide(0xf));
  }
  /// A type index (≥ 0), or -1 for every negative number, that is an abstract heap type.
  std::int64_t s33() {
    const std::uint8_t* before = at_;
    const std::uint64_t value = wide(0x1f);
    if (failed_) return -1;
    const auto length = at_ - before;
    if (at_[-1] & (length == 5 ? 0x10 : 0x40)) return -1;
    return static_cast<std::int64_t>(value);
  }

 private:
  /// Up to five bytes; `last` are the bits allowed in the fifth.
  std::uint64_t wide(std::uint8_t last) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      if (at_ == end_) break;
      const std::uint8_t byte = *at_++;
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte & 0x80) continue;
      // A negative s33 of five bytes repeats its sign in the two bits above.
      if (shift == 28 && (byte & ~last) && !(last == 0x1f && (byte & 0x70) == 0x70)) break;
      return value;
    }
    fail();
    return 0;
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  const std::uint8_t* failed_at_ = nullptr;
  bool failed_ = false;
};

/// How an instruction is skipped that shows a visitor nothing.
enum class Skip : std::uint8_t { Nothing, Leb, MemArg, EmptyBlock, Never };

inline constexpr std::array<Skip, 256> kSkips = [] {
  std::array<Skip, 256> skips{};
  for (std::size_t code = 0; code < skips.size(); ++code) {
    switch (kPlain[code]) {
      case Immediates::None:
        skips[code] = Skip::Nothing;
        break;
      case Immediates::Local:
      case Immediates::Label:
      case Immediates::I32:
      case Immediates::I64:
        skips[code] = Skip::Leb;
        break;
      case Immediates::MemArg:
        skips[code] = Skip::MemArg;
        break;
      case Immediates::Block:
        skips[code] = Skip::EmptyBlock;
        break;
      default:
        skips[code] = Skip::Never;
    }
  }
  return skips;
}();

template <typename Visitor>
class Walker {
 public:
  Walker(Bytes code, Visitor& visitor) : cursor_(code), visitor_(visitor) {}

  CodeCursor& cursor() { return cursor_; }

  void locals() {
    const std::uint32_t groups = cursor_.u32();
    site_.op = Op::Nop;
    site_.instruction = cursor_.at();
    for (std::uint32_t i = 0; i < groups && !cursor_.failed(); ++i) {
      cursor_.u32();
      val_type();
    }
  }

  /// Until the input ends or, with `expression`, until the first `end`: returns whether it came.
  bool instructions(bool expression) {
    while (!cursor_.done()) {
      if constexpr (!kShowsAll) {
        if (!expression) skip();
      }
      site_.instruction = cursor_.at();
      const std::uint8_t first = cursor_.byte();
      if (is_prefix(first)) [[unlikely]] {
        const std::uint32_t code = cursor_.u32();
        site_.op = static_cast<Op>(std::uint32_t{first} << 16 | code);
        show_instruction();
        operands(wasm::immediates(first, code));
      } else {
        site_.op = static_cast<Op>(first);
        show_instruction();
        operands(wasm::internal::kPlain[first]);
        if (expression && first == static_cast<std::uint32_t>(Op::End)) return !cursor_.failed();
      }
    }
    return false;
  }

 private:
  static constexpr bool kShowsAll = requires(Visitor& visitor) { visitor.instruction(Op::Nop); };

  void show_instruction() {
    if constexpr (kShowsAll) visitor_.instruction(site_.op);
  }

  bool skips_memory_zero() const {
    if constexpr (requires { visitor_.skips_memory_zero(); }) return visitor_.skips_memory_zero();
    return false;
  }

  /// Nine of ten instructions of real code have nothing to show. Moves over such, and stops before
  /// any other, at what is malformed, and some bytes before the end, so that it need not look for
  /// that all the time.
  void skip() {
    constexpr std::size_t kLongest = 16;
    constexpr std::uint8_t kEmptyBlock = 0x40, kOtherMemory = 0x40;
    const bool skips_memory = skips_memory_zero();
    const std::uint8_t* at = cursor_.at();
    const std::uint8_t* const last = at + cursor_.remaining();
    while (static_cast<std::size_t>(last - at) > kLongest) {
      const Skip kind = kSkips[*at];
      if (kind <= Skip::Leb) {
        const auto leb = static_cast<std::uint8_t>(kind);
        const std::uint8_t* next = at + 1 + leb;
        if (leb & (next[-1] >> 7)) {
          next = leb_end(next, *at == static_cast<std::uint32_t>(Op::I64Const) ? 9 : 4);
          if (next == nullptr) break;
        }
        at = next;
      } else if (kind == Skip::MemArg) {
        if (!skips_memory || at[1] >= kOtherMemory) break;
        const std::uint8_t* next = at + 3;
        if (next[-1] & 0x80) {
          next = leb_end(next, 9);
          if (next == nullptr) break;
        }
        at = next;
      } else {
        if (kind != Skip::EmptyBlock || at[1] != kEmptyBlock) break;
        at += 2;
      }
    }
    cursor_.seek(at);
  }

  /// Behind a LEB128 number that has at most `more` further bytes; null when it has not ended then.
  static const std::uint8_t* leb_end(const std::uint8_t* at, int more) {
    for (; more > 0; --more) {
      if (!(*at++ & 0x80)) return at;
    }
    return nullptr;
  }

  void operands(Immediates shape) {
    switch (shape) {
      case Immediates::Invalid:
        return cursor_.fail();
      case Immediates::None:
        return;
      case Immediates::Local:
      case Immediates::Label:
      case Immediates::I32:
        return cursor_.skip_leb(5);
      case Immediates::I64:
        return cursor_.skip_leb(10);
      case Immediates::F32:
        return cursor_.skip(4);
      case Immediates::F64:
        return cursor_.skip(8);
      case Immediates::V128:
        return cursor_.skip(16);
      case Immediates::Byte:
        return cursor_.skip(1);
      case Immediates::MemArg:
        return memarg();
      case Immediates::MemArgLane:
        memarg();
        return cursor_.skip(1);
      case Immediates::Block:
        return block_type();
      case Immediates::Func:
        return index(Space::Func);
      case Immediates::Type:
        return index(Space::Type);
      case Immediates::Table:
        return index(Space::Table);
      case Immediates::Elem:
        return index(Space::Elem);
      case Immediates::Global:
        return index(Space::Global);
      case Immediates::Tag:
        return index(Space::Tag);
      case Immediates::Memory:
        return index(Space::Memory);
      case Immediates::Data:
        return index(Space::Data);
      case Immediates::TypeNumber:
        index(Space::Type);
        return cursor_.skip_leb(5);
      case Immediates::TypeTable:
        return pair(Space::Type, Space::Table);
      case Immediates::TypeType:
        return pair(Space::Type, Space::Type);
      case Immediates::TypeData:
        return pair(Space::Type, Space::Data);
      case Immediates::TypeElem:
        return pair(Space::Type, Space::Elem);
      case Immediates::TableTable:
        return pair(Space::Table, Space::Table);
      case Immediates::ElemTable:
        return pair(Space::Elem, Space::Table);
      case Immediates::MemoryMemory:
        return pair(Space::Memory, Space::Memory);
      case Immediates::DataMemory:
        return pair(Space::Data, Space::Memory);
      case Immediates::HeapType:
        return heap_type();
      case Immediates::BrTable: {
        const std::uint32_t count = cursor_.u32();
        for (std::uint32_t i = 0; i < count && !cursor_.failed(); ++i) cursor_.skip_leb(5);
        return cursor_.skip_leb(5);
      }
      case Immediates::CastLabel:
        cursor_.skip(1);
        cursor_.skip_leb(5);
        heap_type();
        return heap_type();
      case Immediates::ValTypes: {
        const std::uint32_t count = cursor_.u32();
        for (std::uint32_t i = 0; i < count && !cursor_.failed(); ++i) val_type();
        return;
      }
      case Immediates::TryTable:
        return try_table();
    }
  }

  void index(Space space) {
    site_.begin = cursor_.at();
    const std::uint32_t value = cursor_.u32();
    site_.end = cursor_.at();
    if (!cursor_.failed() && !visitor_.index(space, site_, value)) cursor_.fail();
  }

  void pair(Space first, Space second) {
    index(first);
    index(second);
  }

  void memarg() {
    site_.begin = cursor_.at();
    const std::uint32_t flags = cursor_.u32();
    const std::uint32_t memory = flags & 0x40 ? cursor_.u32() : 0;
    site_.end = cursor_.at();
    if (flags > 0x7f) return cursor_.fail();
    if (!cursor_.failed() && !visitor_.memarg(site_, flags, memory)) return cursor_.fail();
    cursor_.skip_leb(10);
  }

  void heap_type() {
    site_.begin = cursor_.at();
    const std::uint8_t first = cursor_.done() ? 0 : *cursor_.at();
    // Prefixes of shared and of exact heap types.
    if (first == 0x65 || first == 0x62) return cursor_.fail();
    const std::int64_t type = cursor_.s33();
    site_.end = cursor_.at();
    if (type < 0 || cursor_.failed()) return;
    if (!visitor_.signed_type(site_, static_cast<std::uint32_t>(type))) cursor_.fail();
  }

  void val_type() {
    const std::uint8_t code = cursor_.byte();
    if (code == ValType::Ref || code == ValType::RefNull) return heap_type();
    if (code < 0x62 || code > 0x7f || code == 0x65 || code == 0x62) cursor_.fail();
  }

  void block_type() {
    const std::uint8_t first = cursor_.done() ? 0 : *cursor_.at();
    if (first == 0x40) return cursor_.skip(1);
    // One byte, negative as an s33: a value type.
    if ((first & 0xc0) == 0x40) return val_type();
    heap_type();
  }

  void try_table() {
    block_type();
    const std::uint32_t count = cursor_.u32();
    for (std::uint32_t i = 0; i < count && !cursor_.failed(); ++i) {
      const std::uint8_t kind = cursor_.byte();
      if (kind > 3) return cursor_.fail();
      if (kind < 2) index(Space::Tag);
      cursor_.skip_leb(5);
    }
  }

  CodeCursor cursor_;
  Visitor& visitor_;
  Site site_{};
};

Error code_error(std::size_t offset);

/// A visitor for passes that only look for the end.
struct IgnoreImmediates {
  bool index(Space, const Site&, std::uint32_t) { return true; }
  bool signed_type(const Site&, std::uint32_t) { return true; }
  bool memarg(const Site&, std::uint32_t, std::uint32_t) { return true; }
};

}  // namespace internal

/// Walks a function body: local declarations, then instructions. `offset`: where `code` begins in
/// the outermost input. When the visitor stops the pass, the error is the same as for a bad
/// instruction.
template <typename Visitor>
Result<> walk_body(Bytes code, std::size_t offset, Visitor& visitor) {
  internal::Walker<Visitor> walker(code, visitor);
  walker.locals();
  walker.instructions(false);
  const auto& cursor = walker.cursor();
  if (!cursor.failed()) [[likely]]
    return {};
  return internal::code_error(offset + static_cast<std::size_t>(cursor.failed_at() - code.data()));
}

/// Walks a constant expression at the start of `code`, up to and including its `end`; returns its
/// size in bytes.
template <typename Visitor>
Result<std::size_t> walk_expression(Bytes code, std::size_t offset, Visitor& visitor) {
  internal::Walker<Visitor> walker(code, visitor);
  const bool ended = walker.instructions(true);
  const auto& cursor = walker.cursor();
  if (ended) return static_cast<std::size_t>(cursor.at() - code.data());
  const std::uint8_t* where = cursor.failed() ? cursor.failed_at() : cursor.at();
  return internal::code_error(offset + static_cast<std::size_t>(where - code.data()));
}

/// A constant expression, `end` included, as a view; the reader moves behind it.
Result<Bytes> read_expression(ByteReader& reader);

}  // namespace favo::wasm
