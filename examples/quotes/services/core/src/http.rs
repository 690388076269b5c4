//! HTTP/1.1 as these three services speak it: connections kept open, bodies with a Content-Length.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

pub struct Message {
    /// The request line or status line.
    pub first: String,
    pub body: Vec<u8>,
    /// It is the last one of its connection.
    pub close: bool,
}

pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub fn new(stream: TcpStream) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        Ok(Connection { stream: BufReader::with_capacity(64 * 1024, stream) })
    }

    /// The next message, or nothing where the connection ends.
    pub fn receive(&mut self) -> io::Result<Option<Message>> {
        let mut first = String::new();
        if self.stream.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        let (mut length, mut close) = (0, false);
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
            } else if name.eq_ignore_ascii_case("connection") {
                close = value.trim().eq_ignore_ascii_case("close");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Some(Message { first, body, close }))
    }

    pub fn send(&mut self, head: &str, body: &[u8]) -> io::Result<()> {
        let mut all = format!("{head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        all.extend(body);
        self.stream.get_mut().write_all(&all)
    }

    /// A request and what it is answered with: the status and the body.
    pub fn ask(&mut self, line: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        self.send(&format!("{line} HTTP/1.1\r\nhost: quotes"), body)?;
        let answer = self.receive()?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let status = answer.first.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok((status.ok_or(io::ErrorKind::InvalidData)?, answer.body))
    }
}
