#include "fuzz/text.h"

#include <wasmtime.h>

#include <string>

namespace favo::fuzz {

Result<std::vector<std::uint8_t>> from_text(std::string_view text) {
  wasm_byte_vec_t binary;
  if (wasmtime_error_t* error = wasmtime_wat2wasm(text.data(), text.size(), &binary)) {
    wasm_name_t message;
    wasmtime_error_message(error, &message);
    Error told(Code::InvalidArgument, std::string(message.data, message.size));
    wasm_byte_vec_delete(&message);
    wasmtime_error_delete(error);
    return told;
  }
  std::vector<std::uint8_t> bytes(binary.data, binary.data + binary.size);
  wasm_byte_vec_delete(&binary);
  return bytes;
}

}  // namespace favo::fuzz
