//! What a host has to stop.

use crate::reply::Reply;
use core::hint::black_box;

/// Runs out of the engine's stack: each call waits for the next, and none keeps anything in memory.
#[inline(never)]
#[allow(unconditional_recursion)]
pub fn recurse(depth: u64) -> u64 {
    recurse(depth.wrapping_add(1)).rotate_left(1) ^ depth
}

pub fn spin() -> ! {
    let mut n = 0u64;
    loop {
        n = black_box(n.wrapping_add(1));
    }
}

/// Asks for memory, 1 MiB at a time, up to the 4 GiB there can be. With `report` it stops at the
/// first refusal and tells how far it came; without, it does as most programs do, and aborts.
pub fn grow(reply: Reply, report: bool) {
    const MEBIBYTE: usize = 1 << 20;
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut piece = Vec::new();
        if report && piece.try_reserve_exact(MEBIBYTE).is_err() {
            return reply.text(&format!("got {} MiB\n", held.len()));
        }
        piece.resize(MEBIBYTE, 1u8);
        held.push(black_box(piece));
    }
}

/// Traps when part of the response has already gone out.
pub fn trap_late(reply: Reply) {
    let body = reply.open();
    body.stream.blocking_write_and_flush(b"so far so good\n").unwrap();
    panic!("asked to");
}
