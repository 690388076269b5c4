//! Calls every function of wasi:filesystem 0.2 and compares what it answers: the ordinary case,
//! each error code that can be provoked, and the refusal without a grant. The first argument
//! chooses:
//!
//!   grant      with a writable directory as the only preopen, empty
//!   readonly   with a read-only one that holds `file` ("text") and `dir`
//!   none       without a directory
//!   limit N    open files until it is refused: after N
//!
//! Prints what went wrong, and at the end how many checks there were. Exit code 1 when one failed.

use std::fmt::Debug;
use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    filesystem_error_code, Advice, Descriptor, DescriptorFlags, DescriptorType, ErrorCode,
    NewTimestamp, OpenFlags, PathFlags,
};
use wasip2::io::streams::StreamError;

static mut CHECKS: u32 = 0;
static mut FAILED: u32 = 0;

fn check<T: PartialEq + Debug>(what: &str, got: T, want: T) {
    unsafe {
        CHECKS += 1;
        if got != want {
            FAILED += 1;
            println!("FAILED {what}: got {got:?}, expected {want:?}");
        }
    }
}
macro_rules! same {
    ($got:expr, $want:expr) => {
        check(stringify!($got), $got, $want)
    };
}
/// The call succeeds: its value.
macro_rules! ok {
    ($call:expr) => {{
        let result = $call;
        check(stringify!($call), result.as_ref().err().map(|e| e.name()), None);
        result.expect("stops here")
    }};
}
/// The call fails with that code.
macro_rules! fails {
    ($code:ident, $call:expr) => {
        check(stringify!($call), $call.err(), Some(ErrorCode::$code))
    };
}

const NOFOLLOW: PathFlags = PathFlags::empty();
const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;
const READ: DescriptorFlags = DescriptorFlags::READ;
const WRITE: DescriptorFlags = DescriptorFlags::WRITE;
const MUTATE: DescriptorFlags = DescriptorFlags::MUTATE_DIRECTORY;
const CREATE: OpenFlags = OpenFlags::CREATE;
const PLAIN: OpenFlags = OpenFlags::empty();

fn open(dir: &Descriptor, path: &str, how: OpenFlags, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
    dir.open_at(NOFOLLOW, path, how, flags)
}
fn create(dir: &Descriptor, path: &str, contents: &[u8]) {
    let file = ok!(open(dir, path, CREATE | OpenFlags::TRUNCATE, READ | WRITE));
    same!(file.write(contents, 0), Ok(contents.len() as u64));
}
fn contents(dir: &Descriptor, path: &str) -> Vec<u8> {
    let file = ok!(dir.open_at(FOLLOW, path, PLAIN, READ));
    ok!(file.read(1000, 0)).0
}

fn files(dir: &Descriptor) {
    let file = ok!(open(dir, "file", CREATE | OpenFlags::EXCLUSIVE, READ | WRITE));
    fails!(Exist, open(dir, "file", CREATE | OpenFlags::EXCLUSIVE, READ));
    same!(file.get_type(), Ok(DescriptorType::RegularFile));
    same!(file.write(b"hello world", 0), Ok(11));
    same!(file.read(5, 6), Ok((b"world".to_vec(), false)));
    same!(file.read(100, 11), Ok((vec![], true)));
    same!(file.read(100, 1 << 40), Ok((vec![], true)));
    fails!(Invalid, file.read(1, u64::MAX));
    fails!(Invalid, file.write(b"x", u64::MAX));
    same!(file.write(b"!", 13), Ok(1));
    same!(file.read(100, 9), Ok((b"ld\0\0!".to_vec(), false)));
    let stat = ok!(file.stat());
    same!((stat.type_, stat.link_count, stat.size), (DescriptorType::RegularFile, 1, 14));
    same!(file.set_size(5), Ok(()));
    same!(ok!(file.stat()).size, 5);
    same!(file.set_size(7), Ok(()));
    same!(contents(dir, "file"), b"hello\0\0".to_vec());
    fails!(Invalid, file.set_size(u64::MAX));

    let at = |seconds, nanoseconds| NewTimestamp::Timestamp(Datetime { seconds, nanoseconds });
    same!(file.set_times(at(5, 6), at(7, 8)), Ok(()));
    let stat = ok!(file.stat());
    let seen = |time: Option<Datetime>| time.map(|t| (t.seconds, t.nanoseconds));
    same!(seen(stat.data_access_timestamp), Some((5, 6)));
    same!(seen(stat.data_modification_timestamp), Some((7, 8)));
    same!(stat.status_change_timestamp.is_some_and(|t| t.seconds > 1_600_000_000), true);
    same!(file.set_times(NewTimestamp::NoChange, NewTimestamp::Now), Ok(()));
    let stat = ok!(file.stat());
    same!(seen(stat.data_access_timestamp), Some((5, 6)));
    same!(stat.data_modification_timestamp.is_some_and(|t| t.seconds > 1_600_000_000), true);
    fails!(Invalid, file.set_times(at(0, 1_000_000_000), NewTimestamp::NoChange));
    fails!(Invalid, file.set_times(at(0, (1 << 30) - 1), NewTimestamp::NoChange));
    fails!(Overflow, file.set_times(at(u64::MAX, 0), NewTimestamp::NoChange));

    for advice in [Advice::Normal, Advice::Sequential, Advice::Random, Advice::WillNeed, Advice::DontNeed, Advice::NoReuse] {
        same!(file.advise(0, 100, advice), Ok(()));
    }
    same!(file.sync(), Ok(()));
    same!(file.sync_data(), Ok(()));

    let reader = ok!(open(dir, "file", PLAIN, READ));
    fails!(BadDescriptor, reader.write(b"x", 0));
    fails!(BadDescriptor, reader.write_via_stream(0));
    fails!(BadDescriptor, reader.append_via_stream());
    fails!(Invalid, reader.set_size(0));
    let writer = ok!(open(dir, "file", PLAIN, WRITE));
    fails!(BadDescriptor, writer.read(1, 0));
    fails!(BadDescriptor, writer.read_via_stream(0));
    same!(dir.unlink_file_at("file"), Ok(()));
    same!(file.write(b"gone", 0), Ok(4));
}

fn streams(dir: &Descriptor) {
    let file = ok!(open(dir, "file", CREATE, READ | WRITE));
    let out = ok!(file.write_via_stream(0));
    same!(out.blocking_write_and_flush(b"hello ").is_ok(), true);
    same!(out.check_write().is_ok_and(|n| n > 0), true);
    same!(out.write(b"world").is_ok(), true);
    same!(out.blocking_flush().is_ok(), true);
    let append = ok!(file.append_via_stream());
    same!(append.blocking_write_and_flush(b"!").is_ok(), true);
    let input = ok!(file.read_via_stream(6));
    same!(input.blocking_read(3).ok(), Some(b"wor".to_vec()));
    input.subscribe().block();
    same!(input.read(100).ok(), Some(b"ld!".to_vec()));
    same!(matches!(input.blocking_read(1), Err(StreamError::Closed)), true);
    let skipping = ok!(file.read_via_stream(0));
    same!(skipping.blocking_skip(6).ok(), Some(6));
    let copy = ok!(open(dir, "copy", CREATE, READ | WRITE));
    let copied = ok!(copy.write_via_stream(0));
    same!(copied.blocking_splice(&skipping, 100).ok(), Some(6));
    same!(copied.blocking_flush().is_ok(), true);
    same!(contents(dir, "copy"), b"world!".to_vec());
    // A dropped stream loses nothing.
    let dropped = ok!(file.write_via_stream(0));
    same!(dropped.check_write().is_ok(), true);
    same!(dropped.write(b"HELLO").is_ok(), true);
    drop(dropped);
    same!(contents(dir, "file"), b"HELLO world!".to_vec());
    let failing = ok!(file.write_via_stream(u64::MAX));
    match failing.blocking_write_and_flush(b"x") {
        Err(StreamError::LastOperationFailed(error)) => {
            same!(filesystem_error_code(&error), Some(ErrorCode::Invalid))
        }
        other => same!(format!("{other:?}"), String::from("a failure")),
    }
    // Long, and in the background.
    let bytes: Vec<u8> = (0..1_000_000u32).map(|i| (i * 7 + (i >> 11)) as u8).collect();
    let out = ok!(copy.write_via_stream(0));
    let mut left = &bytes[..];
    while !left.is_empty() {
        let room = out.check_write().unwrap_or(0) as usize;
        if room == 0 {
            out.subscribe().block();
            continue;
        }
        let (part, rest) = left.split_at(room.min(left.len()));
        same!(out.write(part).is_ok(), true);
        left = rest;
    }
    same!(out.blocking_flush().is_ok(), true);
    let input = ok!(copy.read_via_stream(0));
    let mut back = Vec::new();
    while let Ok(part) = input.blocking_read(100_000) {
        back.extend(part);
    }
    same!(back == bytes, true);
    same!(dir.unlink_file_at("file"), Ok(()));
    same!(dir.unlink_file_at("copy"), Ok(()));
}

fn flags(dir: &Descriptor) {
    same!(dir.get_flags(), Ok(READ | MUTATE));
    same!(dir.get_type(), Ok(DescriptorType::Directory));
    let told = |how, asked| ok!(open(dir, "file", how, asked)).get_flags();
    same!(told(CREATE, DescriptorFlags::empty()), Ok(READ | WRITE));
    same!(told(CREATE, WRITE), Ok(WRITE));
    same!(told(PLAIN, DescriptorFlags::empty()), Ok(READ));
    same!(told(OpenFlags::EXCLUSIVE, READ), Ok(READ));
    same!(told(OpenFlags::TRUNCATE, READ), Ok(READ | WRITE));
    for sync in [DescriptorFlags::FILE_INTEGRITY_SYNC, DescriptorFlags::DATA_INTEGRITY_SYNC, DescriptorFlags::REQUESTED_WRITE_SYNC] {
        same!(told(PLAIN, WRITE | sync), Ok(WRITE | sync));
    }
    same!(ok!(open(dir, ".", PLAIN, DescriptorFlags::empty())).get_flags(), Ok(READ));
    same!(ok!(open(dir, ".", OpenFlags::DIRECTORY, READ | MUTATE)).get_flags(), Ok(READ | MUTATE));
    same!(dir.unlink_file_at("file"), Ok(()));
}

fn paths(dir: &Descriptor) {
    create(dir, "file", b"text");
    same!(dir.create_directory_at("dir"), Ok(()));
    let sub = ok!(open(dir, "dir", OpenFlags::DIRECTORY, READ | MUTATE));
    fails!(Exist, dir.create_directory_at("dir"));
    fails!(NoEntry, dir.create_directory_at("none/dir"));
    fails!(NotDirectory, dir.create_directory_at("file/dir"));
    fails!(NoEntry, dir.create_directory_at(""));

    // Nothing leads out.
    same!(dir.symlink_at("..", "out"), Ok(()));
    same!(dir.symlink_at("dir/../../etc", "deep"), Ok(()));
    for path in ["..", "../x", "/", "/etc/passwd", "dir/../../x", "out", "out/x", "deep/x"] {
        let below = format!("{path}/x");
        fails!(NotPermitted, dir.open_at(FOLLOW, path, PLAIN, READ));
        fails!(NotPermitted, dir.stat_at(FOLLOW, path));
        fails!(NotPermitted, dir.metadata_hash_at(FOLLOW, path));
        fails!(NotPermitted, dir.set_times_at(FOLLOW, path, NewTimestamp::Now, NewTimestamp::Now));
        fails!(NotPermitted, dir.create_directory_at(&below));
        fails!(NotPermitted, dir.remove_directory_at(&below));
        fails!(NotPermitted, dir.unlink_file_at(&below));
        fails!(NotPermitted, dir.readlink_at(&below));
        fails!(NotPermitted, dir.symlink_at("x", &below));
        fails!(NotPermitted, dir.link_at(NOFOLLOW, "file", dir, &below));
        fails!(NotPermitted, dir.link_at(NOFOLLOW, &below, dir, "x"));
        fails!(NotPermitted, dir.rename_at("file", dir, &below));
        fails!(NotPermitted, dir.rename_at(&below, dir, "x"));
    }
    fails!(NotPermitted, dir.symlink_at("/etc/passwd", "x"));
    fails!(NotPermitted, sub.open_at(FOLLOW, "../file", PLAIN, READ));
    same!(dir.unlink_file_at("out"), Ok(()));
    same!(dir.unlink_file_at("deep"), Ok(()));

    fails!(NoEntry, open(dir, "none", PLAIN, READ));
    fails!(NoEntry, open(dir, "", PLAIN, READ));
    fails!(NotDirectory, open(dir, "file/", PLAIN, READ));
    fails!(NotDirectory, open(dir, "file/x", PLAIN, READ));
    fails!(NotDirectory, open(dir, "file", OpenFlags::DIRECTORY, READ));
    fails!(IsDirectory, open(dir, "dir", PLAIN, WRITE));
    fails!(Invalid, open(dir, "new", CREATE | OpenFlags::DIRECTORY, READ));
    fails!(Invalid, open(dir, "nul\0", PLAIN, READ));
    fails!(NameTooLong, open(dir, &"x".repeat(300), PLAIN, READ));

    // What is no directory has no paths, and what is one no bytes.
    let file = ok!(open(dir, "dir/..//file", PLAIN, READ));
    fails!(NotDirectory, open(&file, "x", PLAIN, READ));
    fails!(NotDirectory, file.stat_at(NOFOLLOW, "x"));
    fails!(NotDirectory, file.set_times_at(NOFOLLOW, "x", NewTimestamp::Now, NewTimestamp::Now));
    fails!(NotDirectory, file.create_directory_at("x"));
    fails!(NotDirectory, file.remove_directory_at("x"));
    fails!(NotDirectory, file.unlink_file_at("x"));
    fails!(NotDirectory, file.readlink_at("x"));
    fails!(NotDirectory, file.symlink_at("x", "y"));
    fails!(NotDirectory, file.link_at(NOFOLLOW, "x", dir, "y"));
    fails!(NotDirectory, dir.link_at(NOFOLLOW, "file", &file, "y"));
    fails!(NotDirectory, file.rename_at("x", dir, "y"));
    fails!(NotDirectory, dir.rename_at("file", &file, "y"));
    fails!(NotDirectory, file.metadata_hash_at(NOFOLLOW, "x"));
    fails!(NotDirectory, file.read_directory());
    fails!(IsDirectory, dir.read_via_stream(0));
    fails!(BadDescriptor, dir.write_via_stream(0));
    fails!(BadDescriptor, dir.append_via_stream());
    fails!(BadDescriptor, dir.read(1, 0));
    fails!(BadDescriptor, dir.write(b"x", 0));
    fails!(BadDescriptor, dir.set_size(0));
    fails!(BadDescriptor, dir.advise(0, 0, Advice::Normal));
    same!(dir.sync(), Ok(()));
    same!(dir.sync_data(), Ok(()));
    same!(ok!(dir.stat()).type_, DescriptorType::Directory);

    same!(dir.symlink_at("file", "link"), Ok(()));
    fails!(Exist, dir.symlink_at("file", "link"));
    fails!(NoEntry, dir.symlink_at("x", "none/link"));
    fails!(NoEntry, dir.symlink_at("", "link2"));
    fails!(Loop, open(dir, "link", PLAIN, READ));
    same!(contents(dir, "link"), b"text".to_vec());
    same!(ok!(dir.stat_at(NOFOLLOW, "link")).type_, DescriptorType::SymbolicLink);
    same!(ok!(dir.stat_at(FOLLOW, "link")).size, 4);
    same!(dir.readlink_at("link"), Ok(String::from("file")));
    fails!(Invalid, dir.readlink_at("file"));
    fails!(NoEntry, dir.readlink_at("none"));
    same!(dir.symlink_at("self", "self"), Ok(()));
    fails!(Loop, dir.open_at(FOLLOW, "self", PLAIN, READ));
    fails!(Loop, dir.stat_at(FOLLOW, "self"));
    same!(dir.unlink_file_at("self"), Ok(()));
    let at = NewTimestamp::Timestamp(Datetime { seconds: 9, nanoseconds: 0 });
    same!(dir.set_times_at(FOLLOW, "link", NewTimestamp::NoChange, at), Ok(()));
    let seconds = |flags, path| ok!(dir.stat_at(flags, path)).data_modification_timestamp.map(|t| t.seconds);
    same!(seconds(NOFOLLOW, "file"), Some(9));
    same!(seconds(NOFOLLOW, "link") == Some(9), false);
    same!(dir.set_times_at(NOFOLLOW, "link", NewTimestamp::NoChange, at), Ok(()));
    same!(seconds(NOFOLLOW, "link"), Some(9));
    fails!(NoEntry, dir.set_times_at(NOFOLLOW, "none", at, at));
    same!(dir.unlink_file_at("link"), Ok(()));

    same!(dir.link_at(NOFOLLOW, "file", &sub, "hard"), Ok(()));
    same!(ok!(file.stat()).link_count, 2);
    let hard = ok!(open(&sub, "hard", PLAIN, READ));
    same!(file.is_same_object(&hard), true);
    same!(file.is_same_object(dir), false);
    let hash = |a: &Descriptor| a.metadata_hash().map(|h| (h.lower, h.upper));
    same!(hash(&file) == hash(&hard), true);
    same!(hash(&file) == hash(dir), false);
    let by_path = ok!(dir.metadata_hash_at(NOFOLLOW, "file"));
    same!(hash(&file), Ok((by_path.lower, by_path.upper)));
    fails!(NoEntry, dir.metadata_hash_at(NOFOLLOW, "none"));
    fails!(Exist, dir.link_at(NOFOLLOW, "file", &sub, "hard"));
    fails!(NoEntry, dir.link_at(NOFOLLOW, "none", dir, "x"));
    for path in ["dir", "dir/", ".", "dir/..", "dir/."] {
        fails!(NotPermitted, dir.link_at(NOFOLLOW, path, dir, "x"));
    }
    fails!(Invalid, dir.link_at(FOLLOW, "file", dir, "x"));
    fails!(NoEntry, dir.link_at(NOFOLLOW, "file", dir, "x/"));

    same!(sub.rename_at("hard", dir, "moved"), Ok(()));
    fails!(NoEntry, sub.rename_at("hard", dir, "x"));
    fails!(IsDirectory, dir.rename_at("moved", dir, "dir"));
    fails!(NotDirectory, dir.rename_at("dir", dir, "moved"));
    fails!(Busy, dir.rename_at(".", dir, "x"));
    fails!(Invalid, dir.rename_at("dir", &sub, "x"));

    create(dir, "dir/inner", b"");
    fails!(NotEmpty, dir.remove_directory_at("dir"));
    fails!(NotDirectory, dir.remove_directory_at("file"));
    fails!(NoEntry, dir.remove_directory_at("none"));
    fails!(Invalid, dir.remove_directory_at("."));
    fails!(IsDirectory, dir.unlink_file_at("dir"));
    fails!(NoEntry, dir.unlink_file_at("none"));
    fails!(NotDirectory, dir.unlink_file_at("file/"));
    same!(sub.unlink_file_at("inner"), Ok(()));
    same!(dir.remove_directory_at("dir/"), Ok(()));
    same!(dir.unlink_file_at("moved"), Ok(()));
    same!(dir.unlink_file_at("file"), Ok(()));
}

fn names(dir: &Descriptor) -> Vec<(String, DescriptorType)> {
    let stream = ok!(dir.read_directory());
    let mut names = Vec::new();
    while let Some(entry) = ok!(stream.read_directory_entry()) {
        names.push((entry.name, entry.type_));
    }
    same!(ok!(stream.read_directory_entry()).is_none(), true);
    names.sort_by(|a, b| a.0.cmp(&b.0));
    names
}

fn listings(dir: &Descriptor) {
    same!(names(dir), vec![]);
    create(dir, "file", b"");
    same!(dir.create_directory_at("dir"), Ok(()));
    same!(dir.symlink_at("nowhere", "link"), Ok(()));
    let found = names(dir);
    let kinds = [("dir", DescriptorType::Directory), ("file", DescriptorType::RegularFile), ("link", DescriptorType::SymbolicLink)];
    same!(found, kinds.map(|(name, kind)| (String::from(name), kind)).to_vec());
    let sub = ok!(open(dir, "dir", OpenFlags::DIRECTORY, READ | MUTATE));
    for i in 0..1000 {
        ok!(open(&sub, &format!("file{i}"), CREATE, WRITE));
    }
    same!(names(&sub).len(), 1000);
    for i in 0..1000 {
        ok!(sub.unlink_file_at(&format!("file{i}")));
    }
    same!(dir.remove_directory_at("dir"), Ok(()));
    same!(dir.unlink_file_at("file"), Ok(()));
    same!(dir.unlink_file_at("link"), Ok(()));
}

fn readonly(dir: &Descriptor) {
    same!(dir.get_flags(), Ok(READ));
    same!(contents(dir, "file"), b"text".to_vec());
    same!(names(dir).len(), 2);
    let file = ok!(open(dir, "file", PLAIN, READ));
    let now = NewTimestamp::Now;
    fails!(ReadOnly, open(dir, "file", PLAIN, WRITE));
    fails!(ReadOnly, open(dir, "file", OpenFlags::TRUNCATE, READ));
    fails!(ReadOnly, open(dir, "new", CREATE, READ));
    fails!(ReadOnly, open(dir, ".", PLAIN, MUTATE));
    fails!(ReadOnly, dir.create_directory_at("new"));
    fails!(ReadOnly, dir.remove_directory_at("dir"));
    fails!(ReadOnly, dir.unlink_file_at("file"));
    fails!(ReadOnly, dir.symlink_at("x", "new"));
    fails!(ReadOnly, dir.link_at(NOFOLLOW, "file", dir, "new"));
    fails!(ReadOnly, dir.rename_at("file", dir, "new"));
    fails!(ReadOnly, dir.set_times(now, now));
    fails!(ReadOnly, dir.set_times_at(NOFOLLOW, "file", now, now));
    fails!(ReadOnly, file.set_times(now, now));
    fails!(ReadOnly, file.set_size(0));
    fails!(ReadOnly, file.write(b"x", 0));
    fails!(ReadOnly, file.write_via_stream(0));
    fails!(ReadOnly, file.append_via_stream());
    let sub = ok!(open(dir, "dir", OpenFlags::DIRECTORY, READ));
    fails!(ReadOnly, sub.create_directory_at("new"));
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = arguments.get(2).and_then(|text| text.parse().ok()).unwrap_or(0);
    let directories = get_directories();
    match (arguments.get(1).map(String::as_str), directories.first()) {
        (Some("grant"), Some((dir, name))) => {
            same!(name.as_str(), "/work");
            files(dir);
            streams(dir);
            flags(dir);
            paths(dir);
            listings(dir);
        }
        (Some("readonly"), Some((dir, _))) => readonly(dir),
        (Some("none"), None) => {
            same!(directories.len(), 0);
            same!(std::fs::read("/etc/passwd").is_err(), true);
        }
        (Some("limit"), Some((dir, _))) => {
            let mut open_files = Vec::new();
            while let Ok(file) = open(dir, "file", CREATE, READ) {
                open_files.push(file);
                if open_files.len() > number {
                    break;
                }
            }
            same!(open_files.len(), number);
            fails!(Quota, open(dir, "file", PLAIN, READ));
            fails!(Quota, dir.read_directory());
        }
        (_, dir) => same!(format!("{arguments:?} {}", dir.is_some()), String::from("a mode and its grant")),
    }
    unsafe {
        let (checks, failed) = (CHECKS, FAILED);
        println!("{} checks passed, {failed} failed", checks - failed);
        std::process::exit(if failed == 0 { 0 } else { 1 });
    }
}
