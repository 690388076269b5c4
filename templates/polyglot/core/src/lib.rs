//! Answers a text with its most frequent words. Counting and layout are other components', called as
//! functions.

use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::StreamError;

wit_bindgen::generate!({ world: "core", path: "../wit" });

use app::text::{report, words};

const USAGE: &str = "Send me a text: curl --data 'to be or not to be' http://127.0.0.1:8080/\n";

struct Core;

impl wasip2::exports::http::incoming_handler::Guest for Core {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let body = read(&request);
        match String::from_utf8(body) {
            Err(_) => reply(out, 400, "This is no UTF-8.\n"),
            Ok(text) if text.is_empty() => reply(out, 200, USAGE),
            Ok(text) => {
                let counts = words::most_frequent(&text, 10);
                reply(out, 200, &report::table(&counts));
            }
        }
    }
}

fn read(request: &IncomingRequest) -> Vec<u8> {
    let mut all = Vec::new();
    let Ok(body) = request.consume() else { return all };
    let Ok(stream) = body.stream() else { return all };
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(piece) => all.extend(piece),
            Err(StreamError::Closed) => return all,
            Err(error) => panic!("the request ended early: {error:?}"),
        }
    }
}

fn reply(out: ResponseOutparam, status: u16, text: &str) {
    let headers = Fields::new();
    headers.append("content-type", b"text/plain; charset=utf-8").unwrap();
    let response = OutgoingResponse::new(headers);
    response.set_status_code(status).unwrap();
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));

    // One such write takes up to 4096 bytes.
    let stream = body.write().unwrap();
    for piece in text.as_bytes().chunks(4096) {
        stream.blocking_write_and_flush(piece).unwrap();
    }
    drop(stream);
    OutgoingBody::finish(body, None).unwrap();
}

wasip2::http::proxy::export!(Core);
