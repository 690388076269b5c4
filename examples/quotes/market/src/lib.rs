//! Stands in for a service on the internet that knows prices: they are made up, and move while one
//! looks. Answers /market/prices?days=30 with JSON.

use std::time::{SystemTime, UNIX_EPOCH};
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

const GOODS: [(&str, &str, &str, f64); 6] = [
    ("COF", "Coffee", "60 kg", 1830.0),
    ("SUG", "Sugar", "50 kg", 142.5),
    ("COC", "Cocoa", "15 kg", 487.0),
    ("ORA", "Orange juice", "40.8 kg", 96.4),
    ("COT", "Cotton", "15 kg", 139.9),
    ("HON", "Honey", "1 kg", 14.2),
];
/// A day of this market, in seconds.
const DAY: u64 = 5;
const MOST_DAYS: u64 = 365;

struct Market;

impl wasip2::exports::http::incoming_handler::Guest for Market {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let days = query.strip_prefix("days=").and_then(|days| days.parse().ok()).unwrap_or(30);
        if path != "/market/prices" {
            reply(out, 404, "{\"error\":\"there are only /market/prices\"}");
        } else if !(1..=MOST_DAYS).contains(&days) {
            reply(out, 400, "{\"error\":\"days is a number from 1 to 365\"}");
        } else {
            reply(out, 200, &prices(days));
        }
    }
}

fn prices(days: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let today = now / DAY + MOST_DAYS;
    let goods = GOODS.iter().zip(1..).map(|((symbol, name, unit, usual), seed)| {
        let prices: Vec<String> = (today - days + 1..=today)
            .map(|day| format!("{:.2}", usual * level(seed, day)))
            .collect();
        format!(
            "{{\"symbol\":\"{symbol}\",\"name\":\"{name}\",\"unit\":\"{unit}\",\"prices\":[{}]}}",
            prices.join(","))
    });
    format!("{{\"goods\":[{}]}}", goods.collect::<Vec<_>>().join(","))
}

/// Around 1: two slow waves and some noise, the same for the same day.
fn level(seed: u64, day: u64) -> f64 {
    let (phase, at) = (seed as f64 * 2.1, day as f64);
    1.0 + 0.10 * (at / 17.0 + phase).sin() + 0.04 * (at / 5.3 + 2.0 * phase).sin()
        + 0.02 * (noise(seed, day) - 0.5)
}

/// From 0 to 1.
fn noise(seed: u64, day: u64) -> f64 {
    let mut bits = (seed << 48) ^ day;
    for _ in 0..3 {
        bits = (bits ^ (bits >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    (bits >> 40) as f64 / (1u64 << 24) as f64
}

fn reply(out: ResponseOutparam, status: u16, text: &str) {
    let headers = Fields::new();
    headers.append("content-type", b"application/json").unwrap();
    headers.append("content-length", text.len().to_string().as_bytes()).unwrap();
    let response = OutgoingResponse::new(headers);
    response.set_status_code(status).unwrap();
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().unwrap();
    for piece in text.as_bytes().chunks(4096) {
        if stream.blocking_write_and_flush(piece).is_err() {
            return;
        }
    }
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
}

wasip2::http::proxy::export!(Market);
