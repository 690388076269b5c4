//! Calls every function of wasi:sockets 0.2 and compares what it answers: the ordinary case, each
//! error code that can be provoked, and the refusal without a grant. The first argument chooses:
//!
//!   tcp v4|v6        with --tcp and --listen-socket for all of the family's loopback addresses
//!   udp v4|v6        with --udp and --listen-socket for them
//!   names            with --tcp *:80 --tcp 127.0.0.0/8:80 --tcp [::1]:80
//!   client ADDRESS   with --tcp and --udp for that address alone, and somebody there that echoes
//!   server PORT      with --listen-socket 127.0.0.1:PORT alone; PORT 0 is not granted
//!   limit N          open sockets until it is refused: after N
//!   none             without grants
//!   trap             send without a permit
//!
//! Prints what went wrong, and at the end how many checks there were. Exit code 1 when one failed.

mod address;
mod check;
mod tcp;
mod udp;

use address::*;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp_create_socket::create_udp_socket;

fn look_up(name: &str) -> Result<Vec<String>, ErrorCode> {
    let stream = resolve_addresses(&instance_network(), name)?;
    let pollable = stream.subscribe();
    let mut all = Vec::new();
    loop {
        match stream.resolve_next_address() {
            Ok(Some(address)) => all.push(ip_text(address)),
            Ok(None) => return Ok(all),
            Err(ErrorCode::WouldBlock) => pollable.block(),
            Err(error) => return Err(error),
        }
    }
}

fn names() {
    let found = ok!(look_up("localhost"));
    same!(!found.is_empty() && found.iter().all(|ip| ip == "127.0.0.1" || ip == "::1"), true);
    same!(look_up("LOCALHOST."), Ok(found));
    for (text, address) in [
        ("0.0.0.0", "0.0.0.0"), ("127.0.0.1", "127.0.0.1"), ("192.0.2.0", "192.0.2.0"),
        ("::", "::"), ("::1", "::1"), ("[::]", "::"), ("2001:0db8:0:0:0:0:0:0", "2001:db8::"),
        ("DEAD:BEEF::0", "dead:beef::"), ("::ffff:127.0.0.1", "127.0.0.1"),
    ] {
        same!(look_up(text), Ok(vec![String::from(address)]));
    }
    for name in [
        "", " ", "a.b<&>", "127.0.0.1:80", "[::]:80", "http://example.com/", "127.1", "0x7f000001",
        "2130706433", "017700000001", "-", "a..b",
    ] {
        same!((name, look_up(name)), (name, Err(ErrorCode::InvalidArgument)));
    }
    // Reserved for names that there are not (RFC 6761); without a name server that is not known.
    for name in ["nothing.invalid", "münchen.invalid"] {
        let failed = look_up(name).err();
        let known = [
            ErrorCode::NameUnresolvable,
            ErrorCode::TemporaryResolverFailure,
            ErrorCode::PermanentResolverFailure,
        ];
        same!((name, failed.is_some_and(|code| known.contains(&code))), (name, true));
    }
    // A lookup may be dropped before it ends, and its pollable after it.
    let stream = ok!(resolve_addresses(&instance_network(), "localhost"));
    let pollable = stream.subscribe();
    drop(stream);
    same!(pollable.ready(), true);
}

fn client(at: std::net::SocketAddr) {
    let net = instance_network();
    let std::net::IpAddr::V4(ip) = at.ip() else { panic!("an IPv4 address") };
    let [a, b, c, d] = ip.octets();
    let (granted, next) = (v4((a, b, c, d), at.port()), v4((a, b, c, d), at.port() ^ 1));

    let socket = ok!(create_tcp_socket(V4));
    fails!(AccessDenied, tcp::connect(&socket, &net, next));
    fails!(AccessDenied, tcp::connect(&socket, &net, v4((127, 0, 0, 9), at.port())));
    fails!(AccessDenied, tcp::connect(&socket, &net, nowhere(V4, at.port())));
    fails!(AccessDenied, tcp::bind(&socket, &net, loopback(V4, 47_123)));
    ok!(tcp::bind(&socket, &net, unspecified(V4, 0)));
    fails!(AccessDenied, socket.start_listen());
    let (input, output) = ok!(tcp::connect(&socket, &net, granted));
    same!(output.blocking_write_and_flush(b"hello").is_ok(), true);
    same!(input.blocking_read(100).ok(), Some(b"hello".to_vec()));

    let socket = ok!(create_udp_socket(V4));
    fails!(AccessDenied, udp::bind(&socket, &net, loopback(V4, 47_123)));
    ok!(udp::bind(&socket, &net, unspecified(V4, 0)));
    fails!(AccessDenied, socket.stream(Some(next)));
    let (input, output) = ok!(socket.stream(None));
    fails!(AccessDenied, udp::send(&output, &[udp::datagram(b"x", Some(next))]));
    same!(udp::send(&output, &[udp::datagram(b"hello", Some(granted))]), Ok(1));
    same!(&ok!(udp::receive(&input, 1))[0].data[..], &b"hello"[..]);
    fails!(AccessDenied, look_up("localhost"));
}

fn server(port: u16) {
    let net = instance_network();
    let socket = ok!(create_tcp_socket(V4));
    fails!(AccessDenied, tcp::bind(&socket, &net, loopback(V4, 0)));
    fails!(AccessDenied, tcp::bind(&socket, &net, loopback(V4, port ^ 1)));
    fails!(AccessDenied, tcp::bind(&socket, &net, unspecified(V4, port)));
    ok!(tcp::bind(&socket, &net, loopback(V4, port)));
    ok!(tcp::listen(&socket));
    let other = ok!(create_tcp_socket(V4));
    fails!(AccessDenied, tcp::connect(&other, &net, loopback(V4, port)));
    let udp_socket = ok!(create_udp_socket(V4));
    fails!(AccessDenied, udp::bind(&udp_socket, &net, loopback(V4, 0)));
    ok!(udp::bind(&udp_socket, &net, loopback(V4, port)));
    let (input, output) = ok!(udp_socket.stream(None));
    fails!(AccessDenied, udp::send(&output, &[udp::datagram(b"x", Some(loopback(V4, 9)))]));
    println!("ready");

    let (_client, tcp_in, tcp_out) = ok!(tcp::accept(&socket));
    let asked = tcp_in.blocking_read(100).unwrap_or_default();
    same!(tcp_out.blocking_write_and_flush(&asked).is_ok(), true);
    // Who asks is answered, and nobody else.
    let asked = &ok!(udp::receive(&input, 1))[0];
    same!(udp::send(&output, &[udp::datagram(&asked.data, Some(asked.remote_address))]), Ok(1));
    fails!(AccessDenied, udp::send(&output, &[udp::datagram(b"x", Some(loopback(V4, 9)))]));
}

fn limit(most: usize) {
    let mut sockets = Vec::new();
    while let Ok(socket) = create_tcp_socket(V4) {
        sockets.push(socket);
    }
    same!(sockets.len(), most);
    fails!(NewSocketLimit, create_tcp_socket(V4));
    fails!(NewSocketLimit, create_udp_socket(V4));
    sockets.pop();
    let _udp = ok!(create_udp_socket(V4));
    fails!(NewSocketLimit, create_tcp_socket(V6));
}

fn none() {
    for family in [V4, V6] {
        fails!(AccessDenied, create_tcp_socket(family));
        fails!(AccessDenied, create_udp_socket(family));
    }
    fails!(AccessDenied, look_up("localhost"));
    fails!(AccessDenied, look_up("example.com"));
    fails!(InvalidArgument, look_up(""));
    same!(look_up("127.0.0.1"), Ok(vec![String::from("127.0.0.1")]));
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    let family = |name: &str| -> IpAddressFamily { if name == "v6" { V6 } else { V4 } };
    match words[..] {
        ["tcp", name] => tcp::all(family(name)),
        ["udp", name] => udp::all(family(name)),
        ["names"] => names(),
        ["client", at] => client(at.parse().expect("ADDRESS:PORT")),
        ["server", port] => server(port.parse().expect("a port")),
        ["limit", most] => limit(most.parse().expect("a number")),
        ["none"] => none(),
        ["trap"] => udp::send_unpermitted(),
        _ => panic!("see the source for the arguments"),
    }
    check::finish()
}
