//! Requests to other servers.

use crate::reply::Reply;
use crate::Query;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingRequest, IncomingResponse,
    Method, OutgoingBody, OutgoingRequest, OutgoingResponse, RequestOptions, ResponseOutparam,
    Scheme, Trailers,
};
use wasip2::io::poll::poll;
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

const MILLISECOND: u64 = 1_000_000;

/// Where `to=http://host:port/path` leads; the last of the parameters, since it may hold anything.
struct Url<'a> {
    scheme: Scheme,
    authority: &'a str,
    path: &'a str,
}

fn url<'a>(query: &Query<'a>) -> Url<'a> {
    let to = query.0.split_once("to=").map_or("http://127.0.0.1:1/", |(_, to)| to);
    let (scheme, rest) = to.split_once("://").expect("a URL");
    let slash = rest.find('/').unwrap_or(rest.len());
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.into()),
    };
    Url { scheme, authority: &rest[..slash], path: &rest[slash..] }
}

fn request(url: &Url, method: &Method, headers: Fields) -> Result<OutgoingRequest, &'static str> {
    let request = OutgoingRequest::new(headers);
    request.set_method(method).map_err(|()| "method")?;
    request.set_scheme(Some(&url.scheme)).map_err(|()| "scheme")?;
    request.set_authority(Some(url.authority)).map_err(|()| "authority")?;
    request.set_path_with_query(Some(url.path)).map_err(|()| "path")?;
    Ok(request)
}

fn options(query: &Query) -> RequestOptions {
    let options = RequestOptions::new();
    let time = |name| Some(query.number(name, 10_000) * MILLISECOND);
    options.set_connect_timeout(time("connect")).unwrap();
    options.set_first_byte_timeout(time("first")).unwrap();
    options.set_between_bytes_timeout(time("between")).unwrap();
    options
}

fn wait(future: FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    future.subscribe().block();
    future.get().expect("ready").expect("once")
}

/// Asks a server, and tells what came of it: the status and the body's length, or the error.
pub fn fetch(query: Query) -> String {
    let request = match request(&url(&query), &Method::Get, Fields::new()) {
        Ok(request) => request,
        Err(part) => return format!("invalid {part}\n"),
    };
    let future = match outgoing_handler::handle(request, Some(options(&query))) {
        Ok(future) => future,
        Err(error) => return format!("refused {error:?}\n"),
    };
    let response = match wait(future) {
        Ok(response) => response,
        Err(error) => return format!("error {error:?}\n"),
    };
    let status = response.status();
    let body = response.consume().unwrap();
    let stream = body.stream().unwrap();
    let mut length = 0;
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(bytes) => length += bytes.len(),
            Err(StreamError::Closed) => return format!("status {status}\nbody {length} bytes\n"),
            Err(StreamError::LastOperationFailed(error)) => {
                let code = wasip2::http::types::http_error_code(&error);
                return format!("status {status}\nbody {length} bytes, then {code:?}\n");
            }
        }
    }
}

/// One direction of a proxied exchange: bytes from a stream to another, then the trailers.
struct Pump {
    from: InputStream,
    to: OutputStream,
    from_body: IncomingBody,
    to_body: OutgoingBody,
}

enum Step {
    Moved,
    WaitToRead,
    WaitToWrite,
    Done,
}

impl Pump {
    fn new(from_body: IncomingBody, to_body: OutgoingBody) -> Pump {
        let (from, to) = (from_body.stream().unwrap(), to_body.write().unwrap());
        Pump { from, to, from_body, to_body }
    }

    fn step(&self) -> Step {
        match self.to.check_write() {
            Ok(0) => return Step::WaitToWrite,
            Ok(_) => {}
            Err(_) => return Step::Done,
        }
        match self.to.splice(&self.from, 64 * 1024) {
            Ok(0) => Step::WaitToRead,
            Ok(_) => Step::Moved,
            Err(_) => Step::Done,
        }
    }

    /// Ends the body; the trailers only when there are some.
    fn finish(self) -> bool {
        drop((self.from, self.to));
        let future = IncomingBody::finish(self.from_body);
        future.subscribe().block();
        let Some(Ok(Ok(trailers))) = future.get() else { return false };
        let copy = trailers.map(|fields| Trailers::from_list(&fields.entries()).unwrap());
        OutgoingBody::finish(self.to_body, copy).is_ok()
    }
}

/// Passes a request on, body and trailers included, and its response back, both while they come in.
pub fn proxy(reply: Reply, incoming: IncomingRequest, query: Query) {
    let method = incoming.method();
    let bodiless = matches!(method, Method::Get | Method::Head);
    let outgoing = request(&url(&query), &method, incoming.headers().clone()).unwrap();
    let body = (!bodiless).then(|| outgoing.body().unwrap());
    let future = match outgoing_handler::handle(outgoing, Some(options(&query))) {
        Ok(future) => future,
        Err(error) => return ResponseOutparam::set(reply.0, Err(error)),
    };
    let mut up = body.map(|body| Pump::new(incoming.consume().unwrap(), body));
    let mut down: Option<Pump> = None;
    let mut awaited = Some((future, reply));
    loop {
        let mut waits = Vec::with_capacity(3);
        if let Some((future, _)) = &awaited {
            let ready = future.subscribe();
            if ready.ready() {
                drop(ready);
                let (future, reply) = awaited.take().unwrap();
                match future.get().unwrap().unwrap() {
                    Ok(response) => down = Some(respond(reply, response)),
                    Err(error) => return ResponseOutparam::set(reply.0, Err(error)),
                }
            } else {
                waits.push(ready);
            }
        }
        for pump in [&mut up, &mut down] {
            let Some(active) = pump else { continue };
            match active.step() {
                Step::Moved => waits.clear(),
                Step::WaitToRead => waits.push(active.from.subscribe()),
                Step::WaitToWrite => waits.push(active.to.subscribe()),
                Step::Done => {
                    pump.take().unwrap().finish();
                    waits.clear();
                }
            }
        }
        if up.is_none() && down.is_none() && awaited.is_none() {
            return;
        }
        if !waits.is_empty() {
            poll(&waits.iter().collect::<Vec<_>>());
        }
    }
}

fn respond(reply: Reply, from: IncomingResponse) -> Pump {
    let response = OutgoingResponse::new(from.headers().clone());
    response.set_status_code(from.status()).unwrap();
    let body = response.body().unwrap();
    ResponseOutparam::set(reply.0, Ok(response));
    Pump::new(from.consume().unwrap(), body)
}

/// Tries to smuggle bytes into a request's head; tells which parts the host refused.
pub fn inject() -> String {
    let bad = "x\r\nHost: evil\r\n\r\nGET /admin";
    let fields = Fields::new();
    let mut text = String::new();
    let mut tell = |what: &str, refused: bool| text += &format!("{what} {refused}\n");
    tell("name", fields.append(bad, b"v").is_err());
    tell("value", fields.append("a", bad.as_bytes()).is_err());
    for name in ["host", "connection", "transfer-encoding", "upgrade", "keep-alive"] {
        tell(name, fields.append(name, b"v").is_err());
    }
    let request = OutgoingRequest::new(fields);
    tell("method", request.set_method(&Method::Other(bad.into())).is_err());
    tell("scheme", request.set_scheme(Some(&Scheme::Other(bad.into()))).is_err());
    tell("authority", request.set_authority(Some(bad)).is_err());
    tell("path", request.set_path_with_query(Some(&format!("/{bad}"))).is_err());
    text
}
