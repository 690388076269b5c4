//! Counts comparisons, and prints those that fail.

use std::fmt::Debug;

static mut CHECKS: u32 = 0;
static mut FAILED: u32 = 0;

pub fn check<T: PartialEq + Debug>(what: &str, got: T, want: T) {
    unsafe {
        CHECKS += 1;
        if got != want {
            FAILED += 1;
            println!("FAILED {what}: got {got:?}, expected {want:?}");
        }
    }
}

/// Prints the sum and ends.
pub fn finish() -> ! {
    let (checks, failed) = unsafe { (CHECKS, FAILED) };
    println!("{} checks passed, {failed} failed", checks - failed);
    std::process::exit((failed > 0) as i32)
}

#[macro_export]
macro_rules! same {
    ($got:expr, $want:expr) => {
        $crate::check::check(&format!("line {}: {}", line!(), stringify!($got)), $got, $want)
    };
}
/// The call succeeds: its value.
#[macro_export]
macro_rules! ok {
    ($call:expr) => {{
        let result = $call;
        let what = format!("line {}: {}", line!(), stringify!($call));
        $crate::check::check(&what, result.as_ref().err().map(|e| e.name()), None);
        result.expect("stops here")
    }};
}
/// The call fails with that code.
#[macro_export]
macro_rules! fails {
    ($code:ident, $call:expr) => {
        $crate::check::check(
            &format!("line {}: {}", line!(), stringify!($call)),
            $call.err(),
            Some(wasip2::sockets::network::ErrorCode::$code),
        )
    };
}
