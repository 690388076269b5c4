//! Taking more than there is.

use core::hint::black_box;
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, OutgoingRequest, Scheme};
use wasip2::io::poll;

/// Handles, until the host stops it.
pub fn fields() -> String {
    let mut held = Vec::new();
    loop {
        held.push(black_box(Fields::new()));
    }
}

pub fn timers() -> String {
    let mut held = Vec::new();
    loop {
        held.push(black_box(subscribe_duration(u64::MAX)));
    }
}

/// Memory, touched as it comes; tells how far it came.
pub fn memory() -> String {
    let mut pages = 0;
    loop {
        let before = core::arch::wasm32::memory_grow(0, 16);
        if before == usize::MAX {
            return format!("grew by {pages} pages\n");
        }
        for page in before..before + 16 {
            // SAFETY: the page was just added.
            unsafe { core::ptr::write_volatile((page * 65536) as *mut u8, 1) };
        }
        pages += 16;
    }
}

pub fn random(bytes: u64) -> String {
    format!("{}\n", wasip2::random::random::get_random_bytes(bytes).len())
}

/// One call that waits for very many things at once.
pub fn poll(n: usize) -> String {
    let timer = subscribe_duration(u64::MAX);
    let all = vec![&timer; n];
    format!("{}\n", poll::poll(&all).len())
}

/// Files of the directory that was granted, opened and kept; tells how many and why no more.
pub fn files() -> String {
    let mut held = Vec::new();
    loop {
        match std::fs::File::open("/data/file") {
            Ok(file) => held.push(file),
            Err(error) => return format!("{} files, then {error}\n", held.len()),
        }
    }
}

/// One line without an end.
pub fn log(bytes: u64) -> String {
    let stderr = wasip2::cli::stderr::get_stderr();
    let piece = [b'x'; 4096];
    for _ in 0..bytes / 4096 {
        stderr.blocking_write_and_flush(&piece).unwrap();
    }
    "logged\n".to_string()
}

/// Many short ones, with what would steer a terminal or forge a line.
pub fn lines(n: u64) -> String {
    let stderr = wasip2::cli::stderr::get_stderr();
    for _ in 0..n {
        stderr
            .blocking_write_and_flush(b"\x1b[2J\r{\"level\":\"error\",\"msg\":\"forged\"}\n")
            .unwrap();
    }
    "logged\n".to_string()
}

/// `n` requests at once to `to`, which may be this server itself: how each of them ended.
pub fn subrequests(to: &str, n: u64) -> String {
    let mut waiting = Vec::new();
    let mut refused = 0;
    for _ in 0..n {
        let request = OutgoingRequest::new(Fields::new());
        request.set_scheme(Some(&Scheme::Http)).unwrap();
        request.set_authority(Some(to)).unwrap();
        let path = format!("/subrequests?to={to}&n={n}");
        request.set_path_with_query(Some(&path)).unwrap();
        match outgoing_handler::handle(request, None) {
            Ok(response) => waiting.push(response),
            Err(_) => refused += 1,
        }
    }
    let (mut answered, mut failed) = (0, 0);
    for response in &waiting {
        response.subscribe().block();
        match response.get() {
            Some(Ok(Ok(_))) => answered += 1,
            _ => failed += 1,
        }
    }
    format!("{answered} answered, {failed} failed, {refused} refused\n")
}
