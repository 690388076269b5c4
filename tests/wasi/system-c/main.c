// What is not files, through the C library, on preview 1 and on 0.2: arguments, environment, exit
// codes, clocks, random numbers, standard streams, polling. The first argument chooses:
//
//   grant        with K=V and E= in the environment, `two words` as the second argument, and
//                "0123456789" on standard input; standard output and error are no terminals
//   none         with no environment, no further argument, and no input
//   terminals N  which standard streams are terminals: the sum of 1 for input, 2, 4
//   exit N       ends with that code; `abort` instead of a number does that
//
// Prints what went wrong, and at the end how many checks there were. Exit code 1 when one failed.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int checks, failed;

static void check(const char* what, bool holds) {
  ++checks;
  if (holds) return;
  ++failed;
  fprintf(stderr, "FAILED %s (errno %d)\n", what, errno);
}
#define HOLDS(condition) check(#condition, condition)

// Where the C library answers for itself and in its own way on 0.2.
#ifdef __wasip2__
enum { kLibrarys = 1 };
#else
enum { kLibrarys = 0 };
#endif

static double since(struct timespec start, clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9;
}

static void process(int argc, char** argv) {
  HOLDS(argc == 3);
  HOLDS(strstr(argv[0], ".wasm") != NULL);
  HOLDS(!strcmp(argv[1], "grant") && !strcmp(argv[2], "two words"));
  HOLDS(getenv("K") && !strcmp(getenv("K"), "V"));
  HOLDS(getenv("E") && !strcmp(getenv("E"), ""));
  HOLDS(!getenv("HOME") && !getenv("PATH"));
  HOLDS(!setenv("OWN", "1", 1) && !strcmp(getenv("OWN"), "1"));
}

static void clocks(void) {
  const clockid_t all[] = {CLOCK_MONOTONIC, CLOCK_REALTIME};
  for (int i = 0; i < 2; ++i) {
    struct timespec resolution, a, b;
    HOLDS(clock_getres(all[i], &resolution) == 0);
    HOLDS(resolution.tv_sec == 0 && resolution.tv_nsec == 1);
    HOLDS(clock_gettime(all[i], &a) == 0 && clock_gettime(all[i], &b) == 0);
    HOLDS(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
    if (kLibrarys && all[i] == CLOCK_REALTIME) continue;
    const struct timespec pause = {0, 3000000};
    HOLDS(clock_nanosleep(all[i], 0, &pause, NULL) == 0);
    HOLDS(since(a, CLOCK_MONOTONIC) >= 0.003 || all[i] != CLOCK_MONOTONIC);
    struct timespec passed = {1, 0};
    HOLDS(clock_nanosleep(all[i], TIMER_ABSTIME, &passed, NULL) == 0);
  }
  struct timeval now;
  HOLDS(gettimeofday(&now, NULL) == 0 && now.tv_sec > 1600000000);
  HOLDS(time(NULL) >= now.tv_sec);
  HOLDS(usleep(1000) == 0);
  struct timespec zero = {0, 0};
  HOLDS(nanosleep(&zero, NULL) == 0);
}

static void randomness(void) {
  unsigned char a[256] = {0}, b[256] = {0};
  HOLDS(getentropy(a, sizeof a) == 0 && getentropy(b, sizeof b) == 0);
  HOLDS(memcmp(a, b, sizeof a) != 0);
  HOLDS(getentropy(a, 0) == 0);
  HOLDS(arc4random() != arc4random() || arc4random() != arc4random());
}

static short ready(int fd, short events, int timeout) {
  struct pollfd asked = {fd, events, 0};
  return poll(&asked, 1, timeout) == 1 ? asked.revents : 0;
}

static void streams(void) {
  char text[20];
  HOLDS(ready(0, POLLIN, 60000) & POLLIN);
  HOLDS(ready(1, POLLOUT, 60000) & POLLOUT);
  HOLDS(ready(2, POLLOUT, 0) & POLLOUT);
  HOLDS(read(0, text, 0) == 0);
  HOLDS(read(0, text, 4) == 4 && !memcmp(text, "0123", 4));
  HOLDS(getchar() == '4');
  HOLDS(fgets(text, sizeof text, stdin) && !strcmp(text, "56789"));
  HOLDS(getchar() == EOF && feof(stdin));
  HOLDS(read(0, text, 1) == 0);
  HOLDS(write(1, "", 0) == 0);
  HOLDS(write(1, "written\n", 8) == 8);
  HOLDS(printf("printed %d\n", 1) == 10 && fflush(stdout) == 0);
  errno = 0;
  HOLDS(read(1, text, 1) == -1 && errno == (kLibrarys ? EOPNOTSUPP : EBADF));
  HOLDS(write(0, "x", 1) == -1 && errno == (kLibrarys ? EOPNOTSUPP : EBADF));
  HOLDS(lseek(0, 0, SEEK_CUR) == -1 && errno == (kLibrarys ? EINVAL : ESPIPE));
  HOLDS(close(77) == -1 && errno == EBADF);
  struct stat status;
  HOLDS(fstat(1, &status) == 0 && status.st_size == 0);
  HOLDS(fcntl(1, F_GETFL) >= 0);
  HOLDS(isatty(0) == 0 && isatty(1) == 0 && isatty(2) == 0);
}

static void none(int argc) {
  extern char** environ;
  HOLDS(argc == 2);
  HOLDS(!environ || !environ[0]);
  HOLDS(getchar() == EOF);
  HOLDS(fopen("/etc/passwd", "r") == NULL);
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "grant")) {
    process(argc, argv);
    clocks();
    randomness();
    streams();
  } else if (!strcmp(what, "none")) {
    none(argc);
  } else if (!strcmp(what, "terminals")) {
    HOLDS((isatty(0) | isatty(1) << 1 | isatty(2) << 2) == atoi(argv[2]));
  } else if (!strcmp(what, "exit")) {
    if (!strcmp(argv[2], "abort")) abort();
    exit(atoi(argv[2]));
  } else {
    check("an argument says what to do", false);
  }
  fprintf(stderr, "%d checks passed, %d failed\n", checks - failed, failed);
  return failed ? 1 : 0;
}
