#pragma once

#include <cstddef>
#include <cstdint>

namespace favo::fuzz {

/// A mutator that knows sections: most of the time it changes the contents of one section of a
/// component (or of a core module or component inside), at any depth, and writes the sizes around
/// it anew. Mutations of bytes alone hardly ever get past the sizes.
std::size_t mutate_sections(std::uint8_t* data, std::size_t size, std::size_t max_size,
                            unsigned seed);

}  // namespace favo::fuzz
