// Sockets through the C library, on wasi:sockets. The first argument chooses:
//
//   grant   with --tcp, --udp and --listen-socket for 127.0.0.1, and --tcp localhost:*
//   none    without grants
//
// Prints what went wrong, and at the end how many checks there were. Exit code 1 when one failed.
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int checks, failed;

static void check(int line, const char *what, long got, long want) {
  ++checks;
  if (got == want) return;
  ++failed;
  printf("FAILED line %d: %s: got %ld, expected %ld, errno %d %s\n", line, what, got, want, errno,
         strerror(errno));
}
#define SAME(got, want) check(__LINE__, #got, (long)(got), (long)(want))
#define FAILS(code, call) (SAME(call, -1), SAME(errno, code))

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}
static struct sockaddr *any(struct sockaddr_in *address) { return (struct sockaddr *)address; }

static struct sockaddr_in local(int fd) {
  struct sockaddr_in address = {0};
  socklen_t size = sizeof address;
  SAME(getsockname(fd, any(&address), &size), 0);
  return address;
}

static void tcp(void) {
  struct sockaddr_in address = loopback(0);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  SAME(listener >= 0, 1);
  int on = 1;
  SAME(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
  SAME(bind(listener, any(&address), sizeof address), 0);
  SAME(listen(listener, 8), 0);
  address = local(listener);
  SAME(ntohs(address.sin_port) > 0, 1);

  int client = socket(AF_INET, SOCK_STREAM, 0);
  SAME(connect(client, any(&address), sizeof address), 0);
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  int server = accept(listener, any(&peer), &size);
  SAME(server >= 0, 1);
  SAME(peer.sin_port, local(client).sin_port);
  size = sizeof peer;
  SAME(getpeername(client, any(&peer), &size), 0);
  SAME(peer.sin_port, address.sin_port);

  char buffer[16] = {0};
  SAME(send(client, "hello", 5, 0), 5);
  struct pollfd readable = {.fd = server, .events = POLLIN};
  SAME(poll(&readable, 1, -1), 1);
  SAME(readable.revents & POLLIN, POLLIN);
  SAME(recv(server, buffer, sizeof buffer, 0), 5);
  SAME(strcmp(buffer, "hello"), 0);
  readable.revents = 0;
  SAME(poll(&readable, 1, 10), 0);
  FAILS(EAGAIN, recv(server, buffer, 1, MSG_DONTWAIT));
  SAME(write(server, "bye", 3), 3);
  SAME(shutdown(server, SHUT_WR), 0);
  SAME(read(client, buffer, 3), 3);
  SAME(read(client, buffer, 3), 0);
  SAME(setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on), 0);
  int seconds = 42, got = 0;
  SAME(setsockopt(client, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds), 0);
  size = sizeof got;
  SAME(getsockopt(client, IPPROTO_TCP, TCP_KEEPIDLE, &got, &size), 0);
  SAME(got, 42);
  SAME(close(client), 0);
  SAME(close(server), 0);
  SAME(close(listener), 0);

  client = socket(AF_INET, SOCK_STREAM, 0);
  FAILS(ECONNREFUSED, connect(client, any(&address), sizeof address));
  SAME(close(client), 0);
  client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in foreign = address;
  foreign.sin_addr.s_addr = htonl(0xc0000201);
  FAILS(EACCES, connect(client, any(&foreign), sizeof foreign));
  SAME(close(client), 0);
}

static void udp(void) {
  struct sockaddr_in address = loopback(0), from;
  int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
  SAME(bind(server, any(&address), sizeof address), 0);
  address = local(server);
  SAME(sendto(client, "hello", 5, 0, any(&address), sizeof address), 5);
  char buffer[16] = {0};
  socklen_t size = sizeof from;
  SAME(recvfrom(server, buffer, sizeof buffer, 0, any(&from), &size), 5);
  SAME(strcmp(buffer, "hello"), 0);
  SAME(sendto(server, "answer", 6, 0, any(&from), size), 6);
  SAME(recv(client, buffer, sizeof buffer, 0), 6);
  SAME(connect(client, any(&address), sizeof address), 0);
  SAME(send(client, "again", 5, 0), 5);
  SAME(recv(server, buffer, sizeof buffer, 0), 5);
  FAILS(EAGAIN, recv(server, buffer, 1, MSG_DONTWAIT));
  SAME(close(client), 0);
  SAME(close(server), 0);
}

static void names(void) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found = NULL;
  SAME(getaddrinfo("localhost", "80", &hints, &found), 0);
  if (found) {
    const struct sockaddr_in *address = (const struct sockaddr_in *)found->ai_addr;
    SAME(ntohl(address->sin_addr.s_addr), INADDR_LOOPBACK);
    SAME(ntohs(address->sin_port), 80);
    freeaddrinfo(found);
  }
}

static void none(void) {
  FAILS(EACCES, socket(AF_INET, SOCK_STREAM, 0));
  FAILS(EACCES, socket(AF_INET6, SOCK_DGRAM, 0));
  struct addrinfo *found = NULL;
  SAME(getaddrinfo("localhost", "80", NULL, &found) != 0, 1);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "grant") == 0) {
    tcp();
    udp();
    names();
  } else {
    none();
  }
  printf("%d checks passed, %d failed\n", checks - failed, failed);
  return failed > 0;
}
