//! A response that begins well.

use crate::{reenter, reply};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::http::types::ResponseOutparam;

pub enum Then {
    Spin,
    Stall,
    Flood,
}

pub fn then(out: ResponseOutparam, then: Then) {
    let (stream, _body) = reply::open(out);
    stream.blocking_write_and_flush(b"so far so good\n").unwrap();
    match then {
        Then::Spin => {
            reenter::spin();
        }
        Then::Stall => subscribe_duration(u64::MAX).block(),
        Then::Flood => {
            let piece = [b'x'; 4096];
            while stream.blocking_write_and_flush(&piece).is_ok() {}
        }
    }
}
