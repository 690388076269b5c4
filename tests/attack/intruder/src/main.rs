//! A program that tries to leave the directory it was granted. A file `secret` lies beside that
//! directory, and what the program could learn or change outside it tells as `OUTSIDE …`.
//!
//!     escape       every way out that it knows, one after the other
//!     flip N       N times: `door` becomes a directory, then a link to the outside
//!     enter N      N times, meanwhile: reads and writes through `door`

use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (root, _) = get_directories().into_iter().next().expect("a directory");
    match words[..] {
        ["escape"] => escape(&root),
        ["flip", n] => flip(&root, n.parse().expect("a number")),
        ["enter", n] => enter(&root, n.parse().expect("a number")),
        _ => panic!("see the source"),
    }
}

/// What a file says, by any path.
fn read(root: &Descriptor, path: &str) -> Result<Vec<u8>, ErrorCode> {
    let file = root.open_at(FOLLOW, path, OpenFlags::empty(), DescriptorFlags::READ)?;
    Ok(file.read(1000, 0)?.0)
}

fn write(root: &Descriptor, path: &str) -> Result<(), ErrorCode> {
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let file = root.open_at(FOLLOW, path, OpenFlags::CREATE, flags)?;
    file.write(b"overwritten", 0)?;
    Ok(())
}

/// Counts an attempt, and tells when it was no failure.
struct Attempts(u32);

impl Attempts {
    fn refused<T>(&mut self, what: &str, result: Result<T, ErrorCode>) {
        self.0 += 1;
        if result.is_ok() {
            println!("OUTSIDE {what}");
        }
    }
}

const WAYS: &[&str] = &[
    "../secret",
    "./../secret",
    "inside/../../secret",
    "inside/deep/../../../secret",
    "/etc/passwd",
    "//etc/passwd",
    "../../../../../../../../etc/passwd",
    "inside/./../../secret",
    "up/secret",
    "up/../secret",
    "relative",
    "chain",
    "inside/back/../secret",
    "proc/self/root/etc/passwd",
    "/proc/self/root/etc/passwd",
    "/proc/self/cwd/secret",
    "/dev/fd/0",
    "loop",
    "..",
    "inside/../..",
    "up",
    "up/",
    "",
    "../d-neighbour/secret",
    "inside\0/../../secret",
];

fn escape(root: &Descriptor) {
    let mut attempts = Attempts(0);
    let _ = root.create_directory_at("inside");
    let _ = root.create_directory_at("inside/deep");
    // The links that it may make; an absolute one it may not.
    for (target, link) in [
        ("..", "up"),
        ("../secret", "relative"),
        ("relative", "chain"),
        ("loop", "loop"),
        ("../..", "inside/back"),
        ("../../proc", "proc"),
    ] {
        let _ = root.symlink_at(target, link);
    }
    attempts.refused("an absolute link", root.symlink_at("/etc/passwd", "absolute"));
    for way in WAYS {
        attempts.refused(&format!("read {way:?}"), read(root, way));
        attempts.refused(&format!("wrote {way:?}"), write(root, way));
        if !["loop", "relative", "chain", "up"].contains(way) {
            attempts.refused(&format!("looked at {way:?}"), root.stat_at(PathFlags::empty(), way));
        }
        attempts.refused(&format!("looked through {way:?}"), root.stat_at(FOLLOW, way));
        attempts.refused(&format!("made {way:?}"), root.create_directory_at(way));
        attempts.refused(&format!("hashed {way:?}"), root.metadata_hash_at(FOLLOW, way));
        attempts.refused(
            &format!("renamed to {way:?}/stolen"),
            root.rename_at("inside", root, &format!("{way}/stolen")),
        );
        attempts.refused(
            &format!("linked from {way:?}"),
            root.link_at(FOLLOW, way, root, "hard"),
        );
    }
    // An open directory is no way up either.
    let flags = DescriptorFlags::READ;
    let deep = root.open_at(PathFlags::empty(), "inside/deep", OpenFlags::DIRECTORY, flags);
    let deep = deep.expect("what was just made");
    for way in ["..", "../..", "../../../secret", "../../file"] {
        attempts.refused(&format!("read deep {way:?}"), read(&deep, way));
        attempts.refused(&format!("opened deep {way:?}"), deep.open_at(FOLLOW, way, OpenFlags::DIRECTORY, flags));
    }
    println!("{} attempts", attempts.0);
}

fn flip(root: &Descriptor, n: u32) {
    let _ = root.symlink_at("..", "out");
    let _ = root.create_directory_at("room");
    let _ = write(root, "room/secret");
    for _ in 0..n {
        let _ = root.rename_at("room", root, "door");
        let _ = root.rename_at("door", root, "room");
        let _ = root.rename_at("out", root, "door");
        let _ = root.rename_at("door", root, "out");
    }
    println!("flipped");
}

fn enter(root: &Descriptor, n: u32) {
    let (mut inside, mut refused) = (0, 0);
    for i in 0..n {
        let way = ["door/secret", "door/../door/secret", "door/./secret"][i as usize % 3];
        match read(root, way) {
            Ok(bytes) if bytes == b"overwritten" => inside += 1,
            Ok(bytes) => println!("OUTSIDE {:?}", String::from_utf8_lossy(&bytes)),
            Err(_) => refused += 1,
        }
        let _ = write(root, "door/trace");
        let _ = root.unlink_file_at("door/victim");
        let _ = root.create_directory_at("door/made");
        let _ = root.remove_directory_at("door/made");
    }
    println!("inside {inside}, refused {refused}");
}
