#include "wasm/body.h"

namespace favo::wasm {

namespace internal {

Error code_error(std::size_t offset) {
  return ByteReader::fail_at(offset, "malformed or unknown instruction");
}

}  // namespace internal

Result<Bytes> read_expression(ByteReader& reader) {
  ByteReader ahead = reader;
  const Bytes rest = FAVO_TRY(ahead.bytes(ahead.remaining()));
  internal::IgnoreImmediates ignore;
  const std::size_t size = FAVO_TRY(walk_expression(rest, reader.offset(), ignore));
  return reader.bytes(size);
}

}  // namespace favo::wasm
