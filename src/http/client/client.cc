#include "http/client/client.h"

#include <algorithm>
#include <ctime>
#include <limits>
#include <utility>

#include "http/client/local_stream.h"

namespace favo::http::client {

Client::Client(Loop& loop, net::Resolver& resolver, std::shared_ptr<const net::ClientContext> tls,
               std::shared_ptr<Permits> connections, const Limits& limits, Neighbours* neighbours)
    : loop_(loop),
      resolver_(resolver),
      tls_(std::move(tls)),
      connections_(connections
                       ? std::move(connections)
                       : std::make_shared<Permits>(std::numeric_limits<std::uint32_t>::max())),
      limits_(limits),
      neighbours_(neighbours),
      deadlines_(loop),
      self_(std::make_shared<Client*>(this)) {}

Client::~Client() {
  *self_ = nullptr;
  for (auto& [origin, connections] : std::exchange(idle_, {}))
    for (const Connection::Pointer& connection : connections) connection->close();
  for (auto& [origin, connections] : std::exchange(multiplexed_, {}))
    for (const H2Connection::Pointer& connection : connections) connection->close();
}

std::shared_ptr<Exchange> Client::send(Request request) {
  auto exchange = std::make_shared<Exchange>(*this, std::move(request));
  exchange->start();
  return exchange;
}

Carrier::Pointer Client::open_local(const Request& request) {
  if (!neighbours_ || !policy::allows_by_name(request.grants, request.origin)) return nullptr;
  const auto neighbour = neighbours_->find(request.origin);
  if (!neighbour) return nullptr;
  if (request.judged) request.judged(nullptr, true);
  date_.update(std::time(nullptr));
  return new LocalStream({loop_, deadlines_, date_, limits_}, *neighbour, request.caller);
}

Carrier::Pointer Client::take_idle(const Request& request) {
  const auto allowed = [&](const auto& connection) {
    return policy::allows_connection(request.grants, request.origin, connection->address());
  };
  if (const auto several = multiplexed_.find(request.origin); several != multiplexed_.end()) {
    for (const H2Connection::Pointer& connection : several->second)
      if (connection->has_room() && allowed(connection)) return connection->open_stream();
  }
  const auto found = idle_.find(request.origin);
  if (found == idle_.end()) return nullptr;
  auto& connections = found->second;
  // The one that was used last is the least likely to be closed by now.
  for (auto at = connections.end(); at != connections.begin();) {
    --at;
    if (!allowed(*at)) continue;
    Connection::Pointer connection = std::move(*at);
    connections.erase(at);
    if (connections.empty()) idle_.erase(found);
    --idle_count_;
    return connection;
  }
  return nullptr;
}

Connector::Pointer Client::connector(Connector::Owner& owner) {
  return Connector::Pointer(new Connector(loop_, resolver_, tls_.get(), deadlines_, owner));
}

Carrier::Pointer Client::adopt(Stream stream, const policy::Origin& origin,
                               const policy::IpAddress& address, Permits::Permit permit) {
  if (stream.secure() && stream.tls().protocol() == "h2") {
    const H2Connection::Pointer connection(new H2Connection(
        loop_, limits_, deadlines_, *this, std::move(stream), origin, address, std::move(permit)));
    multiplexed_[origin].push_back(connection);
    return connection->open_stream();
  }
  return Carrier::Pointer(new Connection(loop_, limits_, deadlines_, *this, std::move(stream),
                                         origin, address, std::move(permit)));
}

Permits::Permit Client::permit() {
  auto permit = Permits::take(connections_);
  if (permit) return permit;
  if (!idle_.empty()) {
    Connection::Pointer(idle_.begin()->second.front())->close();
    return Permits::take(connections_);
  }
  for (const auto& [origin, connections] : multiplexed_) {
    const auto idle = std::ranges::find_if(
        connections, [](const H2Connection::Pointer& kept) { return kept->is_idle(); });
    if (idle == connections.end()) continue;
    H2Connection::Pointer(*idle)->close();
    return Permits::take(connections_);
  }
  return permit;
}

void Client::idle(Connection& connection) {
  const Connection::Pointer kept(&connection);
  auto& connections = idle_[connection.origin()];
  connections.push_back(kept);
  ++idle_count_;
  // Those that wait longest are the first to be closed by their server.
  if (connections.size() > limits_.idle_per_origin || idle_count_ > limits_.idle)
    Connection::Pointer(connections.front())->close();
}

void Client::gone(Connection& connection) {
  const auto found = idle_.find(connection.origin());
  if (found == idle_.end()) return;
  idle_count_ -= std::erase_if(
      found->second, [&](const Connection::Pointer& kept) { return kept.get() == &connection; });
  if (found->second.empty()) idle_.erase(found);
}

void Client::ending(H2Connection& connection) {
  const auto found = multiplexed_.find(connection.origin());
  if (found == multiplexed_.end()) return;
  std::erase_if(found->second, [&](const auto& kept) { return kept.get() == &connection; });
  if (found->second.empty()) multiplexed_.erase(found);
}

void Client::flush_later(Exchange& exchange) {
  if (exchange.is_linked()) return;
  gathering_.push_back(exchange);
  if (std::exchange(flush_posted_, true)) return;
  loop_.post([self = self_] {
    if (*self) (*self)->flush();
  });
}

void Client::flush() {
  flush_posted_ = false;
  while (!gathering_.empty()) {
    Exchange& exchange = gathering_.front();
    gathering_.pop_front();
    exchange.flush();
  }
}

}  // namespace favo::http::client
