//! A command with the habits of the usual small tools.
//!
//!     echo WORDS…   prints them          cat        stdin to stdout, as it comes
//!     env           KEY=VALUE lines      exit N     ends with that code
//!     sleep MS      and then "awake"     fail       ends without success, in no particular way
//!     trap          aborts                  list DIR   names, sorted
//!     read FILE     to stdout               write FILE WORDS…   a line into it

use std::fs;
use std::io::{self, Read, Write};
use std::time::Duration;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["echo", ref rest @ ..] => println!("{}", rest.join(" ")),
        ["cat"] => cat().expect("cat"),
        ["env"] => {
            for (key, value) in std::env::vars() {
                println!("{key}={value}");
            }
        }
        // The standard library's `exit` tells the host success or failure, and no number.
        ["exit", code] => wasip2::cli::exit::exit_with_code(code.parse().expect("a number")),
        ["fail"] => std::process::exit(7),
        ["sleep", ms] => {
            std::thread::sleep(Duration::from_millis(ms.parse().expect("milliseconds")));
            println!("awake");
        }
        ["trap"] => panic!("asked to"),
        ["read", file] => or_fail(fs::read(file).and_then(|bytes| io::stdout().write_all(&bytes))),
        ["write", file, ref rest @ ..] => or_fail(fs::write(file, rest.join(" ") + "\n")),
        ["list", directory] => or_fail(list(directory)),
        _ => {
            eprintln!(
                "usage: echo WORDS… | cat | env | exit N | fail | sleep MS | trap | read FILE | \
                 write FILE WORDS… | list DIR"
            );
            std::process::exit(1);
        }
    }
}

fn list(directory: &str) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    names.iter().for_each(|name| println!("{name}"));
    Ok(())
}

fn or_fail(result: io::Result<()>) {
    if let Err(error) = result {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

// Each piece is passed on as soon as it is there, so that a pipe stays a pipe.
fn cat() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = input.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        output.write_all(&buffer[..n])?;
        output.flush()?;
    }
}
