//! One guest with a path for each thing the tests ask of a host: see `handle` for the list.

mod faults;
mod host;
mod outbound;
mod reply;
mod streams;

use reply::Reply;
use wasip2::http::types::{ErrorCode, IncomingRequest, ResponseOutparam};

struct Kitchen;

impl wasip2::exports::http::incoming_handler::Guest for Kitchen {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let query = Query(query);
        let reply = Reply(out);
        match path {
            "/hello" => reply.text("Hello from the kitchen\n"),
            "/request" => reply.text(&host::request_line(&request)),
            "/headers" => reply.text(&host::headers(&request)),
            "/status" => reply.status(query.number("code", 200) as u16),

            // What the host gives or refuses.
            "/env" => reply.text(&host::environment()),
            "/random" => reply.text(&host::random()),
            "/clock" => reply.text(&host::clocks()),
            "/stdout" => reply.text(host::print()),
            "/fs" => reply.text(&host::open_file()),
            "/socket" => reply.text(&host::connect(query.number("port", 1) as u16)),

            // Other servers: `to=URL` comes last, before it `connect`, `first`, `between` in ms.
            "/fetch" => reply.text(&outbound::fetch(query)),
            "/proxy" => outbound::proxy(reply, request, query),
            "/inject" => reply.text(&outbound::inject()),

            // Bodies.
            "/drip" => streams::drip(reply, query.number("n", 5), query.number("ms", 100)),
            "/big" => streams::big(reply, query.number("bytes", 1 << 20)),
            "/trailers" => streams::trailers(reply),
            "/slow-read" => streams::slow_read(reply, request),

            // Ways to go wrong.
            "/trap" => panic!("asked to"),
            "/unreachable" => core::arch::wasm32::unreachable(),
            "/recurse" => reply.text(&format!("{}\n", faults::recurse(0))),
            "/spin" => faults::spin(),
            "/grow" => faults::grow(reply, query.number("report", 0) != 0),
            "/trap-late" => faults::trap_late(reply),
            "/no-response" => {}
            "/error" => {
                ResponseOutparam::set(reply.0, Err(ErrorCode::InternalError(Some("asked to".into()))))
            }
            _ => reply.status(404),
        }
    }
}

/// The part of the target after the question mark.
pub struct Query<'a>(pub &'a str);

impl Query<'_> {
    pub fn number(&self, name: &str, default: u64) -> u64 {
        let pair = self.0.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        pair.and_then(|value| value.parse().ok()).unwrap_or(default)
    }
}

wasip2::http::proxy::export!(Kitchen);
