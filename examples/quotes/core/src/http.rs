//! Requests and answers.

use wasip2::http::types::{
    Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::StreamError;

/// The longest body that is read.
const LONGEST: usize = 64 * 1024;
/// What one write takes at most.
const PIECE: usize = 4096;

pub struct Answer {
    pub status: u16,
    pub kind: &'static str,
    pub body: String,
}

impl Answer {
    pub fn page(kind: &'static str, body: &str) -> Answer {
        Answer { status: 200, kind, body: body.into() }
    }

    pub fn json(status: u16, body: String) -> Answer {
        Answer { status, kind: "application/json", body }
    }

    pub fn error(status: u16, why: &str) -> Answer {
        Answer::json(status, crate::json::object(&[("error", crate::json::text(why))]))
    }

    pub fn send(self, out: ResponseOutparam) {
        let headers = Fields::new();
        let length = self.body.len().to_string();
        for (name, value) in [
            ("content-type", self.kind),
            ("content-length", length.as_str()),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            // The page needs nothing from elsewhere, and nothing inline.
            ("content-security-policy", "default-src 'none'; script-src 'self'; style-src 'self'; \
              connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
              frame-ancestors 'none'"),
        ] {
            headers.append(name, value.as_bytes()).unwrap();
        }
        let response = OutgoingResponse::new(headers);
        response.set_status_code(self.status).unwrap();
        let body = response.body().unwrap();
        ResponseOutparam::set(out, Ok(response));
        let stream = body.write().unwrap();
        for piece in self.body.as_bytes().chunks(PIECE) {
            // Who went away needs no answer.
            if stream.blocking_write_and_flush(piece).is_err() {
                return;
            }
        }
        drop(stream);
        let _ = OutgoingBody::finish(body, None);
    }
}

/// The method's name, as far as there are routes for it. Favo leaves the body out of what HEAD gets.
pub fn method(request: &IncomingRequest) -> &'static str {
    match request.method() {
        Method::Get | Method::Head => "GET",
        Method::Post => "POST",
        _ => "",
    }
}

/// The request's body, or nothing if it is too long or broke off.
pub fn body(request: &IncomingRequest) -> Option<Vec<u8>> {
    let body = request.consume().ok()?;
    let stream = body.stream().ok()?;
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(LONGEST as u64) {
            Ok(piece) => all.extend(piece),
            Err(StreamError::Closed) => return Some(all),
            Err(_) => return None,
        }
        if all.len() > LONGEST {
            return None;
        }
    }
}
