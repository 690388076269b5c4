// Posts one body again and again on one connection, reads it back while it is still being sent, and
// prints what that took as JSON. For servers that echo with a chunked body or a Content-Length.
//
//   favo_echo_client HOST PORT BYTES SECONDS

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "error: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
  std::exit(1);
}

int connect_to(const char* host, const char* port) {
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(std::atoi(port)), .sin_addr = {}};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) die("the host is no IPv4 address");
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address)) die("connect");
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(socket, F_SETFL, O_NONBLOCK);
  return socket;
}

/// Byte `i` of the body; a period that no buffer size divides shows lost and doubled pieces.
std::uint8_t pattern(std::size_t i) { return i % 251; }

/// Reads one response: its head, then a chunked or counted body.
class Response {
 public:
  Response(std::size_t expected, bool verify) : expected_(expected), verify_(verify) {}

  bool complete() const { return state_ == State::Complete; }

  void feed(std::string_view data) {
    while (!data.empty()) {
      switch (state_) {
        case State::Head:
        case State::ChunkSize:
        case State::ChunkEnd:
        case State::Trailer:
          line(data);
          break;
        case State::Body:
          body(data);
          break;
        case State::Complete:
          die("the response is too long");
      }
    }
  }

 private:
  enum class State { Head, ChunkSize, Body, ChunkEnd, Trailer, Complete };

  void line(std::string_view& data) {
    const std::size_t end = data.find('\n');
    line_.append(data.substr(0, end));
    if (line_.size() > 8192) die("a line of the response is too long");
    if (end == data.npos) {
      data = {};
      return;
    }
    data.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    whole_line();
    line_.clear();
  }

  void whole_line() {
    switch (state_) {
      case State::Head:
        return head_line();
      case State::ChunkSize:
        left_ = std::strtoull(line_.c_str(), nullptr, 16);
        state_ = left_ ? State::Body : State::Trailer;
        return;
      case State::ChunkEnd:
        state_ = State::ChunkSize;
        return;
      case State::Trailer:
        if (line_.empty()) end();
        return;
      default:
        return;
    }
  }

  void head_line() {
    if (!started_) {
      if (!line_.starts_with("HTTP/1.1 200")) die(("the server said " + line_).c_str());
      started_ = true;
    } else if (line_.empty()) {
      state_ = chunked_ ? State::ChunkSize : State::Body;
    } else {
      std::ranges::transform(line_, line_.begin(), [](unsigned char c) { return std::tolower(c); });
      if (line_.starts_with("transfer-encoding:")) chunked_ = true;
      if (line_.starts_with("content-length:")) left_ = std::strtoull(&line_[15], nullptr, 10);
    }
  }

  void body(std::string_view& data) {
    const std::size_t size = std::min(data.size(), left_);
    if (verify_) {
      for (std::size_t i = 0; i < size; ++i) {
        if (std::uint8_t(data[i]) != pattern(received_ + i))
          die("the echo differs from what was sent");
      }
    }
    received_ += size;
    left_ -= size;
    data.remove_prefix(size);
    if (left_ == 0) {
      if (chunked_) {
        state_ = State::ChunkEnd;
      } else {
        end();
      }
    }
  }

  void end() {
    if (received_ != expected_) die("the echo has another length than what was sent");
    state_ = State::Complete;
  }

  const std::size_t expected_;
  const bool verify_;
  State state_ = State::Head;
  std::string line_;
  bool started_ = false, chunked_ = false;
  std::size_t left_ = 0, received_ = 0;
};

/// Sends `request` and reads its response, both at once.
void exchange(int socket, std::string_view request, std::vector<char>& buffer, Response response) {
  while (!response.complete()) {
    pollfd poll{
        .fd = socket, .events = short(POLLIN | (request.empty() ? 0 : POLLOUT)), .revents = 0};
    if (::poll(&poll, 1, 30'000) != 1) die("the server is silent");
    if (poll.revents & POLLOUT) {
      const ssize_t sent = send(socket, request.data(), request.size(), MSG_NOSIGNAL);
      if (sent > 0) request.remove_prefix(sent);
      if (sent < 0 && errno != EAGAIN) die("send");
    }
    if (poll.revents & (POLLIN | POLLHUP | POLLERR)) {
      const ssize_t received = recv(socket, buffer.data(), buffer.size(), 0);
      if (received > 0) response.feed({buffer.data(), std::size_t(received)});
      if (received == 0) errno = 0, die("the server closed the connection");
      if (received < 0 && errno != EAGAIN) die("recv");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s HOST PORT BYTES SECONDS\n", argv[0]);
    return 2;
  }
  const std::size_t size = std::strtoull(argv[3], nullptr, 10);
  const std::chrono::duration<double> limit(std::atof(argv[4]));
  const int socket = connect_to(argv[1], argv[2]);
  std::string request =
      "POST / HTTP/1.1\r\nHost: bench\r\nContent-Type: "
      "application/octet-stream\r\nContent-Length: " +
      std::to_string(size) + "\r\n\r\n";
  const std::size_t head = request.size();
  request.resize(head + size);
  for (std::size_t i = 0; i < size; ++i) request[head + i] = char(pattern(i));
  std::vector<char> buffer(256 * 1024);

  exchange(socket, request, buffer, Response(size, true));
  std::vector<double> times;
  const auto began = Clock::now();
  std::chrono::duration<double> total{};
  while (times.empty() || total < limit) {
    const auto start = Clock::now();
    exchange(socket, request, buffer, Response(size, false));
    const auto end = Clock::now();
    times.push_back(std::chrono::duration<double, std::micro>(end - start).count());
    total = end - began;
  }
  std::ranges::sort(times);
  std::printf("{\"requests\": %zu, \"seconds\": %.6f, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
              times.size(), total.count(), times[(times.size() - 1) / 2],
              times[(times.size() - 1) * 99 / 100]);
  close(socket);
  return 0;
}
