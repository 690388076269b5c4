#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/format.h"
#include "component/binary/ast.h"

/// The productions of Binary.md, one reader function each. Private to `component/binary`.
///
/// Each function reads its production at the reader's position and leaves the reader behind it.
/// A failure is final: the reader's position is then unspecified.
namespace favo::binary {

/// How many components, component types and instance types may enclose one another. Bounds the
/// stack here and in every later pass that walks the tree.
constexpr int kMaxNesting = 100;

/// How many sections and elements of vectors a file may have: definitions, fields, names, options.
/// A node is up to a hundred times larger than its bytes, so that the bytes alone bound nothing.
/// Components of forty core modules have some thousands.
constexpr std::uint32_t kMaxNodes = 500'000;

/// Reads a component, or a range of it, and counts the elements of vectors.
class Reader : public ByteReader {
 public:
  /// `nodes` is shared by all readers of a file and outlives them.
  Reader(Bytes bytes, std::uint32_t& nodes) : ByteReader(bytes), nodes_(&nodes) {}

  /// The length of a vector: no more than the bytes left, nor than all may have together.
  Result<std::uint32_t> count() {
    const std::size_t start = offset();
    const std::uint32_t count = FAVO_TRY(ByteReader::count());
    FAVO_TRY(charge(count, start));
    return count;
  }
  Result<void> charge(std::uint32_t nodes, std::size_t offset) {
    if (nodes > kMaxNodes - *nodes_) {
      return fail_at(offset, format("more than {} definitions, names and the like", kMaxNodes));
    }
    *nodes_ += nodes;
    return {};
  }
  Result<Reader> sub(std::size_t size) { return Reader(FAVO_TRY(ByteReader::sub(size)), *nodes_); }

 private:
  Reader(ByteReader range, std::uint32_t& nodes) : ByteReader(range), nodes_(&nodes) {}

  std::uint32_t* nodes_;
};

/// The bytes up to the end of the range: a whole component, its preamble included.
Result<Component> read_component(Reader& in, int depth);

// decode_definitions.cc
Result<CoreInstance> read_core_instance(Reader& in);
Result<Instance> read_instance(Reader& in);
Result<Alias> read_alias(Reader& in);
Result<Start> read_start(Reader& in);
Result<Import> read_import(Reader& in);
Result<Export> read_export(Reader& in);
Result<Value> read_value(Reader& in);
Result<ExternName> read_extern_name(Reader& in);

// decode_types.cc
Result<Type> read_type(Reader& in, int depth);
Result<ValType> read_val_type(Reader& in);
Result<std::optional<ValType>> read_result_list(Reader& in);
Result<ExternType> read_extern_type(Reader& in);

// decode_core.cc
Result<CoreType> read_core_type(Reader& in);
Result<CoreValType> read_core_val_type(Reader& in);

// decode_canon.cc
Result<Canon> read_canon(Reader& in);

template <typename IndexType>
Result<IndexType> read_index(Reader& in) {
  return IndexType(std::size_t{FAVO_TRY(in.leb_u32())});
}

/// `vec(<T>)`. Each element takes a byte at least, so a count beyond the bytes left is refused.
/// Nothing is reserved: the count is only a claim, and a node is larger than its bytes.
template <typename Read>
auto read_vector(Reader& in, Read read)
    -> Result<std::vector<typename decltype(read(in))::value_type>> {
  const std::uint32_t count = FAVO_TRY(in.count());
  std::vector<typename decltype(read(in))::value_type> elements;
  for (std::uint32_t i = 0; i < count; ++i) elements.push_back(FAVO_TRY(read(in)));
  return elements;
}

/// `<T>?`: 0x00, or 0x01 and the production.
template <typename Read>
auto read_optional(Reader& in, Read read)
    -> Result<std::optional<typename decltype(read(in))::value_type>> {
  using T = typename decltype(read(in))::value_type;
  const std::size_t offset = in.offset();
  const std::uint8_t present = FAVO_TRY(in.u8());
  if (present == 0x00) return std::optional<T>();
  if (present != 0x01) {
    return ByteReader::fail_at(
        offset, format("expected 0x00 (absent) or 0x01 (present), found {:#04x}", present));
  }
  return std::optional<T>(FAVO_TRY(read(in)));
}

/// Consumes one byte that the grammar fixes.
inline Result<void> expect_byte(Reader& in, std::uint8_t expected, std::string_view what) {
  const std::size_t offset = in.offset();
  const std::uint8_t found = FAVO_TRY(in.u8());
  if (found == expected) return {};
  return ByteReader::fail_at(offset,
                             format("expected {:#04x} ({}), found {:#04x}", expected, what, found));
}

/// A byte that is 0x00 or 0x01; `what` names the attribute that 0x01 stands for.
inline Result<bool> read_flag(Reader& in, std::string_view what) {
  const std::size_t offset = in.offset();
  const std::uint8_t flag = FAVO_TRY(in.u8());
  if (flag <= 1) return flag == 1;
  return ByteReader::fail_at(offset,
                             format("expected 0x00 or 0x01 ({}), found {:#04x}", what, flag));
}

inline Result<void> check_nesting(const Reader& in, int depth) {
  if (depth <= kMaxNesting) return {};
  return in.fail(format("components and types are nested deeper than {}", kMaxNesting));
}

/// "unknown <what> 0x7a at offset …".
inline Error unknown(std::size_t offset, std::string_view what, std::uint8_t found) {
  return ByteReader::fail_at(offset, format("unknown {} {:#04x}", what, found));
}

}  // namespace favo::binary
