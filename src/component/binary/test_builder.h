#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/bytes.h"

/// Writes component binaries by hand, for tests: productions as byte strings that are joined.
///
/// Example:
///   const Binary bytes = component({section(7, {{0x72, …}})});
namespace favo::binary::test {

using Binary = std::vector<std::uint8_t>;

inline Binary join(const std::vector<Binary>& parts) {
  Binary all;
  for (const Binary& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

inline Binary u32(std::uint32_t value) {
  ByteWriter writer;
  writer.leb_u32(value);
  return std::move(writer).take();
}

/// A type index where a `valtype` stands: signed, so that it differs from a primitive's code.
inline Binary type_index(std::uint32_t index) {
  ByteWriter writer;
  writer.leb_s64(index);
  return std::move(writer).take();
}

/// A length-prefixed string.
inline Binary name(std::string_view text) {
  ByteWriter writer;
  writer.name(text);
  return std::move(writer).take();
}

/// `nameattributes` without attributes.
inline Binary extern_name(std::string_view text) { return join({{0x00}, name(text)}); }

inline Binary vec(const std::vector<Binary>& elements) {
  return join({u32(static_cast<std::uint32_t>(elements.size())), join(elements)});
}

inline Binary raw_section(std::uint8_t id, const Binary& contents) {
  ByteWriter writer;
  writer.section(id, contents);
  return std::move(writer).take();
}

/// A section that is a vector of definitions.
inline Binary section(std::uint8_t id, const std::vector<Binary>& definitions) {
  return raw_section(id, vec(definitions));
}

inline Binary component(const std::vector<Binary>& sections) {
  return join({{0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00}, join(sections)});
}

inline Binary core_module(const std::vector<Binary>& sections) {
  return join({{0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00}, join(sections)});
}

}  // namespace favo::binary::test
