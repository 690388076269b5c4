//! Preview 1 as its witx defines it.
#![allow(dead_code)]

macro_rules! errnos {
    ($($name:ident)*) => { errnos!(@ 0; $($name)*); };
    (@ $n:expr; $name:ident $($rest:ident)*) => {
        pub const $name: i32 = $n;
        errnos!(@ $n + 1; $($rest)*);
    };
    (@ $n:expr;) => {};
}
errnos!(SUCCESS TOOBIG ACCES ADDRINUSE ADDRNOTAVAIL AFNOSUPPORT AGAIN ALREADY BADF BADMSG BUSY CANCELED
    CHILD CONNABORTED CONNREFUSED CONNRESET DEADLK DESTADDRREQ DOM DQUOT EXIST FAULT FBIG HOSTUNREACH
    IDRM ILSEQ INPROGRESS INTR INVAL IO ISCONN ISDIR LOOP MFILE MLINK MSGSIZE MULTIHOP NAMETOOLONG
    NETDOWN NETRESET NETUNREACH NFILE NOBUFS NODEV NOENT NOEXEC NOLCK NOLINK NOMEM NOMSG NOPROTOOPT
    NOSPC NOSYS NOTCONN NOTDIR NOTEMPTY NOTRECOVERABLE NOTSOCK NOTSUP NOTTY NXIO OVERFLOW OWNERDEAD
    PERM PIPE PROTO PROTONOSUPPORT PROTOTYPE RANGE ROFS SPIPE SRCH STALE TIMEDOUT TXTBSY XDEV
    NOTCAPABLE);

pub const DATASYNC: u64 = 1 << 0;
pub const READ: u64 = 1 << 1;
pub const SEEK: u64 = 1 << 2;
pub const FDSTAT_SET_FLAGS: u64 = 1 << 3;
pub const SYNC: u64 = 1 << 4;
pub const TELL: u64 = 1 << 5;
pub const WRITE: u64 = 1 << 6;
pub const ADVISE: u64 = 1 << 7;
pub const ALLOCATE: u64 = 1 << 8;
pub const OPEN: u64 = 1 << 13;
pub const FILESTAT_GET: u64 = 1 << 21;
pub const FILESTAT_SET_SIZE: u64 = 1 << 22;
pub const FILESTAT_SET_TIMES: u64 = 1 << 23;
pub const POLL: u64 = 1 << 27;
pub const CREAT: u32 = 1;
pub const DIRECTORY: u32 = 2;
pub const EXCL: u32 = 4;
pub const TRUNC: u32 = 8;
pub const APPEND: u32 = 1;
pub const NONBLOCK: u32 = 4;
pub const FOLLOW: u32 = 1;

#[repr(C)]
pub struct Iovec {
    pub buf: *mut u8,
    pub len: usize,
}

#[repr(C)]
#[derive(Default, Clone, Copy)]
pub struct Filestat {
    pub dev: u64,
    pub ino: u64,
    pub filetype: u64,
    pub nlink: u64,
    pub size: u64,
    pub atim: u64,
    pub mtim: u64,
    pub ctim: u64,
}

#[repr(C)]
#[derive(Default)]
pub struct Fdstat {
    pub filetype: u8,
    pub flags: u16,
    pub base: u64,
    pub inheriting: u64,
}

#[repr(C)]
#[derive(Default, Clone, Copy)]
pub struct Subscription {
    pub userdata: u64,
    pub tag: u64,
    pub id: u64,
    pub timeout: u64,
    pub precision: u64,
    pub flags: u64,
}

#[repr(C)]
#[derive(Default, Clone, Copy)]
pub struct Event {
    pub userdata: u64,
    pub error: u16,
    pub tag: u8,
    pub nbytes: u64,
    pub flags: u16,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
extern "C" {
    pub fn args_get(argv: *mut *mut u8, buf: *mut u8) -> i32;
    pub fn args_sizes_get(count: *mut usize, size: *mut usize) -> i32;
    pub fn environ_get(argv: *mut *mut u8, buf: *mut u8) -> i32;
    pub fn environ_sizes_get(count: *mut usize, size: *mut usize) -> i32;
    pub fn clock_res_get(id: u32, out: *mut u64) -> i32;
    pub fn clock_time_get(id: u32, precision: u64, out: *mut u64) -> i32;
    pub fn fd_advise(fd: u32, offset: u64, len: u64, advice: u32) -> i32;
    pub fn fd_allocate(fd: u32, offset: u64, len: u64) -> i32;
    pub fn fd_close(fd: u32) -> i32;
    pub fn fd_datasync(fd: u32) -> i32;
    pub fn fd_fdstat_get(fd: u32, out: *mut Fdstat) -> i32;
    pub fn fd_fdstat_set_flags(fd: u32, flags: u32) -> i32;
    pub fn fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64) -> i32;
    pub fn fd_filestat_get(fd: u32, out: *mut Filestat) -> i32;
    pub fn fd_filestat_set_size(fd: u32, size: u64) -> i32;
    pub fn fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, flags: u32) -> i32;
    pub fn fd_pread(fd: u32, iovs: *const Iovec, n: usize, offset: u64, out: *mut usize) -> i32;
    pub fn fd_prestat_get(fd: u32, out: *mut [u32; 2]) -> i32;
    pub fn fd_prestat_dir_name(fd: u32, buf: *mut u8, len: usize) -> i32;
    pub fn fd_pwrite(fd: u32, iovs: *const Iovec, n: usize, offset: u64, out: *mut usize) -> i32;
    pub fn fd_read(fd: u32, iovs: *const Iovec, n: usize, out: *mut usize) -> i32;
    pub fn fd_readdir(fd: u32, buf: *mut u8, len: usize, cookie: u64, out: *mut usize) -> i32;
    pub fn fd_renumber(from: u32, to: u32) -> i32;
    pub fn fd_seek(fd: u32, delta: i64, whence: u32, out: *mut u64) -> i32;
    pub fn fd_sync(fd: u32) -> i32;
    pub fn fd_tell(fd: u32, out: *mut u64) -> i32;
    pub fn fd_write(fd: u32, iovs: *const Iovec, n: usize, out: *mut usize) -> i32;
    pub fn path_create_directory(fd: u32, path: *const u8, len: usize) -> i32;
    pub fn path_filestat_get(fd: u32, flags: u32, path: *const u8, len: usize, out: *mut Filestat) -> i32;
    pub fn path_filestat_set_times(fd: u32, flags: u32, path: *const u8, len: usize, atim: u64, mtim: u64, fst: u32) -> i32;
    pub fn path_link(fd: u32, flags: u32, path: *const u8, len: usize, to: u32, to_path: *const u8, to_len: usize) -> i32;
    pub fn path_open(fd: u32, dirflags: u32, path: *const u8, len: usize, oflags: u32, base: u64, inheriting: u64, fdflags: u32, out: *mut u32) -> i32;
    pub fn path_readlink(fd: u32, path: *const u8, len: usize, buf: *mut u8, buf_len: usize, out: *mut usize) -> i32;
    pub fn path_remove_directory(fd: u32, path: *const u8, len: usize) -> i32;
    pub fn path_rename(fd: u32, path: *const u8, len: usize, to: u32, to_path: *const u8, to_len: usize) -> i32;
    pub fn path_symlink(target: *const u8, target_len: usize, fd: u32, path: *const u8, len: usize) -> i32;
    pub fn path_unlink_file(fd: u32, path: *const u8, len: usize) -> i32;
    pub fn poll_oneoff(subs: *const Subscription, events: *mut Event, n: usize, out: *mut usize) -> i32;
    pub fn proc_exit(code: u32) -> !;
    pub fn random_get(buf: *mut u8, len: usize) -> i32;
    pub fn sched_yield() -> i32;
    pub fn sock_accept(fd: u32, flags: u32, out: *mut u32) -> i32;
    pub fn sock_recv(fd: u32, iovs: *const Iovec, n: usize, flags: u32, out: *mut usize, roflags: *mut u16) -> i32;
    pub fn sock_send(fd: u32, iovs: *const Iovec, n: usize, flags: u32, out: *mut usize) -> i32;
    pub fn sock_shutdown(fd: u32, how: u32) -> i32;
}
