//! Bodies that take their time.

use crate::reply::Reply;
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::http::types::{Fields, IncomingRequest};
use wasip2::io::streams::StreamError;

const MILLISECOND: u64 = 1_000_000;

/// `n` lines, one every `ms` milliseconds, each sent at once.
pub fn drip(reply: Reply, n: u64, ms: u64) {
    let body = reply.open();
    for i in 0..n {
        subscribe_duration(ms * MILLISECOND).block();
        body.stream.blocking_write_and_flush(format!("drop {i}\n").as_bytes()).unwrap();
    }
    body.finish(None);
}

/// That many bytes, as fast as the host gives credit.
pub fn big(reply: Reply, bytes: u64) {
    let body = reply.open();
    let chunk = [b'x'; 64 * 1024];
    let writable = body.stream.subscribe();
    let mut left = bytes;
    while left > 0 {
        let credit = body.stream.check_write().unwrap();
        if credit == 0 {
            writable.block();
            continue;
        }
        let n = credit.min(left).min(chunk.len() as u64);
        body.stream.write(&chunk[..n as usize]).unwrap();
        left -= n;
    }
    body.stream.flush().unwrap();
    writable.block();
    drop(writable);
    body.finish(None);
}

pub fn trailers(reply: Reply) {
    let body = reply.open();
    body.stream.blocking_write_and_flush(b"see the trailers\n").unwrap();
    let trailers = Fields::new();
    trailers.append("x-checksum", b"1234").unwrap();
    body.finish(Some(trailers));
}

/// Reads the request's body at 1 KiB every 10 ms, and tells its length.
pub fn slow_read(reply: Reply, request: IncomingRequest) {
    let incoming = request.consume().unwrap();
    let stream = incoming.stream().unwrap();
    let mut length = 0;
    loop {
        match stream.blocking_read(1024) {
            Ok(bytes) => length += bytes.len(),
            Err(StreamError::Closed) => break,
            Err(error) => panic!("{error}"),
        }
        subscribe_duration(10 * MILLISECOND).block();
    }
    reply.text(&format!("read {length} bytes\n"));
}
