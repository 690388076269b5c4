//! The response, from whole texts to an open body.

use wasip2::http::types::{Fields, OutgoingBody, OutgoingResponse, ResponseOutparam, Trailers};
use wasip2::io::streams::OutputStream;

pub struct Reply(pub ResponseOutparam);

impl Reply {
    /// 200 with a text of any length.
    pub fn text(self, text: &str) {
        let body = self.open();
        // A single blocking write takes 4096 bytes at most.
        for piece in text.as_bytes().chunks(4096) {
            body.stream.blocking_write_and_flush(piece).unwrap();
        }
        body.finish(None);
    }

    /// A status and no body.
    pub fn status(self, code: u16) {
        let response = OutgoingResponse::new(Fields::new());
        let set = response.set_status_code(code);
        let body = response.body().unwrap();
        ResponseOutparam::set(self.0, Ok(response));
        OutgoingBody::finish(body, None).unwrap();
        set.expect("a status code");
    }

    /// 200, its head on the way, its body still to be written.
    pub fn open(self) -> Body {
        let headers = Fields::new();
        headers.append("content-type", b"text/plain").unwrap();
        let response = OutgoingResponse::new(headers);
        let body = response.body().unwrap();
        ResponseOutparam::set(self.0, Ok(response));
        Body { stream: body.write().unwrap(), body }
    }
}

pub struct Body {
    // Dropped before the body it belongs to.
    pub stream: OutputStream,
    body: OutgoingBody,
}

impl Body {
    pub fn finish(self, trailers: Option<Trailers>) {
        drop(self.stream);
        OutgoingBody::finish(self.body, trailers).unwrap();
    }
}
