//! Calls every function of WASI preview 1 and compares what it answers: the ordinary case, each
//! errno that can be provoked, and the refusal without a grant. The first argument chooses:
//!
//!   grant      with a writable directory as the first preopen, empty, and K=V in the environment
//!   readonly   with a read-only one that holds `file` ("text") and `dir`
//!   none       without a directory
//!   limit N    open files until it is refused: after N
//!   exit N     ends with that code
//!   terminals N  which standard streams are terminals: the sum of 1 for input, 2, 4
//!   again      with standard input that neither ends nor brings anything
//!
//! Prints what went wrong, and at the end how many checks there were. Exit code 1 when one failed.

#![allow(unused_unsafe)]

mod abi;
use abi::*;

static mut CHECKS: u32 = 0;
static mut FAILED: u32 = 0;

fn check(what: &str, got: i64, want: i64) {
    unsafe {
        CHECKS += 1;
        if got != want {
            FAILED += 1;
            println!("FAILED {what}: got {got}, expected {want}");
        }
    }
}
/// `is!(errno, call)`: the call, spelled out in the message, answers that errno.
macro_rules! is {
    ($want:expr, $call:expr) => {
        check(stringify!($call), unsafe { $call } as i64, $want as i64)
    };
}
macro_rules! same {
    ($a:expr, $b:expr) => {
        check(concat!(stringify!($a), " == ", stringify!($b)), ($a) as i64, ($b) as i64)
    };
}

const DIR: u32 = 3;
/// Built as a component, by the adapter, which does some things in its own way.
const ADAPTED: bool = cfg!(target_env = "p2");

fn open(path: &str, oflags: u32, rights: u64, fdflags: u32) -> Result<u32, i32> {
    open_at(DIR, 0, path, oflags, rights, fdflags)
}
fn open_at(dir: u32, look: u32, path: &str, oflags: u32, rights: u64, fdflags: u32) -> Result<u32, i32> {
    let mut fd = 0;
    match unsafe { path_open(dir, look, path.as_ptr(), path.len(), oflags, rights, rights, fdflags, &mut fd) } {
        SUCCESS => Ok(fd),
        errno => Err(errno),
    }
}
fn errno<T>(result: Result<T, i32>) -> i32 {
    result.err().unwrap_or(SUCCESS)
}
fn iov(bytes: &[u8]) -> Iovec {
    Iovec { buf: bytes.as_ptr() as *mut u8, len: bytes.len() }
}
fn write(fd: u32, bytes: &[u8]) -> i32 {
    let mut n = 0;
    let result = unsafe { fd_write(fd, &iov(bytes), 1, &mut n) };
    if result == SUCCESS && n != bytes.len() { -1 } else { result }
}
fn pwrite(fd: u32, bytes: &[u8], offset: u64) -> i32 {
    unsafe { fd_pwrite(fd, &iov(bytes), 1, offset, &mut 0) }
}
fn read(fd: u32, size: usize) -> Result<Vec<u8>, i32> {
    let mut buf = vec![0; size];
    let mut n = 0;
    match unsafe { fd_read(fd, &iov(&buf), 1, &mut n) } {
        SUCCESS => {
            buf.truncate(n);
            Ok(buf)
        }
        errno => Err(errno),
    }
}
fn pread(fd: u32, size: usize, offset: u64) -> Result<Vec<u8>, i32> {
    let mut buf = vec![0; size];
    let mut n = 0;
    match unsafe { fd_pread(fd, &iov(&buf), 1, offset, &mut n) } {
        SUCCESS => {
            buf.truncate(n);
            Ok(buf)
        }
        errno => Err(errno),
    }
}
fn seek(fd: u32, delta: i64, whence: u32) -> Result<u64, i32> {
    let mut at = 0;
    match unsafe { fd_seek(fd, delta, whence, &mut at) } {
        SUCCESS => Ok(at),
        errno => Err(errno),
    }
}
fn stat_at(look: u32, path: &str) -> Result<Filestat, i32> {
    let mut stat = Filestat::default();
    match unsafe { path_filestat_get(DIR, look, path.as_ptr(), path.len(), &mut stat) } {
        SUCCESS => Ok(stat),
        errno => Err(errno),
    }
}
fn stat(fd: u32) -> Result<Filestat, i32> {
    let mut stat = Filestat::default();
    match unsafe { fd_filestat_get(fd, &mut stat) } {
        SUCCESS => Ok(stat),
        errno => Err(errno),
    }
}
fn mkdir(path: &str) -> i32 {
    unsafe { path_create_directory(DIR, path.as_ptr(), path.len()) }
}
fn rmdir(path: &str) -> i32 {
    unsafe { path_remove_directory(DIR, path.as_ptr(), path.len()) }
}
fn unlink(path: &str) -> i32 {
    unsafe { path_unlink_file(DIR, path.as_ptr(), path.len()) }
}
fn rename(from: &str, to: &str) -> i32 {
    unsafe { path_rename(DIR, from.as_ptr(), from.len(), DIR, to.as_ptr(), to.len()) }
}
fn link(from: &str, to: &str, flags: u32) -> i32 {
    unsafe { path_link(DIR, flags, from.as_ptr(), from.len(), DIR, to.as_ptr(), to.len()) }
}
fn symlink(target: &str, path: &str) -> i32 {
    unsafe { path_symlink(target.as_ptr(), target.len(), DIR, path.as_ptr(), path.len()) }
}
fn readlink(path: &str, size: usize) -> Result<Vec<u8>, i32> {
    let mut buf = vec![0; size];
    let mut n = 0;
    match unsafe { path_readlink(DIR, path.as_ptr(), path.len(), buf.as_mut_ptr(), size, &mut n) } {
        SUCCESS => {
            buf.truncate(n);
            Ok(buf)
        }
        errno => Err(errno),
    }
}
fn set_times_at(look: u32, path: &str, atim: u64, mtim: u64, flags: u32) -> i32 {
    unsafe { path_filestat_set_times(DIR, look, path.as_ptr(), path.len(), atim, mtim, flags) }
}
fn create(path: &str, contents: &[u8]) {
    let fd = open(path, CREAT | TRUNC, READ | WRITE, 0).unwrap_or(u32::MAX);
    is!(SUCCESS, write(fd, contents));
    is!(SUCCESS, fd_close(fd));
}

/// Names and cookies after them.
fn list(fd: u32, from: u64, size: usize) -> Result<(Vec<(String, u64, u8)>, bool), i32> {
    let mut buf = vec![0u8; size];
    let mut used = 0;
    match unsafe { fd_readdir(fd, buf.as_mut_ptr(), size, from, &mut used) } {
        SUCCESS => {}
        errno => return Err(errno),
    }
    let (mut entries, mut at) = (Vec::new(), 0);
    while at + 24 <= used {
        let next = u64::from_le_bytes(buf[at..at + 8].try_into().unwrap());
        let length = u32::from_le_bytes(buf[at + 16..at + 20].try_into().unwrap()) as usize;
        if at + 24 + length > used {
            break;
        }
        let name = String::from_utf8_lossy(&buf[at + 24..at + 24 + length]).into_owned();
        entries.push((name, next, buf[at + 20]));
        at += 24 + length;
    }
    Ok((entries, used < size))
}

fn process() {
    let (mut count, mut size) = (0, 0);
    is!(SUCCESS, args_sizes_get(&mut count, &mut size));
    let mut pointers = vec![std::ptr::null_mut(); count];
    let mut bytes = vec![0u8; size];
    is!(SUCCESS, args_get(pointers.as_mut_ptr(), bytes.as_mut_ptr()));
    same!(bytes.ends_with(b"grant\0"), true);
    same!(pointers[0] == bytes.as_mut_ptr(), true);
    is!(SUCCESS, environ_sizes_get(&mut count, &mut size));
    same!(count, 1);
    same!(size, 4);
    let mut pointers = vec![std::ptr::null_mut(); count];
    let mut bytes = vec![0u8; size];
    is!(SUCCESS, environ_get(pointers.as_mut_ptr(), bytes.as_mut_ptr()));
    same!(bytes == b"K=V\0", true);

    let (mut a, mut b) = (0u64, 0u64);
    is!(SUCCESS, clock_res_get(0, &mut a));
    is!(SUCCESS, clock_res_get(1, &mut b));
    same!(a > 0 && b > 0, true);
    is!(SUCCESS, clock_time_get(0, 0, &mut a));
    same!(a > 1_600_000_000_000_000_000, true);
    is!(SUCCESS, clock_time_get(1, 0, &mut a));
    is!(SUCCESS, clock_time_get(1, 0, &mut b));
    same!(b >= a, true);

    let mut random = [0u8; 64];
    is!(SUCCESS, random_get(random.as_mut_ptr(), 64));
    same!(random.iter().any(|&byte| byte != 0), true);
    let mut much = vec![0u8; 6_000_000];
    is!(SUCCESS, random_get(much.as_mut_ptr(), if ADAPTED { 100_000 } else { much.len() }));
    same!(much[..100_000].chunks(1000).all(|part| part.iter().any(|&byte| byte != 0)), true);
    same!(much[5_900_000..].iter().any(|&byte| byte != 0), !ADAPTED);
    is!(SUCCESS, random_get(much.as_mut_ptr(), 0));
    is!(SUCCESS, sched_yield());
}

fn sockets() {
    // No descriptor is a socket; what is not open is not even that.
    if ADAPTED {
        return; // The adapter traps.
    }
    is!(BADF, sock_accept(99, 0, &mut 0));
    is!(BADF, sock_recv(99, &iov(&[0]), 1, 0, &mut 0, &mut 0));
    is!(BADF, sock_send(99, &iov(&[0]), 1, 0, &mut 0));
    is!(BADF, sock_shutdown(99, 1));
    is!(NOTSOCK, sock_shutdown(1, 1));
}

fn files() {
    let fd = open("file", CREAT | EXCL, READ | WRITE, 0).unwrap_or(99);
    same!(fd > 3, true);
    is!(EXIST, errno(open("file", CREAT | EXCL, READ, 0)));
    is!(SUCCESS, write(fd, b"hello world"));
    let mut at = 0;
    is!(SUCCESS, fd_tell(fd, &mut at));
    same!(at, 11);
    same!(seek(fd, 6, 0).unwrap_or(0), 6);
    same!(read(fd, 100) == Ok(b"world".to_vec()), true);
    same!(read(fd, 100) == Ok(vec![]), true);
    same!(seek(fd, -5, 1).unwrap_or(0), 6);
    same!(seek(fd, -1, 2).unwrap_or(0), 10);
    is!(INVAL, errno(seek(fd, -1, 0)));
    is!(INVAL, errno(seek(fd, -100, 1)));
    is!(INVAL, errno(seek(fd, -100, 2)));
    same!(seek(fd, 1000, 0).unwrap_or(0), 1000);
    same!(read(fd, 1) == Ok(vec![]), true);

    // Several buffers, empty ones among them.
    let (mut one, mut two) = ([0u8; 2], [0u8; 3]);
    let parts = [iov(&[]), Iovec { buf: one.as_mut_ptr(), len: 2 }, Iovec { buf: two.as_mut_ptr(), len: 3 }];
    let mut n = 0;
    same!(seek(fd, 0, 0).unwrap_or(9), 0);
    while n < 2 {
        is!(SUCCESS, fd_read(fd, parts.as_ptr(), 3, &mut n));
    }
    same!(&one == b"he", true);
    is!(SUCCESS, fd_read(fd, parts.as_ptr(), 0, &mut n));
    same!(n, 0);
    same!(seek(fd, 0, 0).unwrap_or(9), 0);
    is!(SUCCESS, fd_write(fd, [iov(b""), iov(b"HE")].as_ptr(), 2, &mut n));
    same!(n, 2);

    same!(pread(fd, 5, 6) == Ok(b"world".to_vec()), true);
    is!(SUCCESS, pwrite(fd, b"WORLD", 6));
    same!(pread(fd, 100, 0) == Ok(b"HEllo WORLD".to_vec()), true);
    same!(pread(fd, 5, 100) == Ok(vec![]), true);
    is!(SUCCESS, fd_tell(fd, &mut at));
    same!(at, 2);

    same!(stat(fd).map(|s| (s.size, s.filetype, s.nlink)) == Ok((11, 4, 1)), true);
    is!(SUCCESS, fd_filestat_set_size(fd, 5));
    same!(stat(fd).map_or(0, |s| s.size), 5);
    is!(SUCCESS, fd_filestat_set_size(fd, 20));
    same!(pread(fd, 100, 4) == Ok(b"o\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec()), true);
    is!(INVAL, fd_filestat_set_size(fd, u64::MAX));
    is!(SUCCESS, fd_filestat_set_times(fd, 1_000_000_007, 2_000_000_009, 5));
    same!(stat(fd).map(|s| (s.atim, s.mtim)) == Ok((1_000_000_007, 2_000_000_009)), true);
    is!(SUCCESS, fd_filestat_set_times(fd, 0, 0, 8));
    same!(stat(fd).map(|s| s.atim == 1_000_000_007 && s.mtim > 1_600_000_000_000_000_000) == Ok(true), true);
    is!(INVAL, fd_filestat_set_times(fd, 0, 0, 3));
    is!(INVAL, fd_filestat_set_times(fd, 0, 0, 12));
    for advice in 0..6 {
        is!(SUCCESS, fd_advise(fd, 0, 10, advice));
    }
    // Through the adapter nothing can be allocated.
    match unsafe { fd_allocate(fd, 0, 100) } {
        SUCCESS => same!(stat(fd).map_or(0, |s| s.size), 100),
        errno => same!(errno, NOTSUP),
    }
    is!(SUCCESS, fd_sync(fd));
    is!(SUCCESS, fd_datasync(fd));

    let mut fdstat = Fdstat::default();
    is!(SUCCESS, fd_fdstat_get(fd, &mut fdstat));
    same!(fdstat.filetype, 4);
    same!(fdstat.flags, 0);
    same!(fdstat.base & (READ | WRITE), READ | WRITE);
    is!(SUCCESS, fd_fdstat_set_flags(fd, APPEND));
    is!(SUCCESS, fd_fdstat_get(fd, &mut fdstat));
    same!(fdstat.flags, APPEND);
    is!(SUCCESS, fd_fdstat_set_flags(fd, 0));
    is!(INVAL, fd_fdstat_set_flags(fd, 1 << 4));
    is!(SUCCESS, fd_close(fd));
    is!(BADF, fd_close(fd));

    let append = open("file", TRUNC, READ | WRITE, APPEND).unwrap_or(99);
    is!(SUCCESS, write(append, b"one"));
    same!(seek(append, 0, 0).unwrap_or(9), 0);
    is!(SUCCESS, write(append, b"two"));
    same!(pread(append, 100, 0) == Ok(b"onetwo".to_vec()), true);
    is!(SUCCESS, fd_close(append));

    let reader = open("file", 0, READ, 0).unwrap_or(99);
    is!(BADF, write(reader, b"x"));
    is!(SUCCESS, fd_close(reader));
    let writer = open("file", 0, WRITE, 0).unwrap_or(99);
    is!(BADF, errno(read(writer, 1)));
    is!(SUCCESS, fd_close(writer));
    is!(SUCCESS, unlink("file"));
}

/// What a descriptor may do can be given up and not taken back.
fn rights() {
    let fd = open("file", CREAT, READ | WRITE, 0).unwrap_or(99);
    is!(SUCCESS, write(fd, b"text"));
    let base_of = |fd| {
        let mut stat = Fdstat::default();
        is!(SUCCESS, fd_fdstat_get(fd, &mut stat));
        (stat.base, stat.inheriting)
    };
    let (base, inheriting) = base_of(fd);
    if ADAPTED {
        // The adapter keeps none.
        is!(NOTSUP, fd_fdstat_set_rights(fd, base, inheriting));
        is!(SUCCESS, fd_close(fd));
        is!(SUCCESS, unlink("file"));
        return;
    }
    is!(SUCCESS, fd_fdstat_set_rights(fd, base, inheriting));
    is!(NOTCAPABLE, fd_fdstat_set_rights(fd, base | OPEN, inheriting));
    is!(SUCCESS, fd_fdstat_set_rights(fd, base & !WRITE, inheriting));
    same!(base_of(fd).0 & (READ | WRITE), READ);
    is!(NOTCAPABLE, fd_fdstat_set_rights(fd, base, inheriting));
    is!(BADF, write(fd, b"x"));
    is!(BADF, pwrite(fd, b"x", 0));
    same!(pread(fd, 9, 0) == Ok(b"text".to_vec()), true);
    // One by one, the call that needs it.
    let mut left = base & !WRITE;
    let mut give_up = |right: u64| {
        left &= !right;
        is!(SUCCESS, fd_fdstat_set_rights(fd, left, inheriting));
    };
    give_up(SEEK);
    is!(NOTCAPABLE, errno(seek(fd, 1, 0)));
    is!(NOTCAPABLE, errno(pread(fd, 1, 0)));
    is!(SUCCESS, fd_tell(fd, &mut 0));
    give_up(TELL);
    is!(NOTCAPABLE, fd_tell(fd, &mut 0));
    give_up(FDSTAT_SET_FLAGS);
    is!(NOTCAPABLE, fd_fdstat_set_flags(fd, 0));
    give_up(SYNC | DATASYNC);
    is!(NOTCAPABLE, fd_sync(fd));
    is!(NOTCAPABLE, fd_datasync(fd));
    give_up(ADVISE | ALLOCATE);
    is!(NOTCAPABLE, fd_advise(fd, 0, 0, 0));
    is!(NOTCAPABLE, fd_allocate(fd, 0, 1));
    give_up(FILESTAT_GET);
    is!(NOTCAPABLE, errno(stat(fd)));
    give_up(FILESTAT_SET_SIZE | FILESTAT_SET_TIMES);
    is!(NOTCAPABLE, fd_filestat_set_size(fd, 0));
    is!(NOTCAPABLE, fd_filestat_set_times(fd, 0, 0, 5));
    give_up(POLL);
    let readable = Subscription { userdata: 1, tag: 1, id: fd as u64, ..Default::default() };
    let mut event = Event::default();
    is!(SUCCESS, poll_oneoff(&readable, &mut event, 1, &mut 0));
    same!(event.error as i32, NOTCAPABLE);
    give_up(READ);
    is!(BADF, errno(read(fd, 1)));
    is!(SUCCESS, fd_close(fd));

    // A directory: what it may do itself, and what it hands on.
    let dir = open(".", DIRECTORY, 0, 0).unwrap_or(99);
    let (base, inheriting) = base_of(dir);
    is!(SUCCESS, fd_fdstat_set_rights(dir, base, inheriting & !WRITE));
    is!(NOTCAPABLE, errno(open_at(dir, 0, "file", 0, READ | WRITE, 0)));
    let below = open_at(dir, 0, ".", DIRECTORY, 0, 0).unwrap_or(99);
    is!(NOTCAPABLE, errno(open_at(below, 0, "file", 0, WRITE, 0)));
    is!(SUCCESS, errno(open_at(below, 0, "file", 0, READ, 0).map(|fd| unsafe { fd_close(fd) })));
    is!(SUCCESS, fd_fdstat_set_rights(dir, OPEN, inheriting & !WRITE));
    let (x, mut n, mut buf) = ("x", 0, [0u8; 100]);
    let at = (x.as_ptr(), 1);
    is!(NOTCAPABLE, path_create_directory(dir, at.0, at.1));
    is!(NOTCAPABLE, path_remove_directory(dir, at.0, at.1));
    is!(NOTCAPABLE, path_unlink_file(dir, at.0, at.1));
    is!(NOTCAPABLE, path_link(dir, 0, at.0, at.1, DIR, at.0, at.1));
    is!(NOTCAPABLE, path_link(DIR, 0, at.0, at.1, dir, at.0, at.1));
    is!(NOTCAPABLE, path_rename(dir, at.0, at.1, DIR, at.0, at.1));
    is!(NOTCAPABLE, path_rename(DIR, at.0, at.1, dir, at.0, at.1));
    is!(NOTCAPABLE, path_symlink(at.0, at.1, dir, at.0, at.1));
    is!(NOTCAPABLE, path_readlink(dir, at.0, at.1, buf.as_mut_ptr(), 100, &mut n));
    is!(NOTCAPABLE, path_filestat_get(dir, 0, at.0, at.1, &mut Filestat::default()));
    is!(NOTCAPABLE, path_filestat_set_times(dir, 0, at.0, at.1, 0, 0, 5));
    is!(NOTCAPABLE, errno(list(dir, 0, 100)));
    is!(NOTCAPABLE, errno(open_at(dir, 0, "new", CREAT, READ, 0)));
    is!(NOTCAPABLE, errno(open_at(dir, 0, "file", TRUNC, READ, 0)));
    is!(NOTCAPABLE, errno(open_at(dir, 0, "file", 0, READ, 1 << 4)));
    is!(SUCCESS, errno(open_at(dir, 0, "file", 0, READ, 0).map(|fd| unsafe { fd_close(fd) })));
    is!(SUCCESS, fd_fdstat_set_rights(dir, 0, 0));
    is!(NOTCAPABLE, errno(open_at(dir, 0, "file", 0, 0, 0)));
    is!(SUCCESS, fd_close(dir));
    is!(SUCCESS, fd_close(below));
    is!(SUCCESS, unlink("file"));
}

/// Through a directory that was opened, what the grant allows is asked for as through the grant.
fn inherited() {
    is!(SUCCESS, mkdir("sub"));
    let sub = open("sub", DIRECTORY, 0, 0).unwrap_or(99);
    let mut stat = Fdstat::default();
    is!(SUCCESS, fd_fdstat_get(sub, &mut stat));
    same!(stat.inheriting & (READ | WRITE), READ | WRITE);
    same!(stat.base & SEEK == 0 || ADAPTED, true);
    let file = open_at(sub, 0, "file", CREAT, READ | WRITE, 0).unwrap_or(99);
    is!(SUCCESS, write(file, b"x"));
    is!(SUCCESS, fd_close(file));
    is!(SUCCESS, fd_close(sub));
    is!(SUCCESS, unlink("sub/file"));
    is!(SUCCESS, rmdir("sub"));
}

fn long_transfers() {
    let bytes: Vec<u8> = (0..1_500_000u32).map(|i| (i * 7 + (i >> 11)) as u8).collect();
    let fd = open("long", CREAT, READ | WRITE, 0).unwrap_or(99);
    let mut written = 0;
    while written < bytes.len() {
        let mut n = 0;
        is!(SUCCESS, fd_write(fd, &iov(&bytes[written..]), 1, &mut n));
        if n == 0 {
            break;
        }
        written += n;
    }
    same!(seek(fd, 0, 0).unwrap_or(9), 0);
    let mut back = Vec::new();
    while let Ok(part) = read(fd, 1_000_000) {
        if part.is_empty() {
            break;
        }
        back.extend(part);
    }
    same!(back == bytes, true);
    is!(SUCCESS, fd_close(fd));
    is!(SUCCESS, unlink("long"));
}

fn descriptors() {
    for fd in [99, u32::MAX] {
        let mut fdstat = Fdstat::default();
        is!(BADF, fd_advise(fd, 0, 0, 0));
        is!(BADF, fd_allocate(fd, 0, 1));
        is!(BADF, fd_close(fd));
        is!(BADF, fd_datasync(fd));
        is!(BADF, fd_fdstat_get(fd, &mut fdstat));
        is!(BADF, fd_fdstat_set_flags(fd, 0));
        is!(BADF, fd_fdstat_set_rights(fd, 0, 0));
        is!(BADF, errno(stat(fd)));
        is!(BADF, fd_filestat_set_size(fd, 0));
        is!(BADF, fd_filestat_set_times(fd, 0, 0, 0));
        is!(BADF, errno(pread(fd, 1, 0)));
        is!(BADF, fd_prestat_get(fd, &mut [0; 2]));
        is!(BADF, pwrite(fd, b"x", 0));
        is!(BADF, errno(read(fd, 1)));
        is!(BADF, errno(list(fd, 0, 100)));
        is!(BADF, fd_renumber(fd, 1));
        is!(BADF, fd_renumber(1, fd));
        is!(BADF, errno(seek(fd, 0, 0)));
        is!(BADF, fd_sync(fd));
        is!(BADF, fd_tell(fd, &mut 0));
        is!(BADF, write(fd, b"x"));
        is!(BADF, errno(open_at(fd, 0, "x", 0, READ, 0)));
    }
    // A directory is no file.
    is!(BADF, errno(read(DIR, 1)));
    is!(BADF, write(DIR, b"x"));
    is!(BADF, errno(seek(DIR, 0, 1)));
    is!(BADF, fd_tell(DIR, &mut 0));
    is!(BADF, fd_filestat_set_size(DIR, 0));
    is!(BADF, fd_advise(DIR, 0, 0, 0));
    is!(BADF, fd_allocate(DIR, 0, 1));
    same!(stat(DIR).map_or(0, |s| s.filetype), 3);
    // A stream is no file either.
    is!(SPIPE, errno(seek(1, 0, 1)));
    is!(SPIPE, fd_tell(1, &mut 0));
    is!(SUCCESS, errno(stat(1)));
    // No terminal, as far as anyone can tell.
    let mut fdstat = Fdstat::default();
    is!(SUCCESS, fd_fdstat_get(1, &mut fdstat));
    same!(fdstat.filetype, 0);
    same!(fdstat.base & (READ | WRITE | SEEK | TELL), WRITE);
    is!(SUCCESS, fd_fdstat_get(0, &mut fdstat));
    same!(fdstat.base & (READ | WRITE | SEEK | TELL), READ);
    if !ADAPTED {
        // Input has ended, so that it need not be waited for.
        is!(SUCCESS, fd_fdstat_set_flags(0, NONBLOCK));
        is!(SUCCESS, fd_fdstat_get(0, &mut fdstat));
        same!(fdstat.flags as u32, NONBLOCK);
        same!(read(0, 1) == Ok(vec![]), true);
        let ended = Subscription { userdata: 5, tag: 1, id: 0, ..Default::default() };
        let (mut event, mut n) = (Event::default(), 0);
        is!(SUCCESS, poll_oneoff(&ended, &mut event, 1, &mut n));
        same!((event.userdata, event.nbytes, event.flags) == (5, 0, 1), true);
        // What is no directory has nothing below it.
        let file = open("file", CREAT, READ, 0).unwrap_or(99);
        is!(NOTDIR, path_unlink_file(file, "x".as_ptr(), 1));
        is!(NOTDIR, path_filestat_get(file, 0, "x".as_ptr(), 1, &mut Filestat::default()));
        is!(BADF, write(file, b"to create is not to write"));
        is!(SUCCESS, fd_close(file));
        is!(SUCCESS, unlink("file"));
    }
    is!(SUCCESS, write(2, b""));

    let mut prestat = [9; 2];
    is!(SUCCESS, fd_prestat_get(DIR, &mut prestat));
    same!(prestat[0], 0);
    let mut name = vec![0; prestat[1] as usize];
    is!(NAMETOOLONG, fd_prestat_dir_name(DIR, name.as_mut_ptr(), name.len() - 1));
    is!(SUCCESS, fd_prestat_dir_name(DIR, name.as_mut_ptr(), name.len()));
    same!(name == b"/work", true);
    is!(BADF, fd_prestat_get(1, &mut prestat));
    is!(if ADAPTED { BADF } else { NOTDIR }, fd_prestat_dir_name(1, name.as_mut_ptr(), name.len()));

    let a = open("a", CREAT, READ | WRITE, 0).unwrap_or(99);
    let b = open("b", CREAT, READ | WRITE, 0).unwrap_or(98);
    is!(SUCCESS, fd_renumber(a, b));
    is!(BADF, fd_close(a));
    is!(SUCCESS, write(b, b"moved"));
    same!(stat_at(0, "a").map_or(0, |s| s.size), 5);
    same!(stat_at(0, "b").map_or(1, |s| s.size), 0);
    is!(SUCCESS, fd_close(b));
    is!(SUCCESS, unlink("a"));
    is!(SUCCESS, unlink("b"));
}

fn paths() {
    create("file", b"text");
    is!(SUCCESS, mkdir("dir"));
    is!(EXIST, mkdir("dir"));
    is!(EXIST, mkdir("file"));
    is!(NOENT, mkdir("none/dir"));
    is!(NOTDIR, mkdir("file/dir"));
    is!(NOENT, mkdir(""));
    is!(EXIST, mkdir("."));

    // Nothing leads out.
    for path in ["..", "../x", "/", "/etc/passwd", "dir/../../x", "dir/../..", "out", "out/x", "deep/x"] {
        is!(true, symlink("..", "out") == SUCCESS || stat_at(0, "out").is_ok());
        is!(true, symlink("dir/../../etc", "deep") == SUCCESS || stat_at(0, "deep").is_ok());
        is!(PERM, errno(open_at(DIR, FOLLOW, path, 0, READ, 0)));
        is!(PERM, errno(stat_at(FOLLOW, path)));
        is!(PERM, set_times_at(FOLLOW, path, 0, 0, 0));
        let below = format!("{path}/x");
        is!(PERM, mkdir(&below));
        is!(PERM, rmdir(&below));
        is!(PERM, unlink(&below));
        is!(PERM, rename("file", &below));
        is!(PERM, rename(&below, "x"));
        is!(PERM, link("file", &below, 0));
        is!(PERM, link(&below, "x", 0));
        is!(PERM, symlink("x", &below));
        is!(PERM, errno(readlink(&below, 10)));
    }
    is!(PERM, mkdir(".."));
    is!(PERM, rmdir(".."));
    is!(PERM, symlink("/etc/passwd", "x"));
    is!(SUCCESS, unlink("out"));
    is!(SUCCESS, unlink("deep"));

    is!(NOENT, errno(open("none", 0, READ, 0)));
    is!(NOENT, errno(open("", 0, READ, 0)));
    is!(NOTDIR, errno(open("file/", 0, READ, 0)));
    is!(NOTDIR, errno(open("file/x", 0, READ, 0)));
    is!(NOTDIR, errno(open("file", DIRECTORY, READ, 0)));
    is!(ISDIR, errno(open("dir", 0, READ | WRITE, 0)));
    is!(INVAL, errno(open("new", CREAT | DIRECTORY, READ, 0)));
    is!(INVAL, errno(open("nul\0", 0, READ, 0)));
    is!(NAMETOOLONG, errno(open(&"x".repeat(300), 0, READ, 0)));
    let odd = open("./dir//../file", 0, READ, 0).unwrap_or(99);
    is!(NOTDIR, errno(open_at(odd, 0, "x", 0, READ, 0)));
    is!(SUCCESS, fd_close(odd));

    is!(SUCCESS, symlink("file", "link"));
    is!(EXIST, symlink("file", "link"));
    is!(NOENT, symlink("x", "none/link"));
    is!(NOENT, symlink("", "link2"));
    is!(LOOP, errno(open("link", 0, READ, 0)));
    is!(SUCCESS, errno(open_at(DIR, FOLLOW, "link", 0, READ, 0).map(|fd| unsafe { fd_close(fd) })));
    same!(stat_at(0, "link").map_or(0, |s| s.filetype), 7);
    same!(stat_at(FOLLOW, "link").map_or(0, |s| s.filetype), 4);
    same!(readlink("link", 100) == Ok(b"file".to_vec()), true);
    same!(readlink("link", 2) == Ok(b"fi".to_vec()), true);
    is!(INVAL, errno(readlink("file", 10)));
    is!(NOENT, errno(readlink("none", 10)));
    is!(SUCCESS, symlink("self", "self"));
    is!(LOOP, errno(open_at(DIR, FOLLOW, "self", 0, READ, 0)));
    is!(LOOP, errno(stat_at(FOLLOW, "self")));
    is!(SUCCESS, unlink("self"));

    is!(SUCCESS, set_times_at(FOLLOW, "link", 1, 2_000_000_003, 5));
    same!(stat_at(0, "file").map_or(0, |s| s.mtim), 2_000_000_003u64);
    is!(SUCCESS, set_times_at(0, "link", 1, 5, 5));
    same!(stat_at(0, "file").map_or(0, |s| s.mtim), 2_000_000_003u64);
    is!(INVAL, set_times_at(0, "file", 0, 0, 3));
    is!(NOENT, set_times_at(0, "none", 0, 0, 0));
    is!(SUCCESS, unlink("link"));

    is!(SUCCESS, link("file", "hard", 0));
    same!(stat_at(0, "file").map_or(0, |s| s.nlink), 2);
    same!(stat_at(0, "file").map_or(0, |s| s.ino) == stat_at(0, "hard").map_or(1, |s| s.ino), true);
    is!(EXIST, link("file", "hard", 0));
    is!(NOENT, link("none", "x", 0));
    for path in ["dir", "dir/", ".", "dir/..", "dir/."] {
        is!(PERM, link(path, "x", 0));
    }
    is!(INVAL, link("file", "x", FOLLOW));
    is!(SUCCESS, rename("hard", "moved"));
    is!(NOENT, rename("hard", "x"));
    is!(ISDIR, rename("moved", "dir"));
    is!(NOTDIR, rename("dir", "moved"));
    is!(SUCCESS, rename("moved", "file"));
    is!(SUCCESS, unlink("moved"));

    create("dir/inner", b"");
    is!(NOTEMPTY, rmdir("dir"));
    is!(NOTDIR, rmdir("file"));
    is!(NOENT, rmdir("none"));
    is!(ISDIR, unlink("dir"));
    is!(NOENT, unlink("none"));
    is!(NOTDIR, unlink("file/"));
    is!(SUCCESS, unlink("dir/inner"));
    is!(SUCCESS, rename("dir/", "renamed"));
    is!(SUCCESS, rmdir("renamed"));
    is!(SUCCESS, unlink("file"));
}

fn listings() {
    is!(SUCCESS, mkdir("list"));
    let dir = open("list", DIRECTORY, READ, 0).unwrap_or(99);
    let (entries, ended) = list(dir, 0, 256).unwrap_or_default();
    same!(ended, true);
    same!(entries.len(), 2);
    same!(entries[0].0 == "." && entries[1].0 == ".." && entries[0].2 == 3, true);
    for i in 0..200 {
        create(&format!("list/{i}"), b"");
    }
    for size in [64, 256, 100_000] {
        let (mut total, mut cookie) = (0, 0);
        loop {
            let (entries, ended) = list(dir, cookie, size).unwrap_or_default();
            total += entries.len();
            match entries.last() {
                Some(entry) if !ended => cookie = entry.1,
                _ => break,
            }
        }
        same!(total, 202);
    }
    let (entries, _) = list(dir, 0, 256).unwrap_or_default();
    let (again, _) = list(dir, entries[2].1, 256).unwrap_or_default();
    same!(again[0].0 == entries[3].0, true);
    for i in 0..200 {
        is!(SUCCESS, unlink(&format!("list/{i}")));
    }
    is!(SUCCESS, fd_close(dir));
    create("file", b"");
    let file = open("file", 0, READ, 0).unwrap_or(99);
    is!(true, errno(list(file, 0, 100)) == BADF || errno(list(file, 0, 100)) == NOTDIR);
    is!(SUCCESS, fd_close(file));
    is!(SUCCESS, unlink("file"));
    is!(SUCCESS, rmdir("list"));
}

fn polling() {
    let mut events = [Event::default(); 3];
    let mut n = 0;
    is!(INVAL, poll_oneoff(std::ptr::null(), events.as_mut_ptr(), 0, &mut n));
    let clock = Subscription { userdata: 7, id: 1, timeout: 1_000_000, ..Default::default() };
    is!(SUCCESS, poll_oneoff(&clock, events.as_mut_ptr(), 1, &mut n));
    same!(n, 1);
    same!(events[0].userdata, 7);
    same!(events[0].tag, 0);
    create("file", b"text");
    let fd = open("file", 0, READ | WRITE, 0).unwrap_or(99);
    let subscriptions = [
        Subscription { userdata: 1, id: 1, timeout: 60_000_000_000, ..Default::default() },
        Subscription { userdata: 2, tag: 1, id: fd as u64, ..Default::default() },
        Subscription { userdata: 3, tag: 2, id: 1, ..Default::default() },
    ];
    is!(SUCCESS, poll_oneoff(subscriptions.as_ptr(), events.as_mut_ptr(), 3, &mut n));
    same!(n >= 1 && events[0].userdata >= 2 && events[0].error == 0, true);
    if ADAPTED {
        // The adapter refuses the whole call.
        let bad = Subscription { userdata: 1, tag: 1, id: 99, ..Default::default() };
        is!(BADF, poll_oneoff(&bad, events.as_mut_ptr(), 1, &mut n));
    } else {
        let mixed = [
            Subscription { userdata: 1, id: 1, timeout: 60_000_000_000, ..Default::default() },
            Subscription { userdata: 2, tag: 1, id: 99, ..Default::default() },
            Subscription { userdata: 3, id: 2, ..Default::default() },
        ];
        is!(SUCCESS, poll_oneoff(mixed.as_ptr(), events.as_mut_ptr(), 3, &mut n));
        same!(n, 2);
        same!((events[0].userdata, events[0].tag, events[0].error as i32) == (2, 1, BADF), true);
        same!((events[1].userdata, events[1].tag, events[1].error as i32) == (3, 0, INVAL), true);
        // A file at its end has not hung up.
        same!(read(fd, 100) == Ok(b"text".to_vec()), true);
        is!(SUCCESS, poll_oneoff(&subscriptions[1], events.as_mut_ptr(), 1, &mut n));
        same!((events[0].userdata, events[0].nbytes, events[0].flags) == (2, 0, 0), true);
    }
    is!(SUCCESS, fd_close(fd));
    is!(SUCCESS, unlink("file"));
}

fn readonly() {
    same!(open("file", 0, READ, 0).and_then(|fd| read(fd, 100)) == Ok(b"text".to_vec()), true);
    same!(list(DIR, 0, 1000).map_or(0, |(entries, _)| entries.len()), 4);
    same!(stat_at(0, "file").map_or(0, |s| s.size), 4);
    let fd = open("file", 0, READ, 0).unwrap_or(99);
    is!(ROFS, errno(open("file", 0, WRITE, 0)));
    is!(ROFS, errno(open("file", TRUNC, READ, 0)));
    is!(ROFS, errno(open("new", CREAT, READ, 0)));
    is!(ROFS, mkdir("new"));
    is!(ROFS, rmdir("dir"));
    is!(ROFS, unlink("file"));
    is!(ROFS, rename("file", "new"));
    is!(ROFS, link("file", "new", 0));
    is!(ROFS, symlink("file", "new"));
    is!(ROFS, set_times_at(0, "file", 0, 0, 5));
    is!(ROFS, fd_filestat_set_times(fd, 0, 0, 5));
    is!(ROFS, fd_filestat_set_size(fd, 0));
    is!(if ADAPTED { ROFS } else { BADF }, write(fd, b"x"));
}

fn none() {
    is!(BADF, fd_prestat_get(DIR, &mut [0; 2]));
    is!(BADF, errno(open("file", 0, READ, 0)));
    is!(BADF, errno(open("/etc/passwd", 0, READ, 0)));
    for fd in [0, 1, 2] {
        is!(BADF, errno(open_at(fd, 0, "x", 0, READ, 0)));
    }
    is!(BADF, errno(stat_at(0, "file")));
    is!(BADF, mkdir("new"));
    is!(BADF, errno(list(DIR, 0, 100)));
    let (mut count, mut size) = (9, 9);
    is!(SUCCESS, environ_sizes_get(&mut count, &mut size));
    same!(count, 0);
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = arguments.get(2).and_then(|text| text.parse().ok()).unwrap_or(0);
    match arguments.get(1).map(String::as_str) {
        Some("terminals") => {
            for fd in 0..3 {
                let mut stat = Fdstat::default();
                is!(SUCCESS, fd_fdstat_get(fd, &mut stat));
                same!(stat.filetype, if number >> fd & 1 == 1 { 2 } else { 0 });
                same!(stat.base & (SEEK | TELL), 0);
            }
        }
        Some("again") => {
            // Nothing comes, and nobody waits for it.
            is!(SUCCESS, fd_fdstat_set_flags(0, NONBLOCK));
            is!(AGAIN, errno(read(0, 1)));
        }
        Some("grant") => {
            process();
            sockets();
            files();
            rights();
            inherited();
            long_transfers();
            descriptors();
            paths();
            listings();
            polling();
        }
        Some("readonly") => readonly(),
        Some("none") => none(),
        Some("limit") => {
            create("file", b"");
            let opened = (0..=number).take_while(|_| open("file", 0, READ, 0).is_ok()).count();
            same!(opened as u32, number);
            is!(MFILE, errno(open("file", 0, READ, 0)));
        }
        Some("exit") => unsafe { proc_exit(number) },
        _ => check("an argument says what to do", 0, 1),
    }
    unsafe {
        let (checks, failed) = (CHECKS, FAILED);
        println!("{} checks passed, {failed} failed", checks - failed);
        std::process::exit(if failed == 0 { 0 } else { 1 });
    }
}
