//! Line ends and names that would make one message two.

use crate::reply;
use wasip2::http::types::{
    Fields, Method, OutgoingBody, OutgoingRequest, OutgoingResponse, ResponseOutparam, Scheme,
};

const VALUES: &[&[u8]] = &[
    b"a\r\nx-injected: 1",
    b"a\nx-injected: 1",
    b"a\rx-injected: 1",
    b"a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    b"a\0b",
    b"a\x7fb",
    b"a\x01b",
    b" \r\n x-injected: 1",
];
const NAMES: &[&str] = &[
    "x-a\r\nx-injected",
    "x-a: 1\r\nx-injected",
    "x a",
    "x-a:",
    "",
    "x-\u{e9}",
    "x-a\0",
    "connection",
    "Keep-Alive",
    "transfer-encoding",
    "Transfer-Encoding",
    "upgrade",
    "host",
    "proxy-connection",
    "http2-settings",
];

/// How many were taken that should not have been, and which.
fn told(taken: Vec<String>, of: usize) -> String {
    format!("{} of {of} taken {taken:?}\n", taken.len())
}

pub fn fields() -> String {
    let mut taken = Vec::new();
    let fields = Fields::new();
    for value in VALUES {
        let value = value.to_vec();
        let what = String::from_utf8_lossy(&value).into_owned();
        if fields.append("x-a", &value).is_ok() {
            taken.push(format!("append {what:?}"));
        }
        if fields.set("x-a", &[value.clone()]).is_ok() {
            taken.push(format!("set {what:?}"));
        }
        if Fields::from_list(&[("x-a".to_string(), value)]).is_ok() {
            taken.push(format!("from-list {what:?}"));
        }
    }
    for name in NAMES {
        if fields.append(name, b"1").is_ok() {
            taken.push(format!("append {name:?}"));
        }
        if fields.set(name, &[b"1".to_vec()]).is_ok() {
            taken.push(format!("set {name:?}"));
        }
        if Fields::from_list(&[(name.to_string(), b"1".to_vec())]).is_ok() {
            taken.push(format!("from-list {name:?}"));
        }
    }
    told(taken, 3 * (VALUES.len() + NAMES.len()))
}

pub fn request() -> String {
    const PATHS: &[&str] = &[
        "/ HTTP/1.1\r\nx-injected: 1",
        "/\r\n\r\nGET /other HTTP/1.1",
        "/ HTTP/1.1",
        "/\n",
        "/\0",
    ];
    const AUTHORITIES: &[&str] = &["a\r\nx-injected: 1", "a b", "a/b", "user@a\r\n", "a\0"];
    const METHODS: &[&str] = &["GET / HTTP/1.1\r\nx: ", "G ET", "", "GET\r\n", "G\u{e9}T"];
    const SCHEMES: &[&str] = &["ht tp", "http://a\r\n", "", "h\0"];
    let request = OutgoingRequest::new(Fields::new());
    let mut taken = Vec::new();
    for path in PATHS {
        if request.set_path_with_query(Some(path)).is_ok() {
            taken.push(format!("path {path:?}"));
        }
    }
    for authority in AUTHORITIES {
        if request.set_authority(Some(authority)).is_ok() {
            taken.push(format!("authority {authority:?}"));
        }
    }
    for method in METHODS {
        if request.set_method(&Method::Other(method.to_string())).is_ok() {
            taken.push(format!("method {method:?}"));
        }
    }
    for scheme in SCHEMES {
        if request.set_scheme(Some(&Scheme::Other(scheme.to_string()))).is_ok() {
            taken.push(format!("scheme {scheme:?}"));
        }
    }
    told(taken, PATHS.len() + AUTHORITIES.len() + METHODS.len() + SCHEMES.len())
}

/// A response that says one length and has another, and statuses that are none.
pub fn response(out: ResponseOutparam) {
    let headers = Fields::new();
    let _ = headers.append("content-length", b"5");
    let _ = headers.append("content-length", b"500");
    let response = OutgoingResponse::new(headers);
    let bad_statuses: Vec<u16> = [0, 99, 1000, 65535]
        .into_iter()
        .filter(|status| response.set_status_code(*status).is_ok())
        .collect();
    if !bad_statuses.is_empty() {
        return reply::text(out, &format!("statuses {bad_statuses:?} taken\n"));
    }
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    if let Ok(stream) = body.write() {
        let _ = stream.blocking_write_and_flush(b"HTTP/1.1 200 OK\r\nx-injected: 1\r\n\r\nmore");
    }
    let _ = OutgoingBody::finish(body, None);
}
