#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "component/types/layout.h"
#include "wasm/module.h"

namespace favo::fuse {

wasm::ValType to_val_type(types::Flat flat);
wasm::FuncType to_func_type(std::span<const types::Flat> params,
                            std::span<const types::Flat> results);

/// REQUIRES: numbers only.
std::vector<types::Flat> to_flats(std::span<const wasm::ValType> types);

/// The type section of the fused module. Types that are written alone (not in a `rec` group) and
/// equal to one that is there already share its index, so that equal signatures have equal indices;
/// the engine identifies the others by structure anyway.
class TypeSection {
 public:
  /// New indices by the module's own.
  Result<std::vector<std::uint32_t>> add(const wasm::Module& module);
  std::uint32_t add(const wasm::FuncType& type);

  /// Contents of the section.
  std::vector<std::uint8_t> contents() const;

 private:
  std::uint32_t add_single(std::vector<std::uint8_t> encoded);

  std::map<std::vector<std::uint8_t>, std::uint32_t> known_;
  std::uint32_t groups_ = 0, types_ = 0;
  ByteWriter body_;
};

/// `type` with its index, if it has one, taken through `map`.
Result<wasm::ValType> renumber(const wasm::ValType& type, std::span<const std::uint32_t> map);

}  // namespace favo::fuse
