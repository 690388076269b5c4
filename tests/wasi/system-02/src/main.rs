//! Calls every function of wasi:cli, wasi:clocks, wasi:io and wasi:random 0.2 and compares what it
//! answers: the ordinary case, the ends and limits, and what is seen without a grant. The first
//! argument chooses:
//!
//!   grant          with K=V and E= in the environment, `two words` as the second argument, and
//!                  "0123456789" times 1000 on standard input; standard output is a pipe
//!   none           with no environment, no further argument, and no input
//!   terminals N    which standard streams are terminals: the sum of 1 for input, 2, 4
//!   broken         standard output is a pipe that nobody reads, or a full disk
//!   wait           until standard input ends, on its pollable and a clock together
//!   trap NAME      does what must end the guest
//!   exit HOW       `ok`, `error` or a code
//!
//! Prints what went wrong, and at the end how many checks there were. Exit code 1 when one failed.

use std::fmt::Debug;
use wasip2::cli::{environment, exit, stderr, stdin, stdout};
use wasip2::cli::{terminal_stderr, terminal_stdin, terminal_stdout};
use wasip2::clocks::{monotonic_clock, wall_clock};
use wasip2::io::poll::{poll, Pollable};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::random::{insecure, insecure_seed, random};

static mut CHECKS: u32 = 0;
static mut FAILED: u32 = 0;

fn check<T: PartialEq + Debug>(what: &str, got: T, want: T) {
    unsafe {
        CHECKS += 1;
        if got != want {
            FAILED += 1;
            eprintln!("FAILED {what}: got {got:?}, expected {want:?}");
        }
    }
}
macro_rules! same {
    ($got:expr, $want:expr) => {
        check(stringify!($got), $got, $want)
    };
}
macro_rules! holds {
    ($what:expr) => {
        check(stringify!($what), $what, true)
    };
}
macro_rules! closed {
    ($call:expr) => {
        check(stringify!($call), matches!($call, Err(StreamError::Closed)), true)
    };
}

const MILLISECOND: u64 = 1_000_000;

fn process() {
    let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect::<Vec<_>>();
    same!(environment::get_environment(), owned(&[("K", "V"), ("E", "")]));
    same!(environment::get_environment(), owned(&[("K", "V"), ("E", "")]));
    let arguments = environment::get_arguments();
    holds!(arguments[0].ends_with(".wasm"));
    same!(arguments[1..].to_vec(), vec!["grant".to_string(), "two words".to_string()]);
    same!(environment::initial_cwd(), None);
}

fn clocks() {
    same!(monotonic_clock::resolution(), 1);
    let before = monotonic_clock::now();
    let after = monotonic_clock::now();
    holds!(before <= after);
    let resolution = wall_clock::resolution();
    same!((resolution.seconds, resolution.nanoseconds), (0, 1));
    let now = wall_clock::now();
    holds!(now.seconds > 1_600_000_000 && now.nanoseconds < 1_000_000_000);

    let start = monotonic_clock::now();
    let soon = monotonic_clock::subscribe_duration(5 * MILLISECOND);
    soon.block();
    holds!(soon.ready());
    soon.block();
    holds!(monotonic_clock::now() - start >= 5 * MILLISECOND);
    let instant = monotonic_clock::now() + 5 * MILLISECOND;
    monotonic_clock::subscribe_instant(instant).block();
    holds!(monotonic_clock::now() >= instant);
    // What has passed, and what never comes.
    holds!(monotonic_clock::subscribe_duration(0).ready());
    holds!(monotonic_clock::subscribe_instant(0).ready());
    monotonic_clock::subscribe_instant(0).block();
    let never = monotonic_clock::subscribe_duration(u64::MAX);
    holds!(!never.ready());
    holds!(!monotonic_clock::subscribe_instant(u64::MAX).ready());
}

fn polling() {
    let never = monotonic_clock::subscribe_duration(u64::MAX);
    let soon = monotonic_clock::subscribe_duration(MILLISECOND);
    let now = monotonic_clock::subscribe_duration(0);
    same!(poll(&[&never, &now]), vec![1]);
    same!(poll(&[&never, &soon]), vec![1]);
    // The same one may be asked for several times.
    same!(poll(&[&soon, &never, &soon]), vec![0, 2]);
    let many: Vec<Pollable> = (0..500).map(|_| monotonic_clock::subscribe_duration(0)).collect();
    same!(poll(&many.iter().collect::<Vec<_>>()).len(), 500);
}

fn randomness() {
    same!(random::get_random_bytes(0).len(), 0);
    same!(insecure::get_insecure_random_bytes(0).len(), 0);
    for size in [1, 100, 70_000, 5 << 20] {
        same!(random::get_random_bytes(size).len(), size as usize);
        same!(insecure::get_insecure_random_bytes(size).len(), size as usize);
    }
    holds!(random::get_random_bytes(32) != random::get_random_bytes(32));
    holds!(insecure::get_insecure_random_bytes(32) != insecure::get_insecure_random_bytes(32));
    holds!((0..4).any(|_| random::get_random_u64() != random::get_random_u64()));
    holds!((0..4).any(|_| insecure::get_insecure_random_u64() != insecure::get_insecure_random_u64()));
    // Every caller within one instance gets the same seed.
    let seed = insecure_seed::insecure_seed();
    same!(insecure_seed::insecure_seed(), seed);
    holds!(seed != (0, 0));
}

fn take(input: &InputStream, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < count {
        bytes.extend(input.blocking_read((count - bytes.len()) as u64).unwrap());
    }
    bytes
}

/// 10,000 bytes of input, each its offset's last digit.
fn input() {
    let input = stdin::get_stdin();
    let ready = input.subscribe();
    ready.block();
    holds!(ready.ready());
    same!(input.read(0).ok(), Some(vec![]));
    same!(input.skip(0).ok(), Some(0));
    same!(input.blocking_read(0).ok(), Some(vec![]));
    same!(input.blocking_skip(0).ok(), Some(0));
    same!(input.read(4).ok(), Some(b"0123".to_vec()));
    same!(input.skip(3).ok(), Some(3));
    same!(input.blocking_read(2).ok(), Some(b"78".to_vec()));
    same!(input.blocking_skip(2).ok(), Some(2));
    // Another stream on the same input goes on where this one is.
    let again = stdin::get_stdin();
    same!(take(&again, 4), b"1234".to_vec());
    drop(again);
    same!(take(&input, 5), b"56789".to_vec());
}

fn output(output: &OutputStream) {
    let ready = output.subscribe();
    ready.block();
    holds!(ready.ready());
    let permit = output.check_write().unwrap();
    holds!(permit > 0);
    same!(output.write(b"").ok(), Some(()));
    same!(output.write(b"written ").ok(), Some(()));
    same!(output.flush().ok(), Some(()));
    same!(output.blocking_flush().ok(), Some(()));
    holds!(output.check_write().unwrap() > 0);
    same!(output.write_zeroes(0).ok(), Some(()));
    same!(output.write_zeroes(2).ok(), Some(()));
    same!(output.blocking_write_and_flush(b"").ok(), Some(()));
    same!(output.blocking_write_and_flush(&[b'.'; 4096]).ok(), Some(()));
    same!(output.blocking_write_zeroes_and_flush(0).ok(), Some(()));
    same!(output.blocking_write_zeroes_and_flush(4096).ok(), Some(()));
    same!(output.blocking_write_and_flush(b"\n").ok(), Some(()));
}

fn splicing() {
    let (input, output) = (stdin::get_stdin(), stdout::get_stdout());
    same!(output.splice(&input, 0).ok(), Some(0));
    same!(output.blocking_splice(&input, 0).ok(), Some(0));
    same!(output.blocking_splice(&input, 7).ok(), Some(7));
    output.subscribe().block();
    same!(output.splice(&input, 3).ok(), Some(3));
    // All the rest, and its end.
    let mut moved = 0;
    loop {
        match output.blocking_splice(&input, u64::MAX) {
            Ok(count) => moved += count,
            Err(error) => {
                holds!(matches!(error, StreamError::Closed));
                break;
            }
        }
    }
    same!(moved, 10_000 - 30);
    same!(output.blocking_write_and_flush(b"\n").ok(), Some(()));
    ended(&input);
}

fn ended(input: &InputStream) {
    closed!(input.read(1));
    closed!(input.blocking_read(1));
    closed!(input.skip(1));
    closed!(input.blocking_skip(1));
    closed!(stdout::get_stdout().blocking_splice(input, 1));
    let ready = input.subscribe();
    holds!(ready.ready());
    ready.block();
}

fn streams() {
    input();
    output(&stdout::get_stdout());
    output(&stderr::get_stderr());
    splicing();
    // A pollable may be the last that is left of its stream.
    let orphan = stdin::get_stdin().subscribe();
    holds!(orphan.ready());
}

fn terminals() -> u32 {
    let one = |there: bool, value| if there { value } else { 0 };
    one(terminal_stdin::get_terminal_stdin().is_some(), 1)
        + one(terminal_stdout::get_terminal_stdout().is_some(), 2)
        + one(terminal_stderr::get_terminal_stderr().is_some(), 4)
}

fn none() {
    same!(environment::get_environment(), vec![]);
    same!(environment::get_arguments().len(), 2);
    same!(environment::initial_cwd(), None);
    same!(terminals(), 0);
    let input = stdin::get_stdin();
    input.subscribe().block();
    ended(&input);
}

/// The first operation that fails says why, unless the other side just left; all after it that the
/// stream is closed.
fn broken() {
    let output = stdout::get_stdout();
    let mut last = Ok(());
    for _ in 0..100_000 {
        last = output.blocking_write_and_flush(&[b'x'; 4096]);
        if last.is_err() {
            break;
        }
    }
    match last {
        Ok(()) => check("a write fails", false, true),
        Err(StreamError::LastOperationFailed(error)) => holds!(!error.to_debug_string().is_empty()),
        Err(StreamError::Closed) => {}
    }
    closed!(output.check_write());
    closed!(output.write(b""));
    closed!(output.flush());
    closed!(output.blocking_flush());
    closed!(output.blocking_write_and_flush(b"x"));
    closed!(output.write_zeroes(0));
    closed!(output.blocking_write_zeroes_and_flush(1));
    closed!(output.splice(&stdin::get_stdin(), 1));
    holds!(output.subscribe().ready());
}

fn wait() {
    let input = stdin::get_stdin();
    let ready = input.subscribe();
    let limit = monotonic_clock::subscribe_duration(60_000 * MILLISECOND);
    loop {
        same!(poll(&[&limit, &ready]), vec![1]);
        match input.read(1000) {
            Ok(bytes) => holds!(!bytes.is_empty()),
            Err(error) => {
                holds!(matches!(error, StreamError::Closed));
                break;
            }
        }
    }
}

/// In the midst of a line.
fn trap(name: &str) {
    eprint!("trap: ");
    let output = stdout::get_stdout();
    match name {
        "poll" => drop(poll(&[])),
        "random" => drop(random::get_random_bytes(1 << 32)),
        "insecure" => drop(insecure::get_insecure_random_bytes(1 << 32)),
        "write" => drop(output.write(b"without a permit")),
        "zeroes" => drop(output.write_zeroes(u64::MAX)),
        "long" => drop(output.blocking_write_and_flush(&[0; 4097])),
        "long-zeroes" => drop(output.blocking_write_zeroes_and_flush(4097)),
        _ => println!("no such trap"),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let second = arguments.get(2).map_or("", String::as_str);
    match arguments.get(1).map(String::as_str) {
        Some("grant") => {
            process();
            clocks();
            polling();
            randomness();
            streams();
        }
        Some("none") => none(),
        Some("terminals") => same!(terminals().to_string(), second.to_string()),
        Some("broken") => broken(),
        Some("wait") => wait(),
        Some("trap") => trap(second),
        Some("exit") => match second {
            "ok" => exit::exit(Ok(())),
            "error" => exit::exit(Err(())),
            code => exit::exit_with_code(code.parse().unwrap_or(99)),
        },
        _ => check("an argument says what to do", 0, 1),
    }
    unsafe {
        let (checks, failed) = (CHECKS, FAILED);
        eprintln!("{} checks passed, {failed} failed", checks - failed);
        std::process::exit(if failed == 0 { 0 } else { 1 });
    }
}
