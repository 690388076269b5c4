//! Every function of wasi:sockets/udp and udp-create-socket.

use crate::address::*;
use crate::{fails, ok, same};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Network};
use wasip2::sockets::udp::{
    IncomingDatagram, IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket,
};
use wasip2::sockets::udp_create_socket::create_udp_socket;

pub fn bind(socket: &UdpSocket, net: &Network, address: IpSocketAddress) -> Result<(), ErrorCode> {
    socket.start_bind(net, address)?;
    socket.subscribe().block();
    socket.finish_bind()
}
fn bound(net: &Network, family: IpAddressFamily) -> UdpSocket {
    let socket = ok!(create_udp_socket(family));
    ok!(bind(&socket, net, loopback(family, 0)));
    socket
}
pub fn datagram(data: &[u8], remote_address: Option<IpSocketAddress>) -> OutgoingDatagram {
    OutgoingDatagram { data: data.to_vec(), remote_address }
}
/// With the permit it takes.
pub fn send(stream: &OutgoingDatagramStream, datagrams: &[OutgoingDatagram]) -> Result<u64, ErrorCode> {
    while stream.check_send()? == 0 {
        stream.subscribe().block();
    }
    stream.send(datagrams)
}
pub fn receive(stream: &IncomingDatagramStream, count: usize) -> Result<Vec<IncomingDatagram>, ErrorCode> {
    let mut all = Vec::new();
    while all.len() < count {
        stream.subscribe().block();
        all.extend(stream.receive((count - all.len()) as u64)?);
    }
    Ok(all)
}
fn contents(datagrams: &[IncomingDatagram]) -> Vec<&[u8]> {
    datagrams.iter().map(|datagram| &datagram.data[..]).collect()
}

fn states(net: &Network, family: IpAddressFamily) {
    let socket = ok!(create_udp_socket(family));
    same!(socket.address_family(), family);
    same!(socket.subscribe().ready(), true);
    fails!(NotInProgress, socket.finish_bind());
    fails!(InvalidState, socket.stream(None));
    fails!(InvalidState, socket.stream(Some(loopback(family, 1))));
    fails!(InvalidState, socket.local_address());
    fails!(InvalidState, socket.remote_address());
    options(&socket);
    for address in of_another_family(family) {
        fails!(InvalidArgument, socket.start_bind(net, address));
    }
    fails!(AddressNotBindable, bind(&socket, net, nowhere(family, 0)));
    same!(socket.start_bind(net, loopback(family, 0)), Ok(()));
    fails!(ConcurrencyConflict, socket.start_bind(net, loopback(family, 0)));
    fails!(InvalidState, socket.stream(None));
    same!(socket.finish_bind(), Ok(()));
    fails!(NotInProgress, socket.finish_bind());
    fails!(InvalidState, socket.start_bind(net, loopback(family, 0)));
    fails!(InvalidState, socket.remote_address());
    let local = ok!(socket.local_address());
    same!(port(local) > 0, true);
    options(&socket);
    let taken = ok!(create_udp_socket(family));
    fails!(AddressInUse, bind(&taken, net, local));

    for address in of_another_family(family) {
        fails!(InvalidArgument, socket.stream(Some(address)));
    }
    fails!(InvalidArgument, socket.stream(Some(unspecified(family, 1))));
    fails!(InvalidArgument, socket.stream(Some(loopback(family, 0))));
    // To and fro between peers; the port stays.
    for number in [4321, 4321, 4320] {
        let peer = loopback(family, number);
        drop(ok!(socket.stream(Some(peer))));
        same!(text(ok!(socket.remote_address())), text(peer));
        drop(ok!(socket.stream(None)));
        fails!(InvalidState, socket.remote_address());
        same!(text(ok!(socket.local_address())), text(local));
    }
    fails!(InvalidState, socket.start_bind(net, loopback(family, 0)));
    options(&socket);
}

fn options(socket: &UdpSocket) {
    same!(ok!(socket.unicast_hop_limit()) > 0, true);
    same!(ok!(socket.receive_buffer_size()) > 0, true);
    same!(ok!(socket.send_buffer_size()) > 0, true);
    fails!(InvalidArgument, socket.set_unicast_hop_limit(0));
    fails!(InvalidArgument, socket.set_receive_buffer_size(0));
    fails!(InvalidArgument, socket.set_send_buffer_size(0));
    same!(socket.set_unicast_hop_limit(255), Ok(()));
    same!(socket.set_unicast_hop_limit(42), Ok(()));
    same!(socket.unicast_hop_limit(), Ok(42));
    for size in [1, u64::MAX, 0x10000] {
        same!(socket.set_receive_buffer_size(size), Ok(()));
        same!(socket.set_send_buffer_size(size), Ok(()));
    }
    same!(socket.receive_buffer_size(), Ok(0x10000));
    same!(socket.send_buffer_size(), Ok(0x10000));
}

fn streams(net: &Network, family: IpAddressFamily) {
    let server = bound(net, family);
    let (server_in, server_out) = ok!(server.stream(None));
    let address = ok!(server.local_address());
    same!(server_in.subscribe().ready(), false);
    same!(ok!(server_in.receive(10)).len(), 0);
    same!(ok!(server_in.receive(0)).len(), 0);

    // A client that is bound to every address, and connected.
    let client = ok!(create_udp_socket(family));
    ok!(bind(&client, net, unspecified(family, 0)));
    let (client_in, client_out) = ok!(client.stream(Some(address)));
    client_out.subscribe().block();
    same!(send(&client_out, &[datagram(b"", None), datagram(b"hello", Some(address))]), Ok(2));
    let got = ok!(receive(&server_in, 2));
    same!(contents(&got), vec![&b""[..], &b"hello"[..]]);
    same!(text(got[1].remote_address), text(ok!(client.local_address())));
    same!(send(&server_out, &[datagram(b"answer", Some(got[0].remote_address))]), Ok(1));
    let answer = ok!(receive(&client_in, 1));
    same!(contents(&answer), vec![&b"answer"[..]]);
    same!(text(answer[0].remote_address), text(address));
    fails!(InvalidArgument, send(&client_out, &[datagram(b"x", Some(loopback(family, 1)))]));
    same!(send(&client_out, &[]), Ok(0));

    // Without a peer each datagram names its own.
    fails!(InvalidArgument, send(&server_out, &[datagram(b"x", None)]));
    fails!(InvalidArgument, send(&server_out, &[datagram(b"x", Some(unspecified(family, 1)))]));
    fails!(InvalidArgument, send(&server_out, &[datagram(b"x", Some(loopback(family, 0)))]));
    for wrong in of_another_family(family) {
        fails!(InvalidArgument, send(&server_out, &[datagram(b"x", Some(wrong))]));
    }
    let large = datagram(&vec![0; 65536], Some(address));
    fails!(DatagramTooLarge, send(&server_out, &[large.clone()]));
    // The first failure ends it, and is told only if nothing was sent.
    let some = [datagram(b"a", Some(address)), large, datagram(b"b", Some(address))];
    same!(send(&server_out, &some), Ok(1));
    same!(contents(&ok!(receive(&server_in, 1))), vec![&b"a"[..]]);
    let many: Vec<_> = (0..16).map(|i| datagram(&[i], Some(address))).collect();
    same!(send(&server_out, &many), Ok(16));
    same!(ok!(receive(&server_in, 5)).len(), 5);
    same!(contents(&ok!(receive(&server_in, 11)))[10], &[15][..]);

    // Who is connected hears its peer alone.
    let stranger = bound(net, family);
    let (_in, stranger_out) = ok!(stranger.stream(None));
    let client_address = loopback(family, port(ok!(client.local_address())));
    same!(send(&stranger_out, &[datagram(b"stranger", Some(client_address))]), Ok(1));
    same!(send(&server_out, &[datagram(b"peer", Some(client_address))]), Ok(1));
    same!(contents(&ok!(receive(&client_in, 1))), vec![&b"peer"[..]]);

    // Earlier streams end when others are made.
    let (new_in, new_out) = ok!(client.stream(None));
    fails!(InvalidState, client_in.receive(1));
    fails!(InvalidState, client_out.check_send());
    same!(send(&new_out, &[datagram(b"new", Some(client_address))]), Ok(1));
    same!(contents(&ok!(receive(&new_in, 1))), vec![&b"new"[..]]);

    // Nobody is there.
    let gone = {
        let socket = bound(net, family);
        ok!(socket.local_address())
    };
    let lonely = bound(net, family);
    let (lonely_in, lonely_out) = ok!(lonely.stream(Some(gone)));
    same!(send(&lonely_out, &[datagram(b"x", None)]), Ok(1));
    lonely_in.subscribe().block();
    fails!(ConnectionRefused, lonely_in.receive(1));
    same!(ok!(lonely_in.receive(1)).len(), 0);

    // Streams outlive their socket.
    let (last_in, last_out) = ok!(bound(net, family).stream(Some(address)));
    same!(send(&last_out, &[datagram(b"last", None)]), Ok(1));
    same!(contents(&ok!(receive(&server_in, 1))), vec![&b"last"[..]]);
    same!(ok!(last_in.receive(1)).len(), 0);
}

pub fn all(family: IpAddressFamily) {
    let net = instance_network();
    states(&net, family);
    streams(&net, family);
}

/// What the WIT makes a trap.
pub fn send_unpermitted() {
    let net = instance_network();
    let socket = bound(&net, V4);
    let (_in, out) = ok!(socket.stream(Some(ok!(socket.local_address()))));
    let _ = out.send(&[]);
    println!("went on");
}
