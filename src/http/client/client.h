#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "base/permits.h"
#include "http/client/connection.h"
#include "http/client/connector.h"
#include "http/client/deadlines.h"
#include "http/client/exchange.h"
#include "http/client/h2_connection.h"
#include "http/client/limits.h"
#include "http/client/neighbours.h"
#include "http/client/request.h"
#include "http/date.h"
#include "loop/loop.h"
#include "net/resolver.h"
#include "net/tls.h"

namespace favo::http::client {

/// A shard's HTTP client for one application: sends requests, and keeps connections for the next
/// ones. Whoever has it may send to wherever the grants of a request allow, and nowhere else.
///
/// Ownership: exchanges are gone before it is. The loop and the resolver outlive it.
/// Threads:   the loop's.
///
/// Example:
///   Client client(loop, resolver, tls, permits, {});
///   auto exchange = client.send({.origin = origin, .grants = grant.http});
///   // wait for exchange->answered(), read its body
class Client final : private Connection::Pool, private H2Connection::Owner {
 public:
  /// `tls`: whom to trust by https; null where nothing is sent so.
  /// `connections`: how many the application may have at once, over all shards; null: any number.
  /// `neighbours`: who is asked without one, if a grant speaks of them by name; null: nobody.
  Client(Loop& loop, net::Resolver& resolver, std::shared_ptr<const net::ClientContext> tls,
         std::shared_ptr<Permits> connections, const Limits& limits,
         Neighbours* neighbours = nullptr);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Never fails at once: `Exchange::progress` tells later.
  /// REQUIRES: the request's method is a token, its target has no white space, its fields are
  ///           fields (RFC 9110, 5).
  std::shared_ptr<Exchange> send(Request request);

  std::size_t idle_connections() const { return idle_count_; }

 private:
  friend class Exchange;

  /// To a server of this process; null when the request is for another, or may not go this way.
  Carrier::Pointer open_local(const Request& request);
  /// Of a connection to the request's origin, whose address its grants allow; null when there is
  /// none that is free.
  Carrier::Pointer take_idle(const Request& request);
  Connector::Pointer connector(Connector::Owner& owner);
  /// In the protocol that was agreed on.
  Carrier::Pointer adopt(Stream stream, const policy::Origin& origin,
                         const policy::IpAddress& address, Permits::Permit permit);
  /// For one more connection, closing an idle one if need be. False when there are too many.
  Permits::Permit permit();
  /// Sends what the exchange gathers, once, when this turn of the loop ends.
  void flush_later(Exchange& exchange);
  void flush();

  void idle(Connection& connection) override;
  void gone(Connection& connection) override;
  void ending(H2Connection& connection) override;

  Loop& loop_;
  net::Resolver& resolver_;
  const std::shared_ptr<const net::ClientContext> tls_;
  const std::shared_ptr<Permits> connections_;
  const Limits limits_;
  Neighbours* const neighbours_;
  DateLine date_;
  Deadlines deadlines_;
  std::map<policy::Origin, std::vector<Connection::Pointer>> idle_;
  std::size_t idle_count_ = 0;
  std::map<policy::Origin, std::vector<H2Connection::Pointer>> multiplexed_;
  boost::intrusive::list<Exchange, boost::intrusive::constant_time_size<false>> gathering_;
  std::shared_ptr<Client*> self_;  ///< for what is posted: null once this is gone
  bool flush_posted_ = false;
};

}  // namespace favo::http::client
