#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"

namespace favo::http::test {

using namespace std::chrono_literals;

/// Turns the loop by hand until `done`, or gives up.
inline bool turn_until(Loop& loop, const std::function<bool()>& done) {
  for (int turns = 0; turns < 20'000; ++turns) {
    if (done()) return true;
    if (loop.poll() == 0) loop.run_for(1ms);
  }
  return done();
}

/// A client on a real socket, whose calls don't block.
class Client {
 public:
  Client(Loop& loop, std::uint16_t port) : loop_(loop) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const int at_once = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  virtual ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  /// Sends what the kernel takes. Returns how much.
  virtual std::size_t send(std::string_view text) {
    auto sent = ::send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  /// Receives what is there; remembers the end.
  virtual void receive() {
    char block[64 * 1024];
    for (;;) {
      auto size = ::recv(fd_, block, sizeof block, MSG_DONTWAIT);
      if (size > 0) {
        received_.append(block, static_cast<std::size_t>(size));
        continue;
      }
      if (size == 0)
        ended_ = true;
      else if (errno == ECONNRESET)
        reset_ = true;
      return;
    }
  }
  /// What has come until now.
  std::string take() { return receive(), std::exchange(received_, {}); }
  /// Whether the server has closed, orderly or not.
  bool over() const { return ended_ || reset_; }
  int descriptor() const { return fd_; }
  /// Turns the loop until what was received satisfies `enough`.
  bool wait(const std::function<bool(const std::string&)>& enough) {
    return turn_until(loop_, [&] { return receive(), enough(received_); });
  }
  /// Turns the loop until `text` arrived, and takes all up to its end.
  std::string take_through(std::string_view text) {
    EXPECT_TRUE(wait([&](const std::string& all) { return all.find(text) != all.npos; }))
        << "no " << testing::PrintToString(text) << " in " << testing::PrintToString(received_);
    auto end = std::min(received_.find(text), received_.size() - text.size()) + text.size();
    auto taken = received_.substr(0, end);
    received_.erase(0, end);
    return taken;
  }
  /// Turns the loop until the server closed; all that came.
  std::string take_all() {
    EXPECT_TRUE(turn_until(loop_, [&] { return receive(), ended_ || reset_; })) << received_;
    return std::exchange(received_, {});
  }
  /// Whether nothing comes, and the connection stays, for a few turns.
  bool quiet() {
    for (int turns = 0; turns < 5; ++turns) loop_.run_for(1ms);
    receive();
    return received_.empty() && !ended_ && !reset_;
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  bool was_reset() const { return reset_; }
  const std::string& received() const { return received_; }

 protected:
  Loop& loop_;
  int fd_ = -1;
  bool connected_ = false, ended_ = false, reset_ = false;
  std::string received_;
};

/// A handler that keeps its exchanges for the test to answer, or answers as it is told.
class ManualHandler : public Handler {
 public:
  void handle(Exchange& exchange) override {
    ++handled;
    auto& head = exchange.request();
    log.push_back(std::string(head.method) + " " + std::string(head.target));
    if (at_once)
      at_once(exchange);
    else
      running.push_back(&exchange);
  }
  void cancelled(Exchange& exchange) override {
    ++cancels;
    std::erase(running, &exchange);
    exchange.release();
  }
  void refused(std::string_view, int status, std::string_view) override {
    refusals.push_back(status);
  }
  void handshake_failed(std::string_view, std::string_view reason) override {
    failed_handshakes.emplace_back(reason);
  }

  std::function<void(Exchange&)> at_once;
  std::deque<Exchange*> running;
  std::vector<std::string> log;
  std::vector<int> refusals;
  std::vector<std::string> failed_handshakes;
  int handled = 0, cancels = 0;
};

/// A whole response in one go.
inline void answer(Exchange& exchange, std::string_view body, int status = 200) {
  ASSERT_TRUE(exchange.response().start(status, {}, std::nullopt).ok());
  if (!body.empty()) exchange.response().write(as_bytes(body));
  exchange.response().finish(nullptr);
  exchange.flush();
  exchange.release();
}

/// A server on a loop that the test turns, at a port of its own.
class ServerTest : public testing::Test {
 protected:
  void listen(const Limits& limits = {}) {
    server = std::make_unique<Server>(loop, handler, limits);
    auto result =
        server->listen({boost::asio::ip::address_v4::loopback(), 0}, Listener::Port::Claim);
    ASSERT_TRUE(result.ok()) << result.error().message();
  }
  std::unique_ptr<Client> connect() {
    if (!server) listen();
    auto client = std::make_unique<Client>(loop, server->endpoint().port());
    EXPECT_TRUE(client->connected());
    return client;
  }
  /// Turns until the handler has a request, and takes it.
  Exchange& next_exchange() {
    EXPECT_TRUE(turn_until(loop, [&] { return !handler.running.empty(); }));
    auto* exchange = handler.running.front();
    handler.running.pop_front();
    return *exchange;
  }
  /// All that arrives of the body, to its end.
  std::string read_body(Exchange& exchange) {
    std::string all;
    turn_until(loop, [&] {
      auto data = exchange.body().data();
      all += as_text(data);
      exchange.body().consume(data.size());
      return exchange.body().state() != BodySource::State::Open;
    });
    return all;
  }

  Loop loop;
  ManualHandler handler;
  std::unique_ptr<Server> server;
};

}  // namespace favo::http::test
