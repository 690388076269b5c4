#include "http/server.h"

#include <ctime>
#include <utility>

#include "http/connection.h"
#include "http/tls_handshake.h"

namespace favo::http {

using namespace std::chrono_literals;

Server::Server(Loop& loop, Handler& handler, const Limits& limits)
    : loop_(loop),
      context_(std::make_shared<ConnectionContext>(loop, handler, limits)),
      listener_(loop),
      sweep_timer_(loop),
      shutdown_timer_(loop) {
  context_->registry = this;
}

Server::~Server() {
  context_->registry = nullptr;
  context_->draining = true;
  while (!connections_.empty()) {
    ServedConnection::Pointer connection(&connections_.front(), false);
    connections_.pop_front();
    connection->abort();
  }
}

Result<void> Server::listen(const Listener::Endpoint& endpoint, Listener::Port port) {
  FAVO_TRY(listener_.open(endpoint, port));
  listener_.accept([this](Listener::Socket socket) { adopt(std::move(socket)); });
  return {};
}

void Server::adopt(Listener::Socket socket) {
  start_sweeping();
  ServedConnection::Pointer connection;
  if (tls_) {
    auto session = tls_->accept(socket.native_handle());
    connection = new TlsHandshake(context_, Stream(std::move(socket), std::move(session)));
  } else {
    connection = new Connection(context_, Stream(std::move(socket)));
  }
  connections_.push_back(*connection);
  intrusive_ptr_add_ref(connection.get());
  if (++count_ >= context_->limits.connections) listener_.pause();
  connection->start();
}

void Server::replaced(ServedConnection& connection, ServedConnection::Pointer next) {
  // In its place, and counted as it was: a sweep may be looking at the list.
  connections_.insert(connections_.iterator_to(connection), *next);
  intrusive_ptr_add_ref(next.get());
  connections_.erase(connections_.iterator_to(connection));
  next->start();
  if (context_->draining) next->drain();
  intrusive_ptr_release(&connection);
}

void Server::closed(ServedConnection& connection) {
  connections_.erase(connections_.iterator_to(connection));
  intrusive_ptr_release(&connection);
  --count_;
  if (listener_.paused()) listener_.resume();
  if (count_ == 0 && shut_down_) {
    shutdown_timer_.cancel();
    // Later: the connection is still on the stack.
    loop_.post(std::exchange(shut_down_, nullptr));
  }
}

/// Calls `action` for each connection; it may close that one.
template <typename Action>
void Server::for_each(Action action) {
  for (auto next = connections_.begin(); next != connections_.end();) action(*next++);
}

void Server::sweep(Loop::Clock::time_point now) {
  context_->now = now;
  context_->date.update(std::time(nullptr));
  for_each([](ServedConnection& connection) { connection.sweep(); });
}

void Server::start_sweeping() {
  if (sweeping_) return;
  sweeping_ = true;
  context_->now = loop_.now();
  context_->date.update(std::time(nullptr));
  sweep_timer_.start(context_->now + 1s, [this] {
    sweeping_ = false;
    sweep(loop_.now());
    // An idle server sleeps.
    if (count_ > 0) start_sweeping();
  });
}

void Server::shutdown(std::chrono::milliseconds limit, std::move_only_function<void()> done) {
  shut_down_ = std::move(done);
  listener_.close();
  context_->draining = true;
  for_each([](ServedConnection& connection) { connection.drain(); });
  if (!shut_down_) return;
  if (count_ == 0) return loop_.post(std::exchange(shut_down_, nullptr));
  shutdown_timer_.start(loop_.now() + limit, [this] {
    for_each([](ServedConnection& connection) { connection.abort(); });
  });
}

}  // namespace favo::http
