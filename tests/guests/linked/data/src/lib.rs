//! Keeps books, and tells what it sees of its world.

use std::cell::{Cell, RefCell};

wit_bindgen::generate!({ world: "data", path: "../wit" });

use exports::demo::shelf::books::{Book, Guest as Books, GuestSearch, Problem};
use exports::demo::shelf::{left, right};

struct Data;

/// As many as fit on the shelf.
const ROOM: usize = 1000;

thread_local! {
    static SHELF: RefCell<Vec<Book>> = const { RefCell::new(Vec::new()) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

impl Books for Data {
    type Search = Search;

    fn add(title: String, tags: Vec<String>) -> Result<Book, Problem> {
        if title.is_empty() {
            return Err(Problem::Invalid("a book has a title".into()));
        }
        SHELF.with_borrow_mut(|shelf| {
            if shelf.len() == ROOM {
                return Err(Problem::Full);
            }
            let book = Book { id: shelf.len() as u32 + 1, title, tags };
            shelf.push(book.clone());
            Ok(book)
        })
    }

    fn get(id: u32) -> Result<Book, Problem> {
        SHELF.with_borrow(|shelf| {
            shelf.iter().find(|book| book.id == id).cloned().ok_or(Problem::Missing(id))
        })
    }

    fn fail() {
        panic!("asked to");
    }
}

struct Search {
    tag: String,
    at: Cell<usize>,
}

impl GuestSearch for Search {
    fn new(tag: String) -> Self {
        Search { tag, at: Cell::new(0) }
    }

    fn next(&self, most: u32) -> Vec<Book> {
        SHELF.with_borrow(|shelf| {
            let mut found = Vec::new();
            while self.at.get() < shelf.len() && found.len() < most as usize {
                let book = &shelf[self.at.get()];
                self.at.set(self.at.get() + 1);
                if book.tags.contains(&self.tag) {
                    found.push(book.clone());
                }
            }
            found
        })
    }
}

fn variable(name: String) -> Option<String> {
    std::env::var(name).ok()
}

fn file(path: String) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| error.kind().to_string())
}

fn count() -> u32 {
    CALLS.set(CALLS.get() + 1);
    CALLS.get()
}

impl left::Guest for Data {
    fn variable(name: String) -> Option<String> {
        variable(name)
    }
    fn file(path: String) -> Result<String, String> {
        file(path)
    }
    fn count() -> u32 {
        count()
    }
}

impl right::Guest for Data {
    fn variable(name: String) -> Option<String> {
        variable(name)
    }
    fn file(path: String) -> Result<String, String> {
        file(path)
    }
    fn count() -> u32 {
        count()
    }
}

export!(Data);
