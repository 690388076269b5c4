#include "wasm/rewrite.h"

#include "wasm/body.h"

namespace favo::wasm {

namespace {

/// Copies the input to `out`, lagging behind the walk: everything up to `copied_` is written.
class Rewriter {
 public:
  Rewriter(Bytes code, const Renumbering& map, std::vector<std::uint8_t>& out)
      : map_(map), out_(out), copied_(code.data()), end_(code.data() + code.size()) {}

  bool index(Space space, const Site& site, std::uint32_t value) {
    const std::span<const std::uint32_t> map = map_of(space);
    if (value >= map.size()) [[unlikely]]
      return false;
    switch (site.op) {
      case Op::MemoryGrow:
        return call_instead(site, map_.memory_grow, value);
      case Op::TableGrow:
        return call_instead(site, map_.table_grow, value);
      case Op::GlobalGet:
        if (value < map_.constants.size() && !map_.constants[value].empty()) {
          copy_to(site.instruction);
          append(map_.constants[value]);
          copied_ = site.end;
          return true;
        }
        break;
      default:
        break;
    }
    if (map[value] == value) return true;
    copy_to(site.begin);
    unsigned_leb(map[value]);
    copied_ = site.end;
    return true;
  }

  bool signed_type(const Site& site, std::uint32_t type) {
    if (type >= map_.types.size()) [[unlikely]]
      return false;
    if (map_.types[type] == type) return true;
    copy_to(site.begin);
    positive_signed_leb(map_.types[type]);
    copied_ = site.end;
    return true;
  }

  bool memarg(const Site& site, std::uint32_t flags, std::uint32_t memory) {
    if (memory >= map_.memories.size()) [[unlikely]]
      return false;
    const std::uint32_t target = map_.memories[memory];
    if (target == memory) [[likely]]
      return true;
    copy_to(site.begin);
    const std::uint32_t align = flags & 0x3f;
    unsigned_leb(target == 0 ? align : align | 0x40);
    if (target != 0) unsigned_leb(target);
    copied_ = site.end;
    return true;
  }

  void finish() { copy_to(end_); }

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
    out_.push_back(static_cast<std::uint8_t>(Op::Call));
    unsigned_leb(functions[value]);
    copied_ = site.end;
    return true;
  }

  void append(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void copy_to(const std::uint8_t* end) {
    out_.insert(out_.end(), copied_, end);
    copied_ = end;
  }
  void unsigned_leb(std::uint32_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<std::uint8_t>(value | 0x80));
    out_.push_back(static_cast<std::uint8_t>(value));
  }
  void positive_signed_leb(std::uint32_t value) {
    for (; value >= 0x40; value >>= 7) out_.push_back(static_cast<std::uint8_t>(value | 0x80));
    out_.push_back(static_cast<std::uint8_t>(value));
  }

  const Renumbering& map_;
  std::vector<std::uint8_t>& out_;
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
