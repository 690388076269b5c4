#include "component/fuse/type_section.h"

#include <utility>

#include "base/format.h"

namespace favo::fuse {

namespace {

Error out_of_range(std::int64_t type) {
  return error(Code::InvalidComponent, "type index {} of a core module is out of range", type);
}

Result<> renumber_in_place(wasm::ValType& type, std::span<const std::uint32_t> map) {
  if (!type.is_ref() || type.heap < 0) return {};
  if (static_cast<std::uint64_t>(type.heap) >= map.size()) return out_of_range(type.heap);
  type.heap = map[static_cast<std::size_t>(type.heap)];
  return {};
}

Result<> renumber_in_place(wasm::SubType& type, std::span<const std::uint32_t> map) {
  if (type.supertype) {
    if (*type.supertype >= map.size()) return out_of_range(*type.supertype);
    type.supertype = map[*type.supertype];
  }
  if (auto* func = std::get_if<wasm::FuncType>(&type.composite)) {
    for (auto& param : func->params) FAVO_TRY(renumber_in_place(param, map));
    for (auto& result : func->results) FAVO_TRY(renumber_in_place(result, map));
  } else if (auto* record = std::get_if<wasm::StructType>(&type.composite)) {
    for (auto& field : record->fields) FAVO_TRY(renumber_in_place(field.type, map));
  } else {
    FAVO_TRY(renumber_in_place(std::get<wasm::ArrayType>(type.composite).element.type, map));
  }
  return {};
}

}  // namespace

wasm::ValType to_val_type(types::Flat flat) {
  switch (flat) {
    case types::Flat::I32:
      return {wasm::ValType::I32};
    case types::Flat::I64:
      return {wasm::ValType::I64};
    case types::Flat::F32:
      return {wasm::ValType::F32};
    case types::Flat::F64:
      return {wasm::ValType::F64};
  }
  std::unreachable();
}

wasm::FuncType to_func_type(std::span<const types::Flat> params,
                            std::span<const types::Flat> results) {
  wasm::FuncType type;
  for (const types::Flat flat : params) type.params.push_back(to_val_type(flat));
  for (const types::Flat flat : results) type.results.push_back(to_val_type(flat));
  return type;
}

std::vector<types::Flat> to_flats(std::span<const wasm::ValType> values) {
  std::vector<types::Flat> flats;
  for (const wasm::ValType& type : values) {
    switch (type.code) {
      case wasm::ValType::I64:
        flats.push_back(types::Flat::I64);
        break;
      case wasm::ValType::F32:
        flats.push_back(types::Flat::F32);
        break;
      case wasm::ValType::F64:
        flats.push_back(types::Flat::F64);
        break;
      default:
        flats.push_back(types::Flat::I32);
    }
  }
  return flats;
}

Result<wasm::ValType> renumber(const wasm::ValType& type, std::span<const std::uint32_t> map) {
  wasm::ValType renumbered = type;
  FAVO_TRY(renumber_in_place(renumbered, map));
  return renumbered;
}

Result<std::vector<std::uint32_t>> TypeSection::add(const wasm::Module& module) {
  std::vector<std::uint32_t> map;
  map.reserve(module.types.size());
  for (const wasm::RecGroup& group : module.groups) {
    // Where the group's types will be unless it is a duplicate. A type that mentions itself is
    // never equal to an earlier one, since it mentions an index that is new.
    for (std::uint32_t i = 0; i < group.count; ++i) map.push_back(types_ + i);
    ByteWriter encoded;
    if (group.explicit_) {
      encoded.u8(0x4e);
      encoded.leb_u32(group.count);
    }
    for (std::uint32_t i = 0; i < group.count; ++i) {
      wasm::SubType type = module.types[group.first + i];
      FAVO_TRY(renumber_in_place(type, map));
      wasm::write_sub_type(encoded, type);
    }
    if (!group.explicit_) {
      map.back() = add_single(std::move(encoded).take());
      continue;
    }
    body_.bytes(encoded.buffer());
    ++groups_;
    types_ += group.count;
  }
  return map;
}

std::uint32_t TypeSection::add(const wasm::FuncType& type) {
  ByteWriter encoded;
  wasm::write_func_type(encoded, type);
  return add_single(std::move(encoded).take());
}

std::uint32_t TypeSection::add_single(std::vector<std::uint8_t> encoded) {
  const auto [place, added] = known_.try_emplace(std::move(encoded), types_);
  if (added) {
    body_.bytes(place->first);
    ++groups_;
    ++types_;
  }
  return place->second;
}

std::vector<std::uint8_t> TypeSection::contents() const {
  ByteWriter section;
  section.leb_u32(groups_);
  section.bytes(body_.buffer());
  return std::move(section).take();
}

}  // namespace favo::fuse
