//! Handles made up by the guest.

use wasip2::filesystem::types::Descriptor;
use wasip2::http::types::{Fields, FutureIncomingResponse, IncomingRequest, OutgoingBody};
use wasip2::io::poll::Pollable;
use wasip2::io::streams::{InputStream, OutputStream};
use wasip2::sockets::tcp::TcpSocket;

/// Uses a number as a handle of some type. It has to trap: nothing is told.
pub fn use_as(kind: &str, handle: u32) -> String {
    // SAFETY: none; that is the point.
    unsafe {
        match kind {
            "output" => format!("{:?}", OutputStream::from_handle(handle).check_write()),
            "input" => format!("{:?}", InputStream::from_handle(handle).read(1)),
            "pollable" => format!("{:?}", Pollable::from_handle(handle).ready()),
            "fields" => format!("{:?}", Fields::from_handle(handle).entries()),
            "request" => format!("{:?}", IncomingRequest::from_handle(handle).method()),
            "body" => format!("{:?}", OutgoingBody::from_handle(handle).write().is_ok()),
            "file" => format!("{:?}", Descriptor::from_handle(handle).get_type()),
            "socket" => format!("{:?}", TcpSocket::from_handle(handle).is_listening()),
            "response" => format!("{:?}", FutureIncomingResponse::from_handle(handle).get().is_some()),
            "drop" => {
                drop(OutputStream::from_handle(handle));
                "dropped".to_string()
            }
            _ => panic!("no such type"),
        }
    }
}

/// A handle that exists, of another type.
pub fn use_as_stream(request: u32) -> String {
    use_as("output", request)
}
