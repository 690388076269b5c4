//! Wasmtime's C API, plus what Favo needs and the C API does not offer.
//!
//! The C structs below hold exactly one Rust value each, so a reference to one is a reference to
//! the other; the sizes are asserted, and the version is pinned to the patch release.

pub use wasmtime_c_api::*;

use core::mem::size_of;
use wasmtime::{Config, Enabled, Extern, Instance, Module, ModuleExport, PoolingAllocationConfig};

const _: () = assert!(
    size_of::<wasmtime_pooling_allocation_config_t>() == size_of::<PoolingAllocationConfig>()
        && size_of::<wasm_config_t>() == size_of::<Config>()
        && size_of::<wasmtime_module_t>() == size_of::<Module>()
);

/// Resets memories by asking the kernel which pages were written (`PAGEMAP_SCAN`, Linux 6.7).
/// Returns whether the kernel can; if not, nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn favo_pooling_pagemap_scan(
    config: *mut wasmtime_pooling_allocation_config_t,
) -> bool {
    let available = PoolingAllocationConfig::is_pagemap_scan_available();
    if available {
        let config = unsafe { &mut *(config as *mut PoolingAllocationConfig) };
        config.pagemap_scan(Enabled::Yes);
    }
    available
}

/// Initial memory images up to this many bytes are mapped copy-on-write even when sparse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn favo_config_dense_image_size(config: *mut wasm_config_t, bytes: u64) {
    let config = unsafe { &mut *(config as *mut Config) };
    config.memory_guaranteed_dense_image_size(bytes);
}

/// A resolved export of one module: looking it up in an instance needs no name.
pub struct favo_module_export_t(ModuleExport);

/// Null when the module has no such export. Freed by `favo_module_export_delete`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn favo_module_export(
    module: *const wasmtime_module_t,
    name: *const u8,
    length: usize,
) -> Option<Box<favo_module_export_t>> {
    let module = unsafe { &*(module as *const Module) };
    let name = unsafe { core::slice::from_raw_parts(name, length) };
    let name = core::str::from_utf8(name).ok()?;
    module
        .get_export_index(name)
        .map(|export| Box::new(favo_module_export_t(export)))
}

#[unsafe(no_mangle)]
pub extern "C" fn favo_module_export_delete(_export: Option<Box<favo_module_export_t>>) {}

/// Writes the instance's item for `export` to `item`; false when the instance is of another module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn favo_instance_export(
    store: WasmtimeStoreContextMut<'_>,
    instance: &Instance,
    export: &favo_module_export_t,
    item: &mut core::mem::MaybeUninit<wasmtime_extern_t>,
) -> bool {
    let found: Option<Extern> = instance.get_module_export(store, &export.0);
    match found {
        Some(found) => {
            item.write(found.into());
            true
        }
        None => false,
    }
}
