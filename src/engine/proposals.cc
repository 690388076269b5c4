#include "engine/proposals.h"

#include <wasmtime.h>

namespace favo::engine {

void enable_proposals(wasm_config_t* config) {
  // WebAssembly 3.0
  wasmtime_config_wasm_multi_value_set(config, true);
  wasmtime_config_wasm_reference_types_set(config, true);
  wasmtime_config_wasm_bulk_memory_set(config, true);
  wasmtime_config_wasm_simd_set(config, true);
  wasmtime_config_wasm_relaxed_simd_set(config, true);
  wasmtime_config_wasm_tail_call_set(config, true);
  wasmtime_config_wasm_multi_memory_set(config, true);
  wasmtime_config_wasm_memory64_set(config, true);
  wasmtime_config_wasm_function_references_set(config, true);
  wasmtime_config_wasm_gc_set(config, true);
  wasmtime_config_wasm_exceptions_set(config, true);
  // Beyond it. Extended constant expressions have no switch here: they are always on.
  wasmtime_config_wasm_threads_set(config, true);
  wasmtime_config_wasm_custom_page_sizes_set(config, true);
  wasmtime_config_wasm_wide_arithmetic_set(config, true);
}

}  // namespace favo::engine
