// What C programs do with files, through the C library: each call with its ordinary result and the
// errno values that can be provoked. Needs a writable, empty directory granted as /work.
//
// Prints what went wrong, and at the end how many checks there were. Exit code 1 when one failed.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int checks, failed;

static void check(const char *what, long got, long want) {
  checks++;
  if (got == want) return;
  failed++;
  printf("FAILED %s: got %ld, expected %ld (%s)\n", what, got, want, strerror(errno));
}
#define SAME(call, want) check(#call, (long)(call), (long)(want))
#define FAILS(number, call)           \
  do {                                \
    errno = 0;                        \
    check(#call, (long)(call), -1);   \
    check(#call ": errno", errno, number); \
  } while (0)

static void streams(void) {
  FILE *file = fopen("/work/file", "w+");
  SAME(file != NULL, 1);
  SAME(fprintf(file, "%s %d\n", "line", 1), 7);
  SAME(fputs("line 2\n", file) >= 0, 1);
  SAME(fseek(file, 0, SEEK_SET), 0);
  char line[32];
  SAME(fgets(line, sizeof line, file) != NULL && strcmp(line, "line 1\n") == 0, 1);
  SAME(ftell(file), 7);
  SAME(fclose(file), 0);
  file = fopen("/work/file", "a");
  SAME(fputs("line 3\n", file) >= 0, 1);
  SAME(fclose(file), 0);
  struct stat status;
  SAME(stat("/work/file", &status), 0);
  SAME(status.st_size, 21);
  SAME(S_ISREG(status.st_mode), 1);
  SAME(fopen("/work/none", "r") == NULL && errno == ENOENT, 1);
  SAME(unlink("/work/file"), 0);
}

static void descriptors(void) {
  int fd = open("/work/file", O_CREAT | O_EXCL | O_RDWR, 0644);
  SAME(fd > 2, 1);
  FAILS(EEXIST, open("/work/file", O_CREAT | O_EXCL | O_RDWR, 0644));
  SAME(write(fd, "hello world", 11), 11);
  SAME(lseek(fd, 6, SEEK_SET), 6);
  char buffer[32] = {0};
  SAME(read(fd, buffer, sizeof buffer), 5);
  SAME(strcmp(buffer, "world"), 0);
  SAME(pread(fd, buffer, 5, 0), 5);
  SAME(memcmp(buffer, "hello", 5), 0);
  SAME(pwrite(fd, "HELLO", 5, 0), 5);
  SAME(lseek(fd, -1, SEEK_END), 10);
  FAILS(EINVAL, lseek(fd, -1, SEEK_SET));
  SAME(ftruncate(fd, 5), 0);
  struct stat status;
  SAME(fstat(fd, &status), 0);
  SAME(status.st_size, 5);
  struct timespec times[2] = {{100, 5}, {200, 7}};
  SAME(futimens(fd, times), 0);
  SAME(fstat(fd, &status), 0);
  SAME(status.st_mtim.tv_sec, 200);
  SAME(status.st_mtim.tv_nsec, 7);
  SAME(fsync(fd), 0);
  SAME(fdatasync(fd), 0);
  SAME(fcntl(fd, F_GETFL) & O_APPEND, 0);
  SAME(fcntl(fd, F_SETFL, O_APPEND), 0);
  SAME(lseek(fd, 0, SEEK_SET), 0);
  SAME(write(fd, "!", 1), 1);
  SAME(lseek(fd, 0, SEEK_CUR), 6);
  SAME(close(fd), 0);
  FAILS(EBADF, close(fd));
  FAILS(EBADF, read(fd, buffer, 1));
  FAILS(EISDIR, open("/work", O_RDWR));
  FAILS(ENOTDIR, open("/work/file/x", O_RDONLY));
  FAILS(ENOENT, open("/work/none", O_RDONLY));
  SAME(unlink("/work/file"), 0);
  SAME(isatty(0) | isatty(1), 0);
}

static void paths(void) {
  SAME(mkdir("/work/dir", 0755), 0);
  FAILS(EEXIST, mkdir("/work/dir", 0755));
  int fd = open("/work/dir/a", O_CREAT | O_WRONLY, 0644);
  SAME(close(fd), 0);
  SAME(symlink("a", "/work/dir/link"), 0);
  char target[16] = {0};
  SAME(readlink("/work/dir/link", target, sizeof target), 1);
  SAME(target[0], 'a');
  struct stat status;
  SAME(lstat("/work/dir/link", &status), 0);
  SAME(S_ISLNK(status.st_mode), 1);
  SAME(stat("/work/dir/link", &status), 0);
  SAME(S_ISREG(status.st_mode), 1);
  SAME(link("/work/dir/a", "/work/dir/b"), 0);
  SAME(rename("/work/dir/b", "/work/b"), 0);
  SAME(access("/work/b", F_OK), 0);
  FAILS(ENOENT, access("/work/dir/b", F_OK));
  FAILS(ENOTEMPTY, rmdir("/work/dir"));
  FAILS(EISDIR, unlink("/work/dir"));
  DIR *dir = opendir("/work/dir");
  SAME(dir != NULL, 1);
  int entries = 0;
  while (readdir(dir) != NULL) entries++;
  SAME(entries, 4);
  rewinddir(dir);
  SAME(readdir(dir) != NULL, 1);
  SAME(closedir(dir), 0);
  SAME(unlink("/work/dir/a"), 0);
  SAME(unlink("/work/dir/link"), 0);
  SAME(unlink("/work/b"), 0);
  SAME(rmdir("/work/dir"), 0);
  // Outside of what was granted there is nothing.
  SAME(open("/etc/passwd", O_RDONLY), -1);
  SAME(open("/work/../etc/passwd", O_RDONLY), -1);
  SAME(open("/work/../../../../etc/passwd", O_RDONLY), -1);
}

static void many(void) {
  char name[32];
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof name, "/work/%d", i);
    int fd = open(name, O_CREAT | O_WRONLY, 0644);
    SAME(close(fd), 0);
  }
  DIR *dir = opendir("/work");
  int entries = 0;
  while (readdir(dir) != NULL) entries++;
  SAME(entries, 302);
  SAME(closedir(dir), 0);
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof name, "/work/%d", i);
    SAME(unlink(name), 0);
  }
}

int main(void) {
  streams();
  descriptors();
  paths();
  many();
  printf("%d checks passed, %d failed\n", checks - failed, failed);
  return failed != 0;
}
