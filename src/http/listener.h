#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>

#include "base/result.h"
#include "loop/loop.h"

namespace favo::http {

/// A listening TCP socket of one shard. Several shards listen on one port (`SO_REUSEPORT`): the
/// kernel spreads the clients over them.
///
/// Threads: the loop's. Destroying it closes it; the callback must outlive that.
class Listener {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Endpoint = boost::asio::ip::tcp::endpoint;
  /// `Claim`: the port must be free. `Join`: another shard of ours listens there too. Without the
  /// difference a second server on the port would silently take half of the first one's clients.
  enum class Port : std::uint8_t { Claim, Join };

  explicit Listener(Loop& loop) : loop_(loop), acceptor_(loop.context()), retry_(loop) {}

  /// Errors: Unavailable when the port is in use, Denied, InvalidArgument for an address that is
  /// not this machine's, Io.
  Result<void> open(const Endpoint& endpoint, Port port);
  /// Where it listens, with the port that was chosen for port 0. REQUIRES: open
  Endpoint endpoint() const;
  /// Starts to accept, or goes on after `pause`.
  void accept(std::function<void(Socket)> accepted);
  /// Leaves clients in the kernel's queue.
  void pause() { paused_ = true; }
  void resume();
  bool paused() const { return paused_; }
  /// Accepts whoever is in the queue already, then closes.
  void close();

 private:
  void wait();
  bool accept_some();

  Loop& loop_;
  boost::asio::ip::tcp::acceptor acceptor_;
  Timer retry_;
  std::function<void(Socket)> accepted_;
  bool paused_ = false;
  bool waiting_ = false;
};

}  // namespace favo::http
