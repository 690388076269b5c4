//! The core as a service: asks the two others over connections that are kept.
//!
//!     quotes-service LISTEN NETWORK DATA     each as HOST:PORT

mod http;

use http::Connection;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

/// One client's connection, and those to the other services that go with it.
struct Core {
    network: Connection,
    data: Connection,
}

impl Core {
    fn answer(&mut self, method: &str, target: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let (path, query) = target.split_once('?').unwrap_or((target, "days=30"));
        match (method, path) {
            ("GET", "/api/quotes") => {
                let goods = self.network.ask(&format!("GET /quotes?{query}"), b"")?;
                self.analysed(goods)
            }
            ("POST", "/api/quotes") => {
                let goods = self.network.ask("POST /parse", body)?;
                self.analysed(goods)
            }
            ("GET", "/api/calls") => {
                let market = call_of(&mut self.network)?;
                let analysis = call_of(&mut self.data)?;
                let text = format!("{{\"market\":{market},\"analysis\":{analysis}}}");
                Ok((200, text.into_bytes()))
            }
            _ => Ok((404, b"{}".to_vec())),
        }
    }

    /// What came from the one service goes on to the other as it is, unread.
    fn analysed(&mut self, (status, goods): (u16, Vec<u8>)) -> io::Result<(u16, Vec<u8>)> {
        if status != 200 {
            return Ok((502, goods));
        }
        let (status, summaries) = self.data.ask("POST /summarize", &goods)?;
        if status != 200 {
            return Ok((422, summaries));
        }
        Ok((200, [b"{\"goods\":", &goods[..], b",\"summaries\":", &summaries, b"}"].concat()))
    }
}

/// What one call takes, in ns.
fn call_of(service: &mut Connection) -> io::Result<u128> {
    const COUNT: u32 = 500;
    let mut least = u128::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        for _ in 0..COUNT {
            service.ask("GET /ping", b"")?;
        }
        least = least.min(began.elapsed().as_nanos() / u128::from(COUNT));
    }
    Ok(least)
}

fn serve(client: TcpStream, network: &str, data: &str) -> io::Result<()> {
    let connect = |address: &str| Connection::new(TcpStream::connect(address)?);
    let mut client = Connection::new(client)?;
    let mut core = Core { network: connect(network)?, data: connect(data)? };
    while let Some(request) = client.receive()? {
        let mut words = request.first.split(' ');
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or("/"));
        let (status, body) = core.answer(method, target, &request.body)?;
        client.send(&format!("HTTP/1.1 {status} \r\ncontent-type: application/json"), &body)?;
        if request.close {
            break;
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, listen, network, data] = &arguments[..] else {
        eprintln!("usage: quotes-service LISTEN NETWORK DATA");
        std::process::exit(2);
    };
    for client in TcpListener::bind(listen)?.incoming() {
        let (client, network, data) = (client?, network.clone(), data.clone());
        std::thread::spawn(move || {
            if let Err(error) = serve(client, &network, &data) {
                eprintln!("a connection ended: {error}");
            }
        });
    }
    Ok(())
}
