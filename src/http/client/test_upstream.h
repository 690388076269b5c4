#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/client/client.h"
#include "http/test_support.h"
#include "net/fake_resolver.h"

namespace favo::http::client::test {

using http::test::turn_until;

constexpr std::string_view kEmpty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// The server's end of one connection, played by the test. Calls don't block.
class Peer {
 public:
  Peer(Loop& loop, int fd) : loop_(loop), fd_(fd) {}
  ~Peer() { close(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Sends what the kernel takes. Returns how much.
  std::size_t send(std::string_view text) {
    const auto sent = ::send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  /// Turns the loop until `text` arrived, and takes all up to its end.
  std::string take_through(std::string_view text) {
    EXPECT_TRUE(
        turn_until(loop_, [&] { return receive(), received_.find(text) != std::string::npos; }))
        << "no " << testing::PrintToString(text) << " in " << testing::PrintToString(received_);
    const auto end = std::min(received_.find(text), received_.size() - text.size()) + text.size();
    auto taken = received_.substr(0, end);
    received_.erase(0, end);
    return taken;
  }
  std::string take_head() { return take_through("\r\n\r\n"); }
  bool wait_end() {
    return turn_until(loop_, [&] { return receive(), ended_; });
  }
  bool ended() { return receive(), ended_; }
  const std::string& received() { return receive(), received_; }
  void close(bool reset = false) {
    if (fd_ < 0) return;
    const linger now{1, 0};
    if (reset) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(std::exchange(fd_, -1));
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }

 private:
  void receive() {
    char block[64 * 1024];
    for (;;) {
      const auto size = ::recv(fd_, block, sizeof block, MSG_DONTWAIT);
      if (size > 0) {
        received_.append(block, static_cast<std::size_t>(size));
        continue;
      }
      if (size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) ended_ = true;
      return;
    }
  }

  Loop& loop_;
  int fd_;
  bool ended_ = false;
  std::string received_;
};

/// A listening socket on an address of this machine.
class Upstream {
 public:
  explicit Upstream(Loop& loop, const char* address = "127.0.0.1", std::uint16_t port = 0)
      : loop_(loop) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in bound{};
    bound.sin_family = AF_INET;
    bound.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &bound.sin_addr);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&bound), sizeof bound), 0);
    EXPECT_EQ(::listen(fd_, 16), 0);
    socklen_t size = sizeof bound;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &size);
    port_ = ntohs(bound.sin_port);
  }
  ~Upstream() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  std::uint16_t port() const { return port_; }
  /// Turns the loop until a client has connected.
  std::unique_ptr<Peer> accept() {
    int connected = -1;
    EXPECT_TRUE(turn_until(loop_, [&] {
      connected = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK);
      return connected >= 0;
    })) << "nobody connects";
    return std::make_unique<Peer>(loop_, connected);
  }
  /// Whether nobody connects for a few turns.
  bool quiet() {
    for (int turns = 0; turns < 5; ++turns) loop_.run_for(std::chrono::milliseconds(1));
    const int connected = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK);
    if (connected >= 0) ::close(connected);
    return connected < 0;
  }

 private:
  Loop& loop_;
  int fd_;
  std::uint16_t port_;
};

/// A client on a loop that the test turns, granted what the test says.
class ClientTest : public testing::Test {
 protected:
  void grant(const std::string& text) { grants.push_back(*policy::HttpGrant::parse(text)); }
  policy::Origin origin(const std::string& host, std::uint16_t port) {
    return {false, *policy::parse_host(host), port};
  }
  /// To the upstream by its address, which is granted.
  Request request(std::string_view method = "GET") {
    Request request;
    request.method = method;
    request.origin = origin("127.0.0.1", upstream.port());
    request.grants = grants;
    return request;
  }
  std::shared_ptr<Exchange> send(Request request) { return client->send(std::move(request)); }
  bool answered(Exchange& exchange) {
    return turn_until(loop, [&] { return exchange.progress() != Exchange::Progress::Underway; }) &&
           exchange.progress() == Exchange::Progress::Answered;
  }
  /// How the request failed, before or within the response.
  Failure::Kind failure(Exchange& exchange) {
    EXPECT_TRUE(turn_until(loop, [&] {
      if (exchange.progress() == Exchange::Progress::Answered) read_some(exchange);
      return exchange.progress() == Exchange::Progress::Failed ||
             exchange.state() == BodySource::State::Failed;
    }));
    return exchange.reason().kind;
  }
  std::string read_some(Exchange& exchange) {
    std::string text;
    for (Bytes bytes = exchange.data(); !bytes.empty(); bytes = exchange.data()) {
      text += as_text(bytes);
      exchange.consume(bytes.size());
    }
    if (exchange.state() == BodySource::State::Open) exchange.readable();
    return text;
  }
  /// The body to its end.
  std::string read(Exchange& exchange) {
    std::string text;
    EXPECT_TRUE(turn_until(loop, [&] {
      text += read_some(exchange);
      return exchange.state() != BodySource::State::Open;
    }));
    EXPECT_EQ(exchange.state(), BodySource::State::End);
    return text;
  }

  Loop loop;
  Upstream upstream{loop};
  net::FakeResolver resolver;
  std::vector<policy::HttpGrant> grants{*policy::HttpGrant::parse("http://127.0.0.1:*")};
  Limits limits;
  std::shared_ptr<Permits> permits = std::make_shared<Permits>(8);
  std::unique_ptr<Client> client =
      std::make_unique<Client>(loop, resolver, nullptr, permits, limits);
};

}  // namespace favo::http::client::test
