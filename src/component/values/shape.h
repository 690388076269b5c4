#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "component/types/layout.h"
#include "component/types/types.h"

/// How types are laid out, as lifting and lowering share it. Private to `component/values`.
namespace favo::values {

inline std::vector<types::TypeId> member_types(const types::Record& record) {
  std::vector<types::TypeId> members;
  for (const types::Field& field : record.fields) members.push_back(field.type);
  return members;
}

/// Calls `visit(pointer, type)` for each member of a record or tuple at `pointer`.
/// Spec: CanonicalABI.md, "load_record".
template <typename Visit>
Result<void> for_each_member(const types::TypeTable& table, std::uint64_t pointer,
                             std::span<const types::TypeId> members, Visit visit) {
  for (const types::TypeId member : members) {
    const types::Layout layout = types::layout(table, member);
    pointer = types::align_to(pointer, layout.align);
    FAVO_TRY(visit(static_cast<std::uint32_t>(pointer), member));
    pointer += layout.size;
  }
  return {};
}

/// The layout of a tuple that no type table knows.
inline types::Layout layout_of(const types::TypeTable& table,
                               std::span<const types::TypeId> members) {
  types::Layout whole{0, 1};
  for (const types::TypeId member : members) {
    const types::Layout layout = types::layout(table, member);
    whole.align = std::max(whole.align, layout.align);
    whole.size = types::align_to(whole.size, layout.align) + layout.size;
  }
  whole.size = types::align_to(whole.size, whole.align);
  return whole;
}

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

}  // namespace favo::values
