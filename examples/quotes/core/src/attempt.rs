//! What this part itself may do, told by trying.

use crate::demo::quotes::model::Access;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{ErrorCode, Fields, OutgoingRequest, Scheme};

pub fn attempt(what: &Access) -> Result<String, String> {
    match what {
        Access::Network(server) => ask(server),
        Access::File(path) => match std::fs::read(path) {
            Ok(bytes) => Ok(format!("read {} bytes", bytes.len())),
            Err(error) => Err(error.to_string()),
        },
        Access::Variable(name) => std::env::var(name).map_err(|_| "not set".into()),
    }
}

/// Sends a request to http://host:port.
fn ask(server: &str) -> Result<String, String> {
    let authority = server.trim_start_matches("http://");
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&Scheme::Http)).unwrap();
    request.set_authority(Some(authority)).map_err(|()| "not a server")?;
    request.set_path_with_query(Some("/")).unwrap();
    let future = outgoing_handler::handle(request, None).map_err(tell)?;
    future.subscribe().block();
    let response = future.get().expect("ready").expect("asked once").map_err(tell)?;
    Ok(format!("answered with {}", response.status()))
}

fn tell(code: ErrorCode) -> String {
    match code {
        ErrorCode::HttpRequestDenied => "HTTP-request-denied".into(),
        ErrorCode::DestinationIpProhibited => "destination-IP-prohibited".into(),
        other => format!("{other:?}"),
    }
}
