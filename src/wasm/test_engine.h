#pragma once

#include <gtest/gtest.h>
#include <wasmtime.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "engine/proposals.h"

/// For tests: the engine as a text-format compiler and as the judge of what is valid.
namespace favo::wasm::testing {

inline std::string take_message(wasmtime_error_t* error) {
  wasm_name_t text;
  wasmtime_error_message(error, &text);
  std::string message(text.data, text.size);
  wasm_byte_vec_delete(&text);
  wasmtime_error_delete(error);
  return message;
}

/// A core module in binary. The test fails when the text is malformed.
inline std::vector<std::uint8_t> wat(std::string_view text) {
  wasm_byte_vec_t bytes;
  if (wasmtime_error_t* error = wasmtime_wat2wasm(text.data(), text.size(), &bytes)) {
    ADD_FAILURE() << take_message(error);
    return {};
  }
  const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data);
  std::vector<std::uint8_t> binary(begin, begin + bytes.size);
  wasm_byte_vec_delete(&bytes);
  return binary;
}

/// With every feature that Favo switches on.
inline wasm_engine_t* engine() {
  static const std::unique_ptr<wasm_engine_t, decltype(&wasm_engine_delete)> engine(
      [] {
        wasm_config_t* config = wasm_config_new();
        engine::enable_proposals(config);
        return wasm_engine_new_with_config(config);
      }(),
      &wasm_engine_delete);
  return engine.get();
}

/// Empty when the engine accepts the module, otherwise its reason.
inline std::string invalid(Bytes module) {
  wasmtime_error_t* error = wasmtime_module_validate(engine(), module.data(), module.size());
  return error ? take_message(error) : std::string();
}

}  // namespace favo::wasm::testing
