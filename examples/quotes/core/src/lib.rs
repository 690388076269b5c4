//! The core of the application: answers HTTP, and calls the other parts as functions.

mod attempt;
mod http;
mod json;
mod report;

use http::Answer;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

wit_bindgen::generate!({ world: "core", path: "../wit" });

/// How many days are shown unless `days=` says so, and how many at most.
const DAYS: u32 = 30;
const MOST_DAYS: u32 = 365;

struct Core;

impl wasip2::exports::http::incoming_handler::Guest for Core {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        answer(&request).send(out);
    }
}

fn answer(request: &IncomingRequest) -> Answer {
    let target = request.path_with_query().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    match (http::method(request), path) {
        ("GET", "/") => Answer::page("text/html; charset=utf-8", include_str!("../page/index.html")),
        ("GET", "/style.css") => Answer::page("text/css", include_str!("../page/style.css")),
        ("GET", "/page.js") => Answer::page("text/javascript", include_str!("../page/page.js")),
        ("GET", "/api/quotes") => match days(query) {
            Some(days) => report::fetched(days),
            None => Answer::error(400, &format!("days is a number from 1 to {MOST_DAYS}")),
        },
        ("POST", "/api/quotes") => match http::body(request) {
            Some(document) => report::brought(&document),
            None => Answer::error(413, "the body is longer than 64 KiB, or broke off"),
        },
        ("GET", "/api/calls") => report::calls(),
        ("GET", "/api/rights") => report::rights(),
        ("POST", "/api/reach") => report::reach(),
        (_, "/" | "/style.css" | "/page.js" | "/api/quotes" | "/api/calls" | "/api/rights"
            | "/api/reach") => Answer::error(405, "not by this method"),
        _ => Answer::error(404, "there is no such page"),
    }
}

fn days(query: &str) -> Option<u32> {
    let Some(days) = query.split('&').find_map(|pair| pair.strip_prefix("days=")) else {
        return Some(DAYS);
    };
    days.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days))
}

wasip2::http::proxy::export!(Core);
