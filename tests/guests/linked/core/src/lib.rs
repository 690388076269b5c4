//! Answers HTTP, with the help of the components that it is linked to.

use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

wit_bindgen::generate!({ world: "core", path: "../wit" });

use demo::shelf::books::{self, Book, Problem, Search};
use demo::shelf::{left, right};

struct Core;

impl wasip2::exports::http::incoming_handler::Guest for Core {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        // What the components are asked for lies behind the last slash: routes put things before.
        let text = match path.rsplit('/').next().unwrap_or_default() {
            "books" => shelf(),
            "problems" => problems(),
            "variable" => both(|left, right| {
                (show(left::variable(query), left), show(right::variable(query), right))
            }) + &format!("core: {}\n", show(std::env::var(query).ok(), "")),
            "file" => both(|left, right| {
                (show_result(left::file(query), left), show_result(right::file(query), right))
            }),
            "count" => format!("{} {}\n", left::count(), right::count()),
            "fail" => {
                books::fail();
                String::new()
            }
            _ => format!("core at {target}\n"),
        };
        reply(out, &text);
    }
}

/// Fills a shelf and searches it in steps.
fn shelf() -> String {
    let mut text = String::new();
    for (title, tags) in [
        ("Sertão", vec!["brasil", "romance"]),
        ("Honeycombs", vec!["nature"]),
        ("Dom Casmurro", vec!["romance"]),
        ("Iracema", vec!["brasil", "romance"]),
    ] {
        let tags: Vec<String> = tags.into_iter().map(String::from).collect();
        text += &format!("added {}\n", line(&books::add(title, &tags).unwrap()));
    }
    text += &format!("2 is {}\n", line(&books::get(2).unwrap()));
    let search = Search::new("romance");
    loop {
        let found = search.next(2);
        if found.is_empty() {
            break;
        }
        text += &format!("found {}\n", found.iter().map(line).collect::<Vec<_>>().join("; "));
    }
    text
}

fn line(book: &Book) -> String {
    format!("{} {} [{}]", book.id, book.title, book.tags.join(", "))
}

fn problems() -> String {
    let tell = |result: Result<Book, Problem>| match result {
        Ok(book) => line(&book),
        Err(Problem::Missing(id)) => format!("{id} is missing"),
        Err(Problem::Invalid(why)) => format!("invalid: {why}"),
        Err(Problem::Full) => "full".into(),
    };
    format!("{}\n{}\n", tell(books::get(7)), tell(books::add("", &[])))
}

fn both(ask: impl Fn(&str, &str) -> (String, String)) -> String {
    let (left, right) = ask("left", "right");
    format!("{left}\n{right}\n")
}

fn show(value: Option<String>, who: &str) -> String {
    let value = value.unwrap_or_else(|| "unset".into());
    if who.is_empty() { value } else { format!("{who}: {value}") }
}

fn show_result(value: Result<String, String>, who: &str) -> String {
    match value {
        Ok(text) => format!("{who}: {}", text.trim_end()),
        Err(error) => format!("{who}: {error}"),
    }
}

fn reply(out: ResponseOutparam, text: &str) {
    let headers = Fields::new();
    headers.append("content-type", b"text/plain; charset=utf-8").unwrap();
    let response = OutgoingResponse::new(headers);
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().unwrap();
    for chunk in text.as_bytes().chunks(4096) {
        stream.blocking_write_and_flush(chunk).unwrap();
    }
    drop(stream);
    OutgoingBody::finish(body, None).unwrap();
}

wasip2::http::proxy::export!(Core);
