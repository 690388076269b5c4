//! Every function of wasi:sockets/tcp and tcp-create-socket.

use crate::address::*;
use crate::{fails, ok, same};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::poll;
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Network};
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

const SECOND: u64 = 1_000_000_000;

pub fn bind(socket: &TcpSocket, net: &Network, address: IpSocketAddress) -> Result<(), ErrorCode> {
    socket.start_bind(net, address)?;
    finish(socket, || socket.finish_bind())
}
pub fn listen(socket: &TcpSocket) -> Result<(), ErrorCode> {
    socket.start_listen()?;
    finish(socket, || socket.finish_listen())
}
pub fn connect(socket: &TcpSocket, net: &Network, address: IpSocketAddress) -> Result<(InputStream, OutputStream), ErrorCode> {
    socket.start_connect(net, address)?;
    finish(socket, || socket.finish_connect())
}
pub fn accept(socket: &TcpSocket) -> Result<(TcpSocket, InputStream, OutputStream), ErrorCode> {
    finish(socket, || socket.accept())
}
/// Asks again whenever the socket's pollable says so.
fn finish<T>(socket: &TcpSocket, ask: impl Fn() -> Result<T, ErrorCode>) -> Result<T, ErrorCode> {
    let pollable = socket.subscribe();
    loop {
        match ask() {
            Err(ErrorCode::WouldBlock) => pollable.block(),
            answer => return answer,
        }
    }
}
fn read_to_end(input: &InputStream) -> Vec<u8> {
    let mut all = Vec::new();
    while let Ok(bytes) = input.blocking_read(1 << 20) {
        all.extend(bytes);
    }
    all
}
fn closed<T>(result: Result<T, StreamError>) -> bool {
    matches!(result, Err(StreamError::Closed))
}

fn listener(net: &Network, family: IpAddressFamily) -> TcpSocket {
    let socket = ok!(create_tcp_socket(family));
    ok!(bind(&socket, net, loopback(family, 0)));
    ok!(listen(&socket));
    socket
}
struct End {
    socket: TcpSocket,
    input: InputStream,
    output: OutputStream,
}
/// A client, and what its listener accepted.
fn pair(net: &Network, family: IpAddressFamily) -> (End, End) {
    let listener = listener(net, family);
    let socket = ok!(create_tcp_socket(family));
    let (input, output) = ok!(connect(&socket, net, ok!(listener.local_address())));
    let client = End { socket, input, output };
    let (socket, input, output) = ok!(accept(&listener));
    (client, End { socket, input, output })
}

fn states(net: &Network, family: IpAddressFamily) {
    let address = loopback(family, 0);
    let socket = ok!(create_tcp_socket(family));
    fails!(NotInProgress, socket.finish_bind());
    fails!(NotInProgress, socket.finish_connect());
    fails!(NotInProgress, socket.finish_listen());
    fails!(InvalidState, socket.start_listen());
    fails!(InvalidState, socket.accept());
    fails!(InvalidState, socket.shutdown(ShutdownType::Both));
    fails!(InvalidState, socket.local_address());
    fails!(InvalidState, socket.remote_address());
    same!(socket.is_listening(), false);
    same!(socket.address_family(), family);
    same!(socket.subscribe().ready(), true);
    options_work(&socket);
    same!(socket.set_listen_backlog_size(32), Ok(()));

    same!(socket.start_bind(net, address), Ok(()));
    fails!(ConcurrencyConflict, socket.start_bind(net, address));
    fails!(ConcurrencyConflict, socket.start_connect(net, loopback(family, 1)));
    fails!(ConcurrencyConflict, socket.start_listen());
    fails!(NotInProgress, socket.finish_connect());
    ok!(finish(&socket, || socket.finish_bind()));
    fails!(NotInProgress, socket.finish_bind());
    fails!(InvalidState, socket.start_bind(net, address));
    fails!(NotInProgress, socket.finish_connect());
    fails!(NotInProgress, socket.finish_listen());
    fails!(InvalidState, socket.accept());
    fails!(InvalidState, socket.shutdown(ShutdownType::Send));
    fails!(InvalidState, socket.remote_address());
    same!(port(ok!(socket.local_address())) > 0, true);
    options_work(&socket);
    same!(socket.set_listen_backlog_size(32), Ok(()));

    same!(socket.start_listen(), Ok(()));
    fails!(ConcurrencyConflict, socket.start_listen());
    ok!(finish(&socket, || socket.finish_listen()));
    same!(socket.is_listening(), true);
    fails!(InvalidState, socket.start_bind(net, address));
    fails!(InvalidState, socket.start_connect(net, address));
    fails!(InvalidState, socket.start_listen());
    fails!(NotInProgress, socket.finish_bind());
    fails!(NotInProgress, socket.finish_connect());
    fails!(NotInProgress, socket.finish_listen());
    fails!(InvalidState, socket.shutdown(ShutdownType::Both));
    fails!(InvalidState, socket.remote_address());
    fails!(WouldBlock, socket.accept());
    same!(socket.subscribe().ready(), false);
    options_work(&socket);
    same!(socket.set_listen_backlog_size(32), Ok(()));

    let (client, server) = pair(net, family);
    for end in [&client, &server] {
        let it = &end.socket;
        fails!(InvalidState, it.start_bind(net, address));
        fails!(InvalidState, it.start_connect(net, loopback(family, 1)));
        fails!(InvalidState, it.start_listen());
        fails!(NotInProgress, it.finish_bind());
        fails!(NotInProgress, it.finish_connect());
        fails!(NotInProgress, it.finish_listen());
        fails!(InvalidState, it.accept());
        fails!(InvalidState, it.set_listen_backlog_size(32));
        same!(it.is_listening(), false);
        same!(it.address_family(), family);
        options_work(it);
    }
    same!(text(ok!(client.socket.local_address())), text(ok!(server.socket.remote_address())));
    same!(text(ok!(server.socket.local_address())), text(ok!(client.socket.remote_address())));
}

/// In each state but the closed one.
fn options_work(socket: &TcpSocket) {
    same!(socket.keep_alive_enabled().is_ok(), true);
    same!(socket.set_keep_alive_enabled(false), Ok(()));
    same!(socket.keep_alive_idle_time().is_ok(), true);
    same!(socket.set_keep_alive_idle_time(1), Ok(()));
    same!(socket.keep_alive_interval().is_ok(), true);
    same!(socket.set_keep_alive_interval(1), Ok(()));
    same!(socket.keep_alive_count().is_ok(), true);
    same!(socket.set_keep_alive_count(1), Ok(()));
    same!(socket.hop_limit().is_ok(), true);
    same!(socket.set_hop_limit(255), Ok(()));
    same!(socket.receive_buffer_size().is_ok(), true);
    same!(socket.set_receive_buffer_size(16000), Ok(()));
    same!(socket.send_buffer_size().is_ok(), true);
    same!(socket.set_send_buffer_size(16000), Ok(()));
}

fn options(net: &Network, family: IpAddressFamily) {
    let socket = ok!(create_tcp_socket(family));
    same!(socket.keep_alive_enabled(), Ok(false));
    for (name, got) in [
        ("idle", ok!(socket.keep_alive_idle_time())),
        ("interval", ok!(socket.keep_alive_interval())),
        ("count", ok!(socket.keep_alive_count()).into()),
        ("hops", ok!(socket.hop_limit()).into()),
        ("receive", ok!(socket.receive_buffer_size())),
        ("send", ok!(socket.send_buffer_size())),
    ] {
        same!((name, got > 0), (name, true));
    }
    fails!(InvalidArgument, socket.set_listen_backlog_size(0));
    fails!(InvalidArgument, socket.set_keep_alive_idle_time(0));
    fails!(InvalidArgument, socket.set_keep_alive_interval(0));
    fails!(InvalidArgument, socket.set_keep_alive_count(0));
    fails!(InvalidArgument, socket.set_hop_limit(0));
    fails!(InvalidArgument, socket.set_receive_buffer_size(0));
    fails!(InvalidArgument, socket.set_send_buffer_size(0));
    same!(socket.set_listen_backlog_size(1), Ok(()));
    same!(socket.set_listen_backlog_size(u64::MAX), Ok(()));
    same!(socket.set_keep_alive_idle_time(1), Ok(()));
    same!(socket.keep_alive_idle_time(), Ok(SECOND));
    same!(socket.set_keep_alive_idle_time(u64::MAX), Ok(()));
    same!(socket.set_keep_alive_interval(1), Ok(()));
    same!(socket.keep_alive_interval(), Ok(SECOND));
    same!(socket.set_keep_alive_interval(u64::MAX), Ok(()));
    same!(socket.set_keep_alive_count(u32::MAX), Ok(()));
    same!(socket.set_hop_limit(1), Ok(()));
    same!(socket.set_hop_limit(255), Ok(()));
    for size in [1, u64::MAX] {
        same!(socket.set_receive_buffer_size(size), Ok(()));
        same!(socket.set_send_buffer_size(size), Ok(()));
        same!(ok!(socket.receive_buffer_size()) > 0, true);
        same!(ok!(socket.send_buffer_size()) > 0, true);
    }
    let configure = |socket: &TcpSocket, n: u8| {
        same!(socket.set_keep_alive_enabled(n % 2 == 0), Ok(()));
        same!(socket.set_keep_alive_idle_time(u64::from(n) * SECOND), Ok(()));
        same!(socket.set_keep_alive_interval(u64::from(n) * SECOND), Ok(()));
        same!(socket.set_keep_alive_count(n.into()), Ok(()));
        same!(socket.set_hop_limit(n), Ok(()));
        same!(socket.set_receive_buffer_size(0x400 * u64::from(n)), Ok(()));
        same!(socket.set_send_buffer_size(0x400 * u64::from(n)), Ok(()));
    };
    let configured = |socket: &TcpSocket, n: u8| {
        same!(socket.keep_alive_enabled(), Ok(n % 2 == 0));
        same!(socket.keep_alive_idle_time(), Ok(u64::from(n) * SECOND));
        same!(socket.keep_alive_interval(), Ok(u64::from(n) * SECOND));
        same!(socket.keep_alive_count(), Ok(n.into()));
        same!(socket.hop_limit(), Ok(n));
        same!(socket.receive_buffer_size(), Ok(0x400 * u64::from(n)));
        same!(socket.send_buffer_size(), Ok(0x400 * u64::from(n)));
    };
    configure(&socket, 42);
    configured(&socket, 42);
    // What is accepted has its listener's.
    ok!(bind(&socket, net, loopback(family, 0)));
    ok!(listen(&socket));
    let client = ok!(create_tcp_socket(family));
    let _streams = ok!(connect(&client, net, ok!(socket.local_address())));
    let (accepted, _input, _output) = ok!(accept(&socket));
    configured(&accepted, 42);
    configure(&socket, 43);
    configured(&accepted, 42);
    let client = ok!(create_tcp_socket(family));
    let _streams = ok!(connect(&client, net, ok!(socket.local_address())));
    configured(&ok!(accept(&socket)).0, 43);
}

fn addresses(net: &Network, family: IpAddressFamily) {
    let socket = ok!(create_tcp_socket(family));
    for address in of_another_family(family).into_iter().chain(not_unicast(family)) {
        fails!(InvalidArgument, bind(&socket, net, address));
        fails!(InvalidArgument, connect(&socket, net, address));
    }
    fails!(InvalidArgument, connect(&socket, net, loopback(family, 0)));
    fails!(InvalidArgument, connect(&socket, net, unspecified(family, 1)));
    fails!(AddressNotBindable, bind(&socket, net, nowhere(family, 0)));
    ok!(bind(&socket, net, unspecified(family, 0)));
    let free = port(ok!(socket.local_address()));
    same!(free > 0, true);
    drop(socket);

    let taken = ok!(create_tcp_socket(family));
    ok!(bind(&taken, net, loopback(family, free)));
    same!(text(ok!(taken.local_address())), text(loopback(family, free)));
    ok!(listen(&taken));
    let another = ok!(create_tcp_socket(family));
    fails!(AddressInUse, bind(&another, net, loopback(family, free)));

    // A connection of the listener's that lives on does not keep its address.
    let client = ok!(create_tcp_socket(family));
    let _streams = ok!(connect(&client, net, loopback(family, free)));
    drop(ok!(accept(&taken)));
    drop(taken);
    ok!(bind(&another, net, loopback(family, free)));
    ok!(listen(&another));
    drop(another);

    let refused = ok!(create_tcp_socket(family));
    fails!(ConnectionRefused, connect(&refused, net, loopback(family, free)));
    fails!(InvalidState, refused.start_connect(net, loopback(family, free)));
    fails!(InvalidState, refused.start_bind(net, loopback(family, 0)));
    fails!(InvalidState, refused.start_listen());
    fails!(InvalidState, refused.local_address());
    fails!(InvalidState, refused.remote_address());
    fails!(InvalidState, refused.hop_limit());
    fails!(InvalidState, refused.set_hop_limit(1));
    fails!(InvalidState, refused.set_keep_alive_enabled(true));
    fails!(InvalidState, refused.set_listen_backlog_size(1));
    fails!(NotInProgress, refused.finish_connect());
    same!(refused.is_listening(), false);
    same!(refused.subscribe().ready(), true);

    // A client may be bound, too.
    let server = listener(net, family);
    let client = ok!(create_tcp_socket(family));
    ok!(bind(&client, net, loopback(family, 0)));
    let local = text(ok!(client.local_address()));
    let _streams = ok!(connect(&client, net, ok!(server.local_address())));
    same!(text(ok!(client.local_address())), local.clone());
    same!(text(ok!(ok!(accept(&server)).0.remote_address())), local);
}

fn streams(net: &Network, family: IpAddressFamily) {
    let (client, server) = pair(net, family);
    same!(server.input.read(10).ok(), Some(vec![]));
    same!(server.input.subscribe().ready(), false);
    client.output.subscribe().block();
    same!(client.output.check_write().is_ok_and(|n| n > 0), true);
    same!(client.output.blocking_write_and_flush(b"hello").is_ok(), true);
    server.input.subscribe().block();
    same!(server.input.read(0).ok(), Some(vec![]));
    same!(server.input.read(2).ok(), Some(b"he".to_vec()));
    same!(server.input.blocking_read(100).ok(), Some(b"llo".to_vec()));
    same!(client.output.blocking_write_zeroes_and_flush(3).is_ok(), true);
    same!(server.input.blocking_skip(2).ok(), Some(2));
    same!(server.input.blocking_read(9).ok(), Some(vec![0]));
    // Nothing wakes who waits for nothing.
    let waited = poll(&[&server.input.subscribe(), &subscribe_duration(20_000_000)]);
    same!(waited, vec![1]);
    for _ in 0..300 {
        same!(client.output.check_write().is_ok_and(|n| n > 0), true);
        same!(client.output.write(b"x").is_ok(), true);
    }
    same!(client.output.blocking_flush().is_ok(), true);
    // Straight on: what came in goes out.
    let mut left = 300;
    while left > 0 {
        left -= server.output.blocking_splice(&server.input, left).unwrap_or(left);
    }
    same!(server.output.flush().is_ok(), true);
    same!(server.socket.shutdown(ShutdownType::Send), Ok(()));
    same!(read_to_end(&client.input), vec![b'x'; 300]);
    same!(closed(client.input.read(1)), true);
    same!(closed(client.input.read(0)), true);
    same!(client.input.subscribe().ready(), true);

    let (client, server) = pair(net, family);
    same!(server.output.blocking_write_and_flush(b"too late").is_ok(), true);
    client.input.subscribe().block();
    same!(client.socket.shutdown(ShutdownType::Receive), Ok(()));
    same!(client.socket.shutdown(ShutdownType::Receive), Ok(()));
    same!(closed(client.input.read(10)), true);
    same!(client.output.check_write().is_ok_and(|n| n > 0), true);
    same!(client.socket.shutdown(ShutdownType::Send), Ok(()));
    same!(closed(client.output.write(b"x")), true);
    same!(closed(client.output.check_write()), true);
    same!(closed(client.output.flush()), true);
    same!(client.socket.shutdown(ShutdownType::Both), Ok(()));

    // What was written before a shutdown arrives.
    let (client, server) = pair(net, family);
    same!(client.socket.set_send_buffer_size(1024), Ok(()));
    let permit = client.output.check_write().unwrap_or(0);
    same!(permit > ok!(client.socket.send_buffer_size()), true);
    same!(client.output.write(&vec![7; permit as usize]).is_ok(), true);
    same!(client.socket.shutdown(ShutdownType::Send), Ok(()));
    same!(read_to_end(&server.input), vec![7; permit as usize]);

    // Neither before the writer is gone, nor the socket before its streams.
    let (client, server) = pair(net, family);
    let permit = client.output.check_write().unwrap_or(0);
    let End { socket, input, output } = client;
    let pollable = input.subscribe();
    drop(socket);
    drop(input);
    same!(pollable.ready(), true);
    same!(output.write(&vec![8; permit as usize]).is_ok(), true);
    drop(output);
    same!(read_to_end(&server.input), vec![8; permit as usize]);

    // Much at once, back through a peer that is slow to read.
    let (client, server) = pair(net, family);
    let (mut sent, mut got) = (0, 0);
    const MUCH: usize = 3 << 20;
    while got < MUCH {
        let permit = client.output.check_write().unwrap_or(0) as usize;
        if sent < MUCH && permit > 0 {
            let piece = permit.min(MUCH - sent);
            same!(client.output.write(&vec![9; piece]).is_ok(), true);
            sent += piece;
        } else {
            got += server.input.blocking_read(100_000).map_or(MUCH, |bytes| bytes.len());
        }
    }
    same!((sent, got), (MUCH, MUCH));
}

pub fn all(family: IpAddressFamily) {
    let net = instance_network();
    states(&net, family);
    options(&net, family);
    addresses(&net, family);
    streams(&net, family);
}
