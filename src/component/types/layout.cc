#include "component/types/layout.h"

#include <algorithm>

#include "base/check.h"
#include "component/types/facts.h"

namespace favo::types {

namespace {

/// Appends the flat types of `type` to `out`, up to `limit` in all.
void append_flat(const TypeTable& table, TypeId type, std::size_t limit, std::vector<Flat>& out,
                 PointerSize size = PointerSize::Bits32) {
  const std::vector<Flat>& flat = table.facts(type).of(size).flat;
  const std::size_t count = std::min(flat.size(), limit - out.size());
  out.insert(out.end(), flat.begin(), flat.begin() + static_cast<std::ptrdiff_t>(count));
}

/// Parameters of both directions, and the flat result before it is moved to memory.
CoreSignature signature(const TypeTable& table, const FuncType& func) {
  CoreSignature core;
  for (const Field& param : func.params) {
    append_flat(table, param.type, kMaxFlatParams + 1, core.params);
  }
  core.params_in_memory = core.params.size() > kMaxFlatParams;
  if (core.params_in_memory) core.params = {Flat::I32};
  if (func.result) core.results = flatten(table, *func.result, kMaxFlatResults + 1);
  core.result_in_memory = core.results.size() > kMaxFlatResults;
  return core;
}

}  // namespace

Layout layout(const TypeTable& table, TypeId type) { return table.facts(type).shape.layout; }

std::uint32_t discriminant_size(std::size_t cases) {
  return cases <= 0x100 ? 1 : cases <= 0x10000 ? 2 : 4;
}

std::uint32_t flags_size(std::size_t labels) { return labels <= 8 ? 1 : labels <= 16 ? 2 : 4; }

std::vector<std::optional<TypeId>> cases_of(const TypeTable& table, TypeId type) {
  const Type& node = table.get(type);
  std::vector<std::optional<TypeId>> cases;
  if (const auto* variant = std::get_if<Variant>(&node)) {
    cases.reserve(variant->cases.size());
    for (const Case& c : variant->cases) cases.push_back(c.type);
  } else if (const auto* names = std::get_if<Enum>(&node)) {
    cases.resize(names->names.size());
  } else if (const auto* option = std::get_if<Option>(&node)) {
    cases = {std::nullopt, option->type};
  } else if (const auto* result = std::get_if<ResultOf>(&node)) {
    cases = {result->ok, result->error};
  }
  return cases;
}

std::uint32_t payload_offset(const TypeTable& table,
                             const std::vector<std::optional<TypeId>>& cases) {
  std::uint32_t align = 1;
  for (const std::optional<TypeId>& c : cases) {
    if (c) align = std::max(align, layout(table, *c).align);
  }
  return static_cast<std::uint32_t>(align_to(discriminant_size(cases.size()), align));
}

std::vector<Flat> flatten(const TypeTable& table, TypeId type, std::size_t limit,
                          PointerSize size) {
  FAVO_CHECK(limit <= kMaxFlatten);
  std::vector<Flat> flat;
  append_flat(table, type, limit, flat, size);
  return flat;
}

CoreSignature lift_signature(const TypeTable& table, const FuncType& func) {
  CoreSignature core = signature(table, func);
  if (core.result_in_memory) core.results = {Flat::I32};
  return core;
}

CoreSignature lower_signature(const TypeTable& table, const FuncType& func) {
  CoreSignature core = signature(table, func);
  if (core.result_in_memory) {
    core.params.push_back(Flat::I32);
    core.results.clear();
  }
  return core;
}

}  // namespace favo::types
