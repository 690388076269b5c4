// Calls every function of preview 1 by its C declaration: the ordinary case and an error. Wants a
// writable, empty directory as /work, K=V in the environment, "input" on standard input. With the
// argument `none`, the same without all that.

#ifndef __wasip2__

#include <stdlib.h>
#include <wasi/api.h>

#include "check.h"

enum { kDir = 3 };
#define OK(call) SAME(call, __WASI_ERRNO_SUCCESS)
#define FAILS(name, call) SAME(call, __WASI_ERRNO_##name)

static __wasi_fd_t open_file(const char* path, __wasi_oflags_t how) {
  __wasi_fd_t fd = 99;
  OK(__wasi_path_open(kDir, 0, path, how, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE, 0, 0, &fd));
  return fd;
}

static void process(void) {
  __wasi_size_t count, size;
  uint8_t *lines[4], text[256];
  OK(__wasi_args_sizes_get(&count, &size));
  SAME(count, 2);
  OK(__wasi_args_get(lines, text));
  SAME(strcmp((char*)lines[1], "grant"), 0);
  OK(__wasi_environ_sizes_get(&count, &size));
  SAME(count, 1);
  SAME(size, 4);
  OK(__wasi_environ_get(lines, text));
  SAME(strcmp((char*)lines[0], "K=V"), 0);

  __wasi_timestamp_t time = 0;
  OK(__wasi_clock_res_get(__WASI_CLOCKID_MONOTONIC, &time));
  SAME(time, 1);
  OK(__wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 0, &time));
  HOLDS(time > 1600000000000000000u);
  FAILS(INVAL, __wasi_clock_time_get(2, 0, &time));
  FAILS(INVAL, __wasi_clock_res_get(3, &time));
  OK(__wasi_random_get(text, sizeof text));
  OK(__wasi_random_get(text, 0));
  OK(__wasi_sched_yield());
}

static void streams(void) {
  uint8_t text[16];
  const __wasi_iovec_t in[] = {{text, 2}, {text + 2, sizeof text - 2}};
  __wasi_size_t n;
  OK(__wasi_fd_read(0, in, 2, &n));
  SAME(n, 5);
  SAME(memcmp(text, "input", 5), 0);
  const __wasi_ciovec_t out[] = {{(uint8_t*)"out", 3}, {(uint8_t*)"put\n", 4}};
  OK(__wasi_fd_write(1, out, 2, &n));
  SAME(n, 7);
  FAILS(BADF, __wasi_fd_write(0, out, 1, &n));
  FAILS(BADF, __wasi_fd_read(1, in, 1, &n));
  FAILS(NOTSOCK, __wasi_sock_shutdown(1, __WASI_SDFLAGS_RD));
  FAILS(BADF, __wasi_sock_shutdown(99, __WASI_SDFLAGS_WR));
  __wasi_fd_t fd;
  FAILS(NOTSOCK, __wasi_sock_accept(0, 0, &fd));
  __wasi_roflags_t flags;
  FAILS(NOTSOCK, __wasi_sock_recv(0, in, 1, 0, &n, &flags));
  FAILS(NOTSOCK, __wasi_sock_send(1, out, 1, 0, &n));
}

static void descriptors(void) {
  const __wasi_fd_t fd = open_file("file", __WASI_OFLAGS_CREAT);
  uint8_t text[16];
  const __wasi_iovec_t in = {text, sizeof text};
  const __wasi_ciovec_t out = {(uint8_t*)"hello", 5};
  __wasi_size_t n;
  __wasi_filesize_t at;
  OK(__wasi_fd_write(fd, &out, 1, &n));
  OK(__wasi_fd_tell(fd, &at));
  SAME(at, 5);
  OK(__wasi_fd_seek(fd, -4, __WASI_WHENCE_CUR, &at));
  SAME(at, 1);
  FAILS(INVAL, __wasi_fd_seek(fd, -1, __WASI_WHENCE_SET, &at));
  OK(__wasi_fd_read(fd, &in, 1, &n));
  SAME(n, 4);
  OK(__wasi_fd_pread(fd, &in, 1, 3, &n));
  SAME(n, 2);
  OK(__wasi_fd_pwrite(fd, &out, 1, 5, &n));
  FAILS(SPIPE, __wasi_fd_pread(0, &in, 1, 0, &n));
  OK(__wasi_fd_sync(fd));
  OK(__wasi_fd_datasync(fd));
  OK(__wasi_fd_advise(fd, 0, 0, __WASI_ADVICE_WILLNEED));
  FAILS(INVAL, __wasi_fd_advise(fd, 0, 0, 6));
  OK(__wasi_fd_allocate(fd, 0, 20));
  FAILS(BADF, __wasi_fd_allocate(kDir, 0, 20));
  OK(__wasi_fd_filestat_set_size(fd, 7));
  OK(__wasi_fd_filestat_set_times(fd, 1, 2, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM));
  FAILS(INVAL, __wasi_fd_filestat_set_times(fd, 1, 2, 15));
  __wasi_filestat_t stat;
  OK(__wasi_fd_filestat_get(fd, &stat));
  SAME(stat.filetype, __WASI_FILETYPE_REGULAR_FILE);
  SAME(stat.size, 7);
  SAME(stat.atim, 1);
  SAME(stat.mtim, 2);
  __wasi_fdstat_t status;
  OK(__wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND));
  OK(__wasi_fd_fdstat_get(fd, &status));
  SAME(status.fs_flags, __WASI_FDFLAGS_APPEND);
  FAILS(INVAL, __wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_SYNC));
  OK(__wasi_fd_fdstat_set_rights(fd, __WASI_RIGHTS_FD_READ, 0));
  FAILS(NOTCAPABLE, __wasi_fd_fdstat_set_rights(fd, status.fs_rights_base, 0));
  FAILS(NOTCAPABLE, __wasi_fd_sync(fd));
  const __wasi_fd_t other = open_file("file", 0);
  OK(__wasi_fd_renumber(fd, other));
  FAILS(BADF, __wasi_fd_renumber(fd, other));
  OK(__wasi_fd_close(other));
  FAILS(BADF, __wasi_fd_close(other));

  __wasi_prestat_t prestat;
  OK(__wasi_fd_prestat_get(kDir, &prestat));
  SAME(prestat.u.dir.pr_name_len, 5);
  OK(__wasi_fd_prestat_dir_name(kDir, text, 5));
  SAME(memcmp(text, "/work", 5), 0);
  FAILS(NAMETOOLONG, __wasi_fd_prestat_dir_name(kDir, text, 4));
  FAILS(BADF, __wasi_fd_prestat_get(kDir + 1, &prestat));
  uint8_t entries[200];
  OK(__wasi_fd_readdir(kDir, entries, sizeof entries, 0, &n));
  SAME(n, 3 * sizeof(__wasi_dirent_t) + strlen("...file"));
  FAILS(BADF, __wasi_fd_readdir(1, entries, sizeof entries, 0, &n));
}

static void paths(void) {
  __wasi_filestat_t stat;
  __wasi_size_t n;
  uint8_t text[16];
  OK(__wasi_path_create_directory(kDir, "dir"));
  FAILS(EXIST, __wasi_path_create_directory(kDir, "dir"));
  OK(__wasi_path_filestat_get(kDir, 0, "dir", &stat));
  SAME(stat.filetype, __WASI_FILETYPE_DIRECTORY);
  FAILS(NOENT, __wasi_path_filestat_get(kDir, 0, "none", &stat));
  OK(__wasi_path_filestat_set_times(kDir, 0, "file", 0, 5, __WASI_FSTFLAGS_MTIM));
  FAILS(PERM, __wasi_path_filestat_set_times(kDir, 0, "../x", 0, 5, __WASI_FSTFLAGS_MTIM));
  OK(__wasi_path_link(kDir, 0, "file", kDir, "dir/hard"));
  FAILS(INVAL, __wasi_path_link(kDir, 1, "file", kDir, "dir/other"));
  OK(__wasi_path_rename(kDir, "dir/hard", kDir, "moved"));
  FAILS(NOENT, __wasi_path_rename(kDir, "dir/hard", kDir, "moved"));
  OK(__wasi_path_symlink("file", kDir, "link"));
  FAILS(PERM, __wasi_path_symlink("/etc", kDir, "other"));
  OK(__wasi_path_readlink(kDir, "link", text, sizeof text, &n));
  SAME(n, 4);
  FAILS(INVAL, __wasi_path_readlink(kDir, "file", text, sizeof text, &n));
  __wasi_fd_t fd;
  FAILS(LOOP, __wasi_path_open(kDir, 0, "link", 0, 0, 0, 0, &fd));
  FAILS(INVAL, __wasi_path_remove_directory(kDir, "."));
  FAILS(NOTDIR, __wasi_path_remove_directory(kDir, "file"));
  OK(__wasi_path_remove_directory(kDir, "dir"));
  OK(__wasi_path_unlink_file(kDir, "link"));
  OK(__wasi_path_unlink_file(kDir, "moved"));
  OK(__wasi_path_unlink_file(kDir, "file"));
  FAILS(NOENT, __wasi_path_unlink_file(kDir, "file"));
}

static void polling(void) {
  const __wasi_subscription_t all[] = {
      {7, {__WASI_EVENTTYPE_CLOCK, {.clock = {__WASI_CLOCKID_MONOTONIC, 1000000, 0, 0}}}},
      {8, {__WASI_EVENTTYPE_FD_READ, {.fd_read = {99}}}}};
  __wasi_event_t events[2];
  __wasi_size_t n;
  OK(__wasi_poll_oneoff(all, events, 1, &n));
  SAME(n, 1);
  SAME(events[0].userdata, 7);
  FAILS(INVAL, __wasi_poll_oneoff(all, events, 0, &n));
  OK(__wasi_poll_oneoff(all, events, 2, &n));
  const __wasi_event_t *refused = &events[n - 1];
  SAME(refused->userdata, 8);
  SAME(refused->error, __WASI_ERRNO_BADF);
}

static void none(void) {
  __wasi_size_t count, size;
  OK(__wasi_environ_sizes_get(&count, &size));
  SAME(count, 0);
  __wasi_prestat_t prestat;
  FAILS(BADF, __wasi_fd_prestat_get(kDir, &prestat));
  __wasi_fd_t fd;
  for (__wasi_fd_t dir = 0; dir < 10; ++dir) FAILS(BADF, __wasi_path_open(dir, 0, "x", 0, 0, 0, 0, &fd));
}

int main(int argc, char** argv) {
  if (argc > 1 && !strcmp(argv[1], "none")) {
    none();
  } else {
    process();
    streams();
    descriptors();
    paths();
    polling();
  }
  const int code = told();
  fflush(NULL);
  __wasi_proc_exit((__wasi_exitcode_t)code);
}

#endif
