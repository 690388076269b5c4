//! Attacks from inside a call of the host's: its results need memory, which this allocator gives.

use core::hint::black_box;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Then {
    Spin = 1,
    Trap = 2,
    CallHost = 3,
}

static ARMED: AtomicU8 = AtomicU8::new(0);

struct Trapdoor;

// SAFETY: the system's, with a detour.
unsafe impl GlobalAlloc for Trapdoor {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match ARMED.load(Relaxed) {
            0 => {}
            1 => {
                spin();
            }
            2 => core::arch::wasm32::unreachable(),
            // Comes back here, and so on, each time deeper.
            _ => {
                black_box(wasip2::random::random::get_random_bytes(8));
            }
        }
        System.alloc(layout)
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        System.dealloc(at, layout)
    }
}

#[global_allocator]
static ALLOCATOR: Trapdoor = Trapdoor;

pub fn in_realloc(then: Then) -> String {
    ARMED.store(then as u8, Relaxed);
    let bytes = wasip2::random::random::get_random_bytes(8);
    ARMED.store(0, Relaxed);
    format!("got {} bytes\n", bytes.len())
}

pub fn spin() -> String {
    let mut n = 0u64;
    loop {
        n = black_box(n.wrapping_add(1));
    }
}
