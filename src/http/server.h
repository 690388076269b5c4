#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "base/result.h"
#include "http/exchange.h"
#include "http/limits.h"
#include "http/listener.h"
#include "http/served_connection.h"
#include "loop/loop.h"
#include "net/tls.h"

namespace favo::http {

/// A shard's HTTP server: listens, keeps its connections, and sweeps them once a second for those
/// whose time is over (one timer for all of them). Speaks HTTP/1.1 and HTTP/2 on one port, and with
/// `set_tls` nothing but TLS.
///
/// Ownership: owns listener and connections. Destroying it closes all; exchanges that handlers
/// still
///            hold stay valid until they release them, and get no further call.
/// Threads:   the loop's. `loop` and `handler` outlive it.
///
/// Example:
///   http::Server server(loop, handler, {});
///   FAVO_TRY(server.listen(endpoint, http::Listener::Port::Claim));
///   loop.run();
class Server final : private ConnectionContext::Registry {
 public:
  Server(Loop& loop, Handler& handler, const Limits& limits);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// What clients that connect from now on are shown; those that are connected keep what they have.
  void set_tls(std::shared_ptr<const net::ServerContext> tls) { tls_ = std::move(tls); }
  /// Errors: see `Listener::open`.
  Result<void> listen(const Listener::Endpoint& endpoint, Listener::Port port);
  /// REQUIRES: listening
  Listener::Endpoint endpoint() const { return listener_.endpoint(); }
  std::size_t connections() const { return count_; }

  /// Stops accepting, closes idle connections at once, lets running requests finish with
  /// `Connection: close`, and after `limit` aborts those that have not. Then calls `done`, once.
  void shutdown(std::chrono::milliseconds limit, std::move_only_function<void()> done);

  /// Enforces time limits as of `now`. The server's own timer does it; public for tests.
  void sweep(Loop::Clock::time_point now);

 private:
  using Connections =
      boost::intrusive::list<ServedConnection, boost::intrusive::constant_time_size<false>>;

  void adopt(Listener::Socket socket);
  void closed(ServedConnection& connection) override;
  void replaced(ServedConnection& connection, ServedConnection::Pointer next) override;
  void start_sweeping();
  template <typename Action>
  void for_each(Action action);

  Loop& loop_;
  std::shared_ptr<ConnectionContext> context_;
  std::shared_ptr<const net::ServerContext> tls_;
  Listener listener_;
  Connections connections_;  ///< each counted once
  std::size_t count_ = 0;
  Timer sweep_timer_;
  bool sweeping_ = false;
  Timer shutdown_timer_;
  std::move_only_function<void()> shut_down_;
};

}  // namespace favo::http
