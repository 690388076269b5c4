#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace favo {

/// A `u32` that belongs to one index space: `using FuncIndex = Index<struct FuncIndexTag>;`.
/// Two spaces do not mix, and arithmetic is done on `value`.
template <typename Tag>
struct Index {
  std::uint32_t value = 0;

  constexpr Index() = default;
  constexpr explicit Index(std::size_t v) : value(static_cast<std::uint32_t>(v)) {}
  constexpr auto operator<=>(const Index&) const = default;
};

}  // namespace favo

template <typename Tag>
struct std::hash<favo::Index<Tag>> {
  std::size_t operator()(favo::Index<Tag> index) const { return index.value; }
};
