//! What the host tells this guest, as text.

use std::fmt::Write as _;
use std::io::Read as _;
use wasip2::http::types::IncomingRequest;

pub fn request_line(request: &IncomingRequest) -> String {
    format!(
        "{:?} {:?} {:?} {:?}\n",
        request.method(),
        request.scheme(),
        request.authority(),
        request.path_with_query()
    )
}

pub fn headers(request: &IncomingRequest) -> String {
    let mut text = String::new();
    for (name, value) in request.headers().entries() {
        writeln!(text, "{name}: {}", String::from_utf8_lossy(&value)).unwrap();
    }
    text
}

pub fn environment() -> String {
    let mut text = String::new();
    for argument in std::env::args() {
        writeln!(text, "argument {argument}").unwrap();
    }
    for (key, value) in std::env::vars() {
        writeln!(text, "{key}={value}").unwrap();
    }
    text
}

pub fn random() -> String {
    let bytes = wasip2::random::random::get_random_bytes(16);
    let quick = wasip2::random::insecure::get_insecure_random_u64();
    format!("random {bytes:02x?}\ninsecure {quick}\n")
}

pub fn clocks() -> String {
    let wall = wasip2::clocks::wall_clock::now();
    let monotonic = wasip2::clocks::monotonic_clock::now();
    format!("wall {}.{:09}\nmonotonic {monotonic}\n", wall.seconds, wall.nanoseconds)
}

pub fn print() -> &'static str {
    println!("a line on stdout");
    eprintln!("a line on stderr");
    "printed\n"
}

pub fn open_file() -> String {
    let preopens = wasip2::filesystem::preopens::get_directories().len();
    match std::fs::read("/etc/passwd") {
        Ok(bytes) => format!("preopens {preopens}\nread {} bytes\n", bytes.len()),
        Err(error) => format!("preopens {preopens}\nerror {:?}\n", error.kind()),
    }
}

/// Connects and reads to the end.
pub fn connect(port: u16) -> String {
    let mut text = String::new();
    match std::net::TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| stream.read_to_string(&mut text)) {
        Ok(size) => format!("{size} bytes: {text}\n"),
        Err(error) => format!("error {:?}\n", error.kind()),
    }
}
