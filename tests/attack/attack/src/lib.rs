//! A hostile HTTP handler, with a path for each way to hurt its host or its neighbours. `/hello` is
//! the neighbour: the same program, another instance.

mod exhaust;
mod forge;
mod inject;
mod rebind;
mod reenter;
mod reply;
mod stream;

use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Attack;

impl wasip2::exports::http::incoming_handler::Guest for Attack {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let query = Query(query);
        let said = match path {
            "/hello" => "hello\n".to_string(),

            // Handles that were never given.
            "/forge" => forge::use_as(query.text("type"), query.number("handle", 0) as u32),
            "/forge-request" => forge::use_as_stream(request.take_handle()),

            // Text that would become another header, or another request.
            "/inject-fields" => inject::fields(),
            "/inject-request" => inject::request(),
            "/inject-response" => return inject::response(out),

            // More than there is.
            "/fields" => exhaust::fields(),
            "/timers" => exhaust::timers(),
            "/memory" => exhaust::memory(),
            "/random" => exhaust::random(query.number("bytes", u64::MAX)),
            "/poll" => exhaust::poll(query.number("n", 1 << 20) as usize),
            "/files" => exhaust::files(),
            "/log" => exhaust::log(query.number("bytes", 64 << 20)),
            "/lines" => exhaust::lines(query.number("n", 1 << 20)),
            "/subrequests" => exhaust::subrequests(query.text("to"), query.number("n", 100)),

            // Names that change their meaning.
            "/rebind-connect" => rebind::connect(
                query.text("name"),
                query.number("port", 80) as u16,
                query.number("lookups", 2),
            ),
            "/rebind-fetch" => rebind::fetch(query.text("to")),

            // Inside the host's own calls.
            "/spin" => reenter::spin(),
            "/spin-in-realloc" => reenter::in_realloc(reenter::Then::Spin),
            "/trap-in-realloc" => reenter::in_realloc(reenter::Then::Trap),
            "/call-in-realloc" => reenter::in_realloc(reenter::Then::CallHost),

            // With the response under way.
            "/spin-in-body" => return stream::then(out, stream::Then::Spin),
            "/stall-in-body" => return stream::then(out, stream::Then::Stall),
            "/flood" => return stream::then(out, stream::Then::Flood),
            _ => "what?\n".to_string(),
        };
        reply::text(out, &said);
    }
}

/// The part of the target after the question mark.
struct Query<'a>(&'a str);

impl Query<'_> {
    fn text(&self, name: &str) -> &str {
        let find = |pair: &'_ str| pair.strip_prefix(name)?.strip_prefix('=').map(str::len);
        let pairs = self.0.split('&');
        pairs.filter_map(|pair| find(pair).map(|n| &pair[pair.len() - n..])).next().unwrap_or("")
    }
    fn number(&self, name: &str, default: u64) -> u64 {
        self.text(name).parse().unwrap_or(default)
    }
}

wasip2::http::proxy::export!(Attack);
