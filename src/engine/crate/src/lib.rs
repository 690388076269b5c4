//! Wasmtime's C API, plus what Favo needs and the C API does not offer.
//!
//! The C structs below hold exactly one Rust value each, so a reference to one is a reference to
//! the other; the sizes are asserted, and the version is pinned to the patch release.

pub use wasmtime_c_api::*;

use core::future::Future;
use core::mem::{MaybeUninit, size_of};
use core::pin::Pin;
use core::task::{Context, Waker};
use wasmtime::{
    Config, Enabled, Extern, Func, Instance, InstancePre, Module, ModuleExport,
    PoolingAllocationConfig, ValRaw,
};

const _: () = assert!(
    size_of::<wasmtime_pooling_allocation_config_t>() == size_of::<PoolingAllocationConfig>()
        && size_of::<wasm_config_t>() == size_of::<Config>()
        && size_of::<wasmtime_module_t>() == size_of::<Module>()
        && size_of::<wasmtime_instance_pre_t>() == size_of::<InstancePre<WasmtimeStoreData>>()
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
    item: &mut MaybeUninit<wasmtime_extern_t>,
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

/// What a guest has begun and not finished: a future in one block of memory, behind a thin pointer.
#[repr(C)]
pub struct favo_future_t {
    poll: unsafe fn(*mut favo_future_t) -> bool,
    delete: unsafe fn(*mut favo_future_t),
}

#[repr(C)]
struct Running<F> {
    head: favo_future_t,
    future: F,
}

impl<F: Future<Output = ()>> Running<F> {
    /// Null when it finished at once.
    fn start(future: F) -> *mut favo_future_t {
        let head = favo_future_t {
            poll: Self::poll,
            delete: Self::delete,
        };
        let this: *mut favo_future_t = Box::into_raw(Box::new(Self { head, future })).cast();
        // SAFETY: made above; not used after `delete`.
        unsafe {
            if !Self::poll(this) {
                return this;
            }
            Self::delete(this);
        }
        core::ptr::null_mut()
    }

    unsafe fn poll(this: *mut favo_future_t) -> bool {
        // SAFETY: `this` came from `start`, and what it points to is never moved.
        let future = unsafe { Pin::new_unchecked(&mut (*this.cast::<Self>()).future) };
        let mut context = Context::from_waker(Waker::noop());
        future.poll(&mut context).is_ready()
    }

    unsafe fn delete(this: *mut favo_future_t) {
        // SAFETY: `this` came from `start`, and is given back once.
        drop(unsafe { Box::from_raw(this.cast::<Self>()) });
    }
}

/// Goes on with it; whether it is finished. It must be deleted then, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn favo_future_poll(future: *mut favo_future_t) -> bool {
    unsafe { ((*future).poll)(future) }
}

/// Unwinds what is not finished.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn favo_future_delete(future: *mut favo_future_t) {
    unsafe { ((*future).delete)(future) }
}

fn give_error(result: wasmtime::Result<()>, error: &mut *mut wasmtime_error_t) {
    if let Err(failure) = result {
        *error = Box::into_raw(Box::new(failure.into()));
    }
}

/// Instantiates as far as the guest does not wait. Null when it is done: then there is an instance,
/// or an error. All pointers must live as long as the future.
#[unsafe(no_mangle)]
pub extern "C" fn favo_instantiate<'a>(
    pre: &'a wasmtime_instance_pre_t,
    store: WasmtimeStoreContextMut<'a>,
    instance: &'a mut MaybeUninit<Instance>,
    error: &'a mut *mut wasmtime_error_t,
) -> *mut favo_future_t {
    // SAFETY: the C struct is the other, transparently.
    let pre = unsafe { &*core::ptr::from_ref(pre).cast::<InstancePre<WasmtimeStoreData>>() };
    Running::start(async move {
        let made = pre.instantiate_async(store).await;
        let made = made.map(|made| {
            instance.write(made);
        });
        give_error(made, error);
    })
}

/// Calls a function on a fiber as far as it does not wait. Null when it has returned, its results in
/// `values`, or failed. `values` is as for `wasmtime_func_call_unchecked`, nothing is checked; all
/// pointers must live as long as the future.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn favo_call<'a>(
    store: WasmtimeStoreContextMut<'a>,
    func: &'a Func,
    values: *mut ValRaw,
    count: usize,
    error: &'a mut *mut wasmtime_error_t,
) -> *mut favo_future_t {
    let values = core::ptr::slice_from_raw_parts_mut(values, count);
    Running::start(async move {
        // SAFETY: the caller's.
        give_error(unsafe { func.call_unchecked_async(store, values).await }, error);
    })
}
