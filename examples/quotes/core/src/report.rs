//! What is told of the other parts: prices and what they come to, what calls take, who may do what.

use crate::attempt::attempt;
use crate::demo::quotes::analysis::{self, Summary, Trend};
use crate::demo::quotes::market::{self, Problem};
use crate::demo::quotes::model::{Access, Quote};
use crate::demo::quotes::yardstick;
use crate::http::Answer;
use crate::json::{list, number, object, text};
use std::time::Instant;

/// Fetches the prices of the last days, and has them analysed.
pub fn fetched(days: u32) -> Answer {
    let (found, nanoseconds) = timed(|| market::fetch(days));
    analysed(found, ("market.fetch", nanoseconds))
}

/// The same with prices that came along.
pub fn brought(document: &[u8]) -> Answer {
    let (found, nanoseconds) = timed(|| market::parse(document));
    analysed(found, ("market.parse", nanoseconds))
}

fn analysed(found: Result<Vec<Quote>, Problem>, (call, nanoseconds): (&str, u64)) -> Answer {
    let quotes = match found {
        Ok(quotes) => quotes,
        Err(problem) => return tell(problem),
    };
    let (summaries, summarizing) = timed(|| analysis::summarize(&quotes));
    let summaries = match summaries {
        Ok(summaries) => summaries,
        Err(why) => return Answer::error(422, &why),
    };
    let goods = quotes.iter().zip(&summaries).map(|(quote, summary)| good(quote, summary));
    Answer::json(200, object(&[
        ("source", text(&market::source())),
        ("goods", list(goods)),
        ("nanoseconds", object(&[
            (call, nanoseconds.to_string()),
            ("analysis.summarize", summarizing.to_string()),
        ])),
    ]))
}

fn good(quote: &Quote, summary: &Summary) -> String {
    let (trend, per_day) = match summary.trend {
        Trend::Rising(per_day) => ("rising", per_day),
        Trend::Falling(per_day) => ("falling", per_day),
        Trend::Steady => ("steady", 0.0),
    };
    object(&[
        ("symbol", text(&quote.symbol)),
        ("name", text(&quote.name)),
        ("unit", text(&quote.unit)),
        ("prices", list(quote.prices.iter().copied().map(number))),
        ("last", number(summary.last)),
        ("change", number(summary.change)),
        ("low", number(summary.low)),
        ("high", number(summary.high)),
        ("mean", number(summary.mean)),
        ("deviation", number(summary.deviation)),
        ("trend", text(trend)),
        ("per_day", number(per_day)),
    ])
}

fn tell(problem: Problem) -> Answer {
    match problem {
        Problem::Refused(why) => Answer::error(502, &format!("Favo refused it: {why}")),
        Problem::Unreachable(why) => Answer::error(502, &format!("no market: {why}")),
        Problem::Status(status) => {
            Answer::error(502, &format!("the market answered with status {status}"))
        }
        Problem::Malformed(why) => Answer::error(422, &format!("no list of prices: {why}")),
    }
}

fn timed<T>(call: impl FnOnce() -> T) -> (T, u64) {
    let began = Instant::now();
    let result = call();
    (result, began.elapsed().as_nanos() as u64)
}

/// What a call takes, in ns: of a part that does nothing, of Go, of Python.
pub fn calls() -> Answer {
    Answer::json(200, object(&[
        ("yardstick", number(call_of(yardstick::ping, 100_000))),
        ("market", number(call_of(market::ping, 2_000))),
        ("analysis", number(call_of(analysis::ping, 500))),
    ]))
}

/// The least of some rounds: what comes in between makes a round longer, never shorter.
fn call_of(ping: impl Fn(u32) -> u32, count: u32) -> f64 {
    let round = |_| {
        // Each call needs the result of the one before, so none can be left out.
        let (last, nanoseconds) = timed(|| (0..count).fold(0, |n, _| ping(n)));
        assert_eq!(last, count);
        nanoseconds
    };
    let least = (0..5).map(round).min().unwrap();
    (10.0 * least as f64 / f64::from(count)).round() / 10.0
}

/// What each part may do, told by trying.
pub fn rights() -> Answer {
    let source = market::source();
    let accesses = [
        ("network", Access::Network(server_of(&source).into())),
        ("file", Access::File("/etc/hostname".into())),
        ("variable", Access::Variable("MARKET".into())),
    ];
    let rows = accesses.iter().map(|(kind, access)| {
        let target = match access {
            Access::Network(what) | Access::File(what) | Access::Variable(what) => what,
        };
        object(&[
            ("kind", text(kind)),
            ("target", text(target)),
            ("core", outcome(attempt(access))),
            ("network", outcome(market::attempt(access))),
            ("data", outcome(analysis::attempt(access))),
        ])
    });
    Answer::json(200, list(rows))
}

/// Has the Python part try to reach the network.
pub fn reach() -> Answer {
    let target = server_of(&market::source()).to_string();
    let said = analysis::attempt(&Access::Network(target.clone()));
    Answer::json(200, object(&[("target", text(&target)), ("data", outcome(said))]))
}

fn outcome(said: Result<String, String>) -> String {
    let allowed = said.is_ok();
    let said = said.unwrap_or_else(|refusal| refusal);
    object(&[("allowed", allowed.to_string()), ("said", text(&said))])
}

/// http://host:port of a URL.
fn server_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |slash| &url[..host + slash])
}
