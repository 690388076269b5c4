//! Sends the request's body back while it is still coming in, and its trailers after it.
//!
//! Any path splices, stream to stream; `/copy` reads and writes by hand, waiting for credit.

use wasip2::http::types::{
    Fields, IncomingBody, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

const CHUNK: u64 = 64 * 1024;

struct Echo;

impl wasip2::exports::http::incoming_handler::Guest for Echo {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let headers = Fields::new();
        for value in request.headers().get("content-type") {
            headers.append("content-type", &value).unwrap();
        }
        let response = OutgoingResponse::new(headers);
        let outgoing = response.body().unwrap();
        ResponseOutparam::set(out, Ok(response));

        let copy = request.path_with_query().as_deref() == Some("/copy");
        let incoming = request.consume().unwrap();
        let result = {
            let (input, output) = (incoming.stream().unwrap(), outgoing.write().unwrap());
            if copy { copy_all(&input, &output) } else { splice_all(&input, &output) }
        };
        if let Err(error) = result {
            // The body is left unfinished, so the client sees that it is not whole.
            eprintln!("echo broke off: {error}");
            return;
        }

        let trailers = IncomingBody::finish(incoming);
        trailers.subscribe().block();
        let trailers = match trailers.get() {
            Some(Ok(Ok(trailers))) => trailers,
            other => {
                eprintln!("no trailers: {other:?}");
                return;
            }
        };
        OutgoingBody::finish(outgoing, trailers).unwrap();
    }
}

fn splice_all(input: &InputStream, output: &OutputStream) -> Result<(), StreamError> {
    loop {
        match output.blocking_splice(input, CHUNK) {
            Ok(_) => {}
            Err(StreamError::Closed) => return output.blocking_flush(),
            Err(error) => return Err(error),
        }
    }
}

fn copy_all(input: &InputStream, output: &OutputStream) -> Result<(), StreamError> {
    let writable = output.subscribe();
    loop {
        let credit = output.check_write()?;
        if credit == 0 {
            writable.block();
            continue;
        }
        match input.blocking_read(credit.min(CHUNK)) {
            Ok(bytes) => output.write(&bytes)?,
            Err(StreamError::Closed) => break,
            Err(error) => return Err(error),
        }
    }
    output.flush()?;
    writable.block();
    output.check_write().map(|_| ())
}

wasip2::http::proxy::export!(Echo);
