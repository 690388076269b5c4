#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "component/compose/typed_part.h"

/// Private to `component/compose`.
namespace favo::compose {

/// What an import of a part gets.
struct Source {
  enum class Kind : std::uint8_t {
    Part,  ///< the export `name` of `part`
    Host,  ///< an instance that the whole imports
    Type,  ///< a type that says itself what it is
  };
  Kind kind = Kind::Host;
  std::uint32_t part = 0;
  std::string_view name = {};
};

/// Decides it for each import of `parts[index]`, by the links of that part.
/// Errors: as `compose` says of links and imports.
Result<std::vector<Source>> wire(std::span<const TypedPart> parts, std::uint32_t index,
                                 const Options& options);

}  // namespace favo::compose
