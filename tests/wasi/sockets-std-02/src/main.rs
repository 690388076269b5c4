//! Sockets through Rust's standard library, and so through the C library's on wasi:sockets. The
//! first argument chooses:
//!
//!   grant v4|v6   with --tcp, --udp and --listen-socket for the family's loopback addresses, and
//!                 --tcp localhost:*
//!   none          without grants
//!
//! Prints what went wrong, and at the end how many checks there were. Exit code 1 when one failed.

use std::fmt::Debug;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

static mut CHECKS: u32 = 0;
static mut FAILED: u32 = 0;

fn check<T: PartialEq + Debug>(what: &str, got: T, want: T) {
    unsafe {
        CHECKS += 1;
        if got != want {
            FAILED += 1;
            println!("FAILED {what}: got {got:?}, expected {want:?}");
        }
    }
}
macro_rules! same {
    ($got:expr, $want:expr) => {
        check(&format!("line {}: {}", line!(), stringify!($got)), $got, $want)
    };
}
/// The call succeeds: its value.
macro_rules! ok {
    ($call:expr) => {{
        let result = $call;
        let what = format!("line {}: {}", line!(), stringify!($call));
        check(&what, result.as_ref().err().map(|e| e.to_string()), None);
        result.expect("stops here")
    }};
}
/// The call fails in that way.
macro_rules! fails {
    ($kind:ident, $call:expr) => {
        same!($call.err().map(|e| e.kind()), Some(ErrorKind::$kind))
    };
}

/// Nobody granted it.
fn foreign(ip: IpAddr) -> SocketAddr {
    let text = if ip.is_ipv4() { "192.0.2.1:80" } else { "[2001:db8::1]:80" };
    text.parse().unwrap()
}

fn tcp(ip: IpAddr) {
    let listener = ok!(TcpListener::bind((ip, 0)));
    let address = ok!(listener.local_addr());
    same!((address.ip(), address.port() > 0), (ip, true));
    fails!(AddrInUse, TcpListener::bind(address));

    let mut client = ok!(TcpStream::connect(address));
    let (mut server, peer) = ok!(listener.accept());
    same!(ok!(client.local_addr()), peer);
    same!(ok!(client.peer_addr()), address);
    same!(ok!(server.peer_addr()), peer);
    ok!(client.write_all(b"hello"));
    let mut buffer = [0; 5];
    ok!(server.read_exact(&mut buffer));
    same!(&buffer, b"hello");
    ok!(client.set_nonblocking(true));
    fails!(WouldBlock, client.read(&mut buffer));
    ok!(client.set_nonblocking(false));
    ok!(client.set_read_timeout(Some(Duration::from_millis(20))));
    same!(client.read(&mut buffer).is_err(), true);
    ok!(client.set_read_timeout(None));
    if ip.is_ipv4() {
        ok!(client.set_ttl(42));
        same!(ok!(client.ttl()), 42);
    }

    // More than all buffers on the way hold, to and fro.
    let much: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
    ok!(server.write_all(&much));
    ok!(server.shutdown(Shutdown::Write));
    let mut got = Vec::new();
    ok!(client.read_to_end(&mut got));
    same!(got == much, true);
    ok!(client.write_all(b"after"));
    drop(client);
    let mut rest = String::new();
    ok!(server.read_to_string(&mut rest));
    same!(rest.as_str(), "after");

    for _ in 0..20 {
        let mut client = ok!(TcpStream::connect(address));
        let (mut server, _) = ok!(listener.accept());
        ok!(client.write_all(b"x"));
        ok!(server.read_exact(&mut buffer[..1]));
    }
    drop(listener);
    fails!(ConnectionRefused, TcpStream::connect(address));
    fails!(PermissionDenied, TcpStream::connect(foreign(ip)));
}

fn udp(ip: IpAddr) {
    let server = ok!(UdpSocket::bind((ip, 0)));
    let client = ok!(UdpSocket::bind((ip, 0)));
    let address = ok!(server.local_addr());
    same!(client.send_to(b"hello", address).ok(), Some(5));
    let mut buffer = [0; 100];
    let (size, from) = ok!(server.recv_from(&mut buffer));
    same!((&buffer[..size], from), (&b"hello"[..], ok!(client.local_addr())));
    ok!(client.connect(address));
    same!(ok!(client.peer_addr()), address);
    same!(client.send(b"again").ok(), Some(5));
    same!(ok!(server.recv_from(&mut buffer)).0, 5);
    same!(server.send_to(b"answer", from).ok(), Some(6));
    let size = ok!(client.recv(&mut buffer));
    same!(&buffer[..size], &b"answer"[..]);
    ok!(client.set_nonblocking(true));
    fails!(WouldBlock, client.recv(&mut buffer));
    fails!(PermissionDenied, server.send_to(b"x", foreign(ip)));
}

fn none() {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    fails!(PermissionDenied, TcpStream::connect(address));
    fails!(PermissionDenied, TcpListener::bind(address));
    fails!(PermissionDenied, UdpSocket::bind(address));
    same!("localhost:80".to_socket_addrs().is_err(), true);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["grant", family] => {
            let v4 = family == "v4";
            let ip = if v4 { IpAddr::from(Ipv4Addr::LOCALHOST) } else { Ipv6Addr::LOCALHOST.into() };
            tcp(ip);
            udp(ip);
            // Not every machine knows it by IPv6.
            if v4 {
                let found: Vec<SocketAddr> = ok!("localhost:80".to_socket_addrs()).collect();
                same!(!found.is_empty() && found.iter().all(|a| a.ip() == ip && a.port() == 80), true);
            }
        }
        ["none"] => none(),
        _ => panic!("see the source for the arguments"),
    }
    let (checks, failed) = unsafe { (CHECKS, FAILED) };
    println!("{} checks passed, {failed} failed", checks - failed);
    std::process::exit((failed > 0) as i32)
}
