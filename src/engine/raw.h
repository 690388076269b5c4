#pragma once

#include <wasmtime.h>

#include <string>

#include "base/error.h"

/// Private to this folder: the glue of `crate/src/lib.rs` and conversions of the C API's errors.
extern "C" {
bool favo_pooling_pagemap_scan(wasmtime_pooling_allocation_config_t* config);
void favo_config_dense_image_size(wasm_config_t* config, uint64_t bytes);
struct favo_module_export_t* favo_module_export(const wasmtime_module_t* module,
                                                const uint8_t* name, size_t length);
void favo_module_export_delete(struct favo_module_export_t* module_export);
bool favo_instance_export(wasmtime_context_t* context, const wasmtime_instance_t* instance,
                          const struct favo_module_export_t* module_export,
                          wasmtime_extern_t* item);
/// Both start something of the guest and return null when it is done or failed; see lib.rs.
struct favo_future_t* favo_instantiate(const wasmtime_instance_pre_t* pre,
                                       wasmtime_context_t* store, wasmtime_instance_t* instance,
                                       wasmtime_error_t** error);
struct favo_future_t* favo_call(wasmtime_context_t* store, const wasmtime_func_t* func,
                                wasmtime_val_raw_t* values, size_t count, wasmtime_error_t** error);
bool favo_future_poll(struct favo_future_t* future);
void favo_future_delete(struct favo_future_t* future);
}

namespace favo::engine {

/// Consume the error or trap. The text includes the guest's backtrace, if there is one.
std::string take_message(wasmtime_error_t* error);
std::string take_message(wasm_trap_t* trap);

}  // namespace favo::engine
