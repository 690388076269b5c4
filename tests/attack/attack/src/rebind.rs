//! Names that mean something else a moment later, and servers that send their clients elsewhere.

use std::net::{Ipv4Addr, Ipv6Addr};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{ErrorCode as HttpError, Fields, IncomingResponse, OutgoingRequest, Scheme};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

/// Looks a name up several times, and connects to each address that it ever meant, each time.
pub fn connect(name: &str, port: u16, lookups: u64) -> String {
    let mut said = String::new();
    let mut known = Vec::new();
    for _ in 0..lookups {
        match look_up(name) {
            Ok(addresses) => known.extend(addresses),
            Err(error) => said += &format!("lookup {}\n", told(error)),
        }
        for address in &known {
            let outcome = connect_to(*address, port).map_or_else(told, |()| "connected".to_string());
            said += &format!("{} {outcome}\n", text(*address));
        }
    }
    said
}

/// A request to `to`, and to wherever its answers point: who answered, or why nobody did.
pub fn fetch(to: &str) -> String {
    let mut said = String::new();
    let mut next = to.to_string();
    for _ in 0..5 {
        let (authority, path) = next.split_once('/').unwrap_or((&next, ""));
        let response = match send(authority, path) {
            Ok(response) => response,
            Err(error) => return said + &format!("{authority} {error:?}\n"),
        };
        let location = response.headers().get("location").pop();
        said += &format!("{authority} {}\n", body(response));
        match location.and_then(|url| String::from_utf8(url).ok()) {
            Some(url) => next = url.trim_start_matches("http://").to_string(),
            None => break,
        }
    }
    said
}

fn look_up(name: &str) -> Result<Vec<IpAddress>, ErrorCode> {
    let stream = resolve_addresses(&instance_network(), name)?;
    let pollable = stream.subscribe();
    let mut all = Vec::new();
    loop {
        match stream.resolve_next_address() {
            Ok(Some(address)) => all.push(address),
            Ok(None) => return Ok(all),
            Err(ErrorCode::WouldBlock) => pollable.block(),
            Err(error) => return Err(error),
        }
    }
}

fn connect_to(address: IpAddress, port: u16) -> Result<(), ErrorCode> {
    let (family, to) = match address {
        IpAddress::Ipv4(address) => {
            (IpAddressFamily::Ipv4, IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address }))
        }
        IpAddress::Ipv6(address) => (
            IpAddressFamily::Ipv6,
            IpSocketAddress::Ipv6(Ipv6SocketAddress { port, flow_info: 0, address, scope_id: 0 }),
        ),
    };
    let socket = create_tcp_socket(family)?;
    socket.start_connect(&instance_network(), to)?;
    let pollable = socket.subscribe();
    loop {
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => pollable.block(),
            done => return done.map(|_streams| ()),
        }
    }
}

fn text(address: IpAddress) -> String {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).to_string(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
            Ipv6Addr::new(a, b, c, d, e, f, g, h).to_string()
        }
    }
}

fn told(error: ErrorCode) -> String {
    match error {
        ErrorCode::AccessDenied => "access-denied".to_string(),
        ErrorCode::InvalidArgument => "invalid-argument".to_string(),
        other => format!("{other:?}"),
    }
}

fn send(authority: &str, path: &str) -> Result<IncomingResponse, HttpError> {
    let request = OutgoingRequest::new(Fields::new());
    let wrong = |()| HttpError::HttpRequestUriInvalid;
    request.set_scheme(Some(&Scheme::Http)).map_err(wrong)?;
    request.set_authority(Some(authority)).map_err(wrong)?;
    request.set_path_with_query(Some(&format!("/{path}"))).map_err(wrong)?;
    let response = outgoing_handler::handle(request, None)?;
    response.subscribe().block();
    response.get().unwrap().unwrap()
}

fn body(response: IncomingResponse) -> String {
    let body = response.consume().unwrap();
    let stream = body.stream().unwrap();
    let mut bytes = Vec::new();
    while let Ok(more) = stream.blocking_read(4096) {
        bytes.extend(more);
    }
    String::from_utf8_lossy(&bytes).trim().to_string()
}
