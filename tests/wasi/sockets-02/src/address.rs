//! Addresses to test with.

use wasip2::sockets::network::{
    IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};

pub const V4: IpAddressFamily = IpAddressFamily::Ipv4;
pub const V6: IpAddressFamily = IpAddressFamily::Ipv6;

pub type V4Bytes = (u8, u8, u8, u8);
pub type V6Groups = (u16, u16, u16, u16, u16, u16, u16, u16);

pub fn v4(address: V4Bytes, port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address })
}
pub fn v6(address: V6Groups, port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv6(Ipv6SocketAddress { port, flow_info: 0, address, scope_id: 0 })
}
pub fn loopback(family: IpAddressFamily, port: u16) -> IpSocketAddress {
    match family {
        IpAddressFamily::Ipv4 => v4((127, 0, 0, 1), port),
        IpAddressFamily::Ipv6 => v6((0, 0, 0, 0, 0, 0, 0, 1), port),
    }
}
pub fn unspecified(family: IpAddressFamily, port: u16) -> IpSocketAddress {
    match family {
        IpAddressFamily::Ipv4 => v4((0, 0, 0, 0), port),
        IpAddressFamily::Ipv6 => v6((0, 0, 0, 0, 0, 0, 0, 0), port),
    }
}
/// For documentation: no machine has it.
pub fn nowhere(family: IpAddressFamily, port: u16) -> IpSocketAddress {
    match family {
        IpAddressFamily::Ipv4 => v4((192, 0, 2, 1), port),
        IpAddressFamily::Ipv6 => v6((0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), port),
    }
}
pub fn other(family: IpAddressFamily) -> IpAddressFamily {
    if family == V4 { V6 } else { V4 }
}
/// No socket of the family may have anything to do with these.
pub fn of_another_family(family: IpAddressFamily) -> Vec<IpSocketAddress> {
    let mut wrong = vec![loopback(other(family), 1)];
    if family == V6 {
        wrong.push(v6((0, 0, 0, 0, 0, 0xffff, 0x7f00, 1), 1)); // stands for an IPv4 address
        wrong.push(v6((0, 0, 0, 0, 0, 0, 0x7f00, 1), 1));
    }
    wrong
}
pub fn not_unicast(family: IpAddressFamily) -> Vec<IpSocketAddress> {
    match family {
        IpAddressFamily::Ipv4 => vec![v4((255, 255, 255, 255), 1), v4((224, 254, 0, 0), 1)],
        IpAddressFamily::Ipv6 => vec![v6((0xff00, 0, 0, 0, 0, 0, 0, 0), 1)],
    }
}

pub fn port(address: IpSocketAddress) -> u16 {
    match address {
        IpSocketAddress::Ipv4(address) => address.port,
        IpSocketAddress::Ipv6(address) => address.port,
    }
}
/// To compare: the bindings' addresses cannot be.
pub fn text(address: IpSocketAddress) -> String {
    match address {
        IpSocketAddress::Ipv4(it) => format!("{} port {}", ip_text(IpAddress::Ipv4(it.address)), it.port),
        IpSocketAddress::Ipv6(it) => format!(
            "{} port {} flow {} scope {}",
            ip_text(IpAddress::Ipv6(it.address)), it.port, it.flow_info, it.scope_id
        ),
    }
}
pub fn ip_text(address: IpAddress) -> String {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => std::net::Ipv4Addr::new(a, b, c, d).to_string(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
            std::net::Ipv6Addr::new(a, b, c, d, e, f, g, h).to_string()
        }
    }
}
