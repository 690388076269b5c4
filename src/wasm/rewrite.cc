#include "wasm/rewrite.h"

#include <cstring>

#include "wasm/body.h"

namespace favo::wasm {

namespace {

/// Appends to a vector through a pointer. The vector is kept larger than what is written, so that
/// short pieces are copied without asking how short.
class Appender {
 public:
  /// `size`: about how much will come.
  Appender(std::vector<std::uint8_t>& out, std::size_t size) : out_(out), at_(out.size()) {
    out_.resize(at_ + size + size / 8 + kSlack);
  }

  /// Copies `[from, to)`; up to `end` can be read.
  void copy(const std::uint8_t* from, const std::uint8_t* to, const std::uint8_t* end) {
    const auto size = static_cast<std::size_t>(to - from);
    std::uint8_t* target = room(size);
    if (size <= kPiece && static_cast<std::size_t>(end - from) >= kPiece) [[likely]] {
      std::memcpy(target, from, kPiece);
    } else {
      std::memcpy(target, from, size);
    }
    at_ += size;
  }
  void byte(std::uint8_t value) { *room(1) = value, ++at_; }
  /// Unsigned LEB128 with `last` as the first value that needs a further byte: 0x80, or 0x40 for a
  /// positive number in signed LEB128.
  void leb(std::uint32_t value, std::uint32_t last) {
    std::uint8_t* target = room(5);
    const std::uint8_t* begin = target;
    for (; value >= last; value >>= 7) *target++ = static_cast<std::uint8_t>(value | 0x80);
    *target++ = static_cast<std::uint8_t>(value);
    at_ += static_cast<std::size_t>(target - begin);
  }
  void finish() { out_.resize(at_); }

 private:
  static constexpr std::size_t kPiece = 16, kSlack = 64;

  /// Where `size` bytes can be written, and a whole piece.
  std::uint8_t* room(std::size_t size) {
    if (out_.size() - at_ < size + kPiece) [[unlikely]]
      out_.resize(at_ + size + out_.size() / 16 + kSlack);
    return out_.data() + at_;
  }

  std::vector<std::uint8_t>& out_;
  std::size_t at_;
};

/// Copies the input to `out`, lagging behind the walk: everything up to `copied_` is written.
class Rewriter {
 public:
  Rewriter(Bytes code, const Renumbering& map, std::vector<std::uint8_t>& out)
      : map_(map), out_(out, code.size()), copied_(code.data()), end_(code.data() + code.size()) {}

  bool index(Space space, const Site& site, std::uint32_t value) {
    const std::span<const std::uint32_t> map = map_of(space);
    if (value >= map.size()) [[unlikely]]
      return false;
    switch (site.op) {
      case Op::MemoryGrow:
        return call_instead(site, map_.memory_grow, value);
      case Op::TableGrow:
        if (map_.effects) map_.effects->tables = true;
        return call_instead(site, map_.table_grow, value);
      case Op::TableSet:
      case Op::TableInit:
      case Op::TableCopy:
      case Op::TableFill:
        if (map_.effects) map_.effects->tables = true;
        break;
      case Op::DataDrop:
      case Op::ElemDrop:
        if (map_.effects) map_.effects->segments = true;
        break;
      case Op::GlobalGet:
        if (value < map_.constants.size() && !map_.constants[value].empty()) {
          copy_to(site.instruction);
          const Bytes constant = map_.constants[value];
          out_.copy(constant.data(), constant.data() + constant.size(),
                    constant.data() + constant.size());
          copied_ = site.end;
          return true;
        }
        break;
      default:
        break;
    }
    if (map[value] == value) return true;
    copy_to(site.begin);
    out_.leb(map[value], 0x80);
    copied_ = site.end;
    return true;
  }

  bool signed_type(const Site& site, std::uint32_t type) {
    if (type >= map_.types.size()) [[unlikely]]
      return false;
    if (map_.types[type] == type) return true;
    copy_to(site.begin);
    out_.leb(map_.types[type], 0x40);
    copied_ = site.end;
    return true;
  }

  bool skips_memory_zero() const { return !map_.memories.empty() && map_.memories[0] == 0; }

  bool memarg(const Site& site, std::uint32_t flags, std::uint32_t memory) {
    if (memory >= map_.memories.size()) [[unlikely]]
      return false;
    const std::uint32_t target = map_.memories[memory];
    if (target == memory) [[likely]]
      return true;
    copy_to(site.begin);
    const std::uint32_t align = flags & 0x3f;
    out_.leb(target == 0 ? align : align | 0x40, 0x80);
    if (target != 0) out_.leb(target, 0x80);
    copied_ = site.end;
    return true;
  }

  void finish() {
    copy_to(end_);
    out_.finish();
  }

 private:
  std::span<const std::uint32_t> map_of(Space space) const {
    switch (space) {
      case Space::Type:
        return map_.types;
      case Space::Func:
        return map_.functions;
      case Space::Table:
        return map_.tables;
      case Space::Memory:
        return map_.memories;
      case Space::Global:
        return map_.globals;
      case Space::Tag:
        return map_.tags;
      case Space::Elem:
        return map_.elements;
      case Space::Data:
        return map_.datas;
    }
    return {};
  }

  bool call_instead(const Site& site, std::span<const std::uint32_t> functions,
                    std::uint32_t value) {
    if (value >= functions.size()) return false;
    copy_to(site.instruction);
    out_.byte(static_cast<std::uint8_t>(Op::Call));
    out_.leb(functions[value], 0x80);
    copied_ = site.end;
    return true;
  }

  void copy_to(const std::uint8_t* end) {
    out_.copy(copied_, end, end_);
    copied_ = end;
  }

  const Renumbering& map_;
  Appender out_;
  const std::uint8_t* copied_;
  const std::uint8_t* end_;
};

}  // namespace

Result<> rewrite_body(Bytes code, std::size_t offset, const Renumbering& map,
                      std::vector<std::uint8_t>& out) {
  Rewriter rewriter(code, map, out);
  FAVO_TRY(walk_body(code, offset, rewriter));
  rewriter.finish();
  return {};
}

Result<> rewrite_expression(Bytes code, std::size_t offset, const Renumbering& map,
                            std::vector<std::uint8_t>& out) {
  Rewriter rewriter(code, map, out);
  const std::size_t size = FAVO_TRY(walk_expression(code, offset, rewriter));
  if (size != code.size()) return internal::code_error(offset + size);
  rewriter.finish();
  return {};
}

}  // namespace favo::wasm
