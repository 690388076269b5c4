#include "http/client/connector.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <utility>
#include <variant>

#include "base/format.h"

namespace favo::http::client {
namespace {

using Kind = Failure::Kind;
using boost::asio::ip::tcp;
using std::chrono_literals::operator""s;

/// For an address that does not answer, while there are others.
constexpr auto kPatience = 2s;

tcp::endpoint endpoint_of(const policy::IpAddress& address, std::uint16_t port) {
  const auto bytes = address.bytes();
  if (address.is_v4()) {
    boost::asio::ip::address_v4::bytes_type raw;
    std::ranges::copy(bytes, raw.begin());
    return {boost::asio::ip::address_v4(raw), port};
  }
  boost::asio::ip::address_v6::bytes_type raw;
  std::ranges::copy(bytes, raw.begin());
  return {boost::asio::ip::address_v6(raw), port};
}

Failure failure_of(net::Resolver::Failure failure, const policy::Origin& origin) {
  const std::string& name = std::get<policy::HostName>(origin.host).text();
  switch (failure) {
    case net::Resolver::Failure::NotFound:
      return {Kind::DnsError, "NXDOMAIN"};
    case net::Resolver::Failure::NoAddress:
      return {Kind::DnsError, "NODATA"};
    case net::Resolver::Failure::Temporary:
      return {Kind::DnsTimeout, format("no name server answered about {}", name)};
    case net::Resolver::Failure::Permanent:
      return {Kind::DnsError, "SERVFAIL"};
    case net::Resolver::Failure::Overloaded:
      return {Kind::DnsTimeout, "too many lookups are under way"};
  }
  return {Kind::DnsError, {}};
}

Failure failure_of(int error, const policy::IpAddress& address) {
  const std::string detail =
      format("{}: {}", address.print(),
             boost::system::error_code(error, boost::system::system_category()).message());
  switch (error) {
    case ECONNREFUSED:
      return {Kind::ConnectionRefused, detail};
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EINVAL:  // a link-local address, which needs a zone
      return {Kind::AddressUnroutable, detail};
    case ETIMEDOUT:
      return {Kind::ConnectionTimeout, detail};
    default:
      return {Kind::Unavailable, detail};
  }
}

Failure failure_of(const net::TlsFailure& failure) {
  switch (failure.kind) {
    case net::TlsFailure::Kind::Certificate:
      return {Kind::TlsCertificate, failure.message};
    case net::TlsFailure::Kind::Alert:
      return {Kind::TlsAlert, failure.message, failure.alert};
    case net::TlsFailure::Kind::Protocol:
      return {Kind::TlsProtocol, failure.message};
    case net::TlsFailure::Kind::Truncated:
    case net::TlsFailure::Kind::Connection:
      return {Kind::ConnectionTerminated, failure.message};
  }
  return {Kind::TlsProtocol, failure.message};
}

}  // namespace

void Connector::start(const Request& request) {
  origin_ = request.origin;
  grants_ = request.grants;
  judged_ = request.judged;
  const auto most = std::chrono::nanoseconds(std::chrono::hours(24));
  until_ = Loop::Clock::now() + std::min(request.timeouts.connect, most);
  deadlines_.set(*this, until_);
  if (const auto* name = std::get_if<policy::HostName>(&origin_.host)) {
    lookup_ = resolver_.resolve(
        loop_, *name, [this](net::Resolver::Answer answer) { resolved(std::move(answer)); });
    return;
  }
  loop_.post([self = Pointer(this)] {
    if (self->owner_) self->consider({std::get<policy::IpAddress>(self->origin_.host)});
  });
}

void Connector::cancel() {
  owner_ = nullptr;
  clear_deadline();
  lookup_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (stream_) stream_->close();
}

void Connector::resolved(net::Resolver::Answer answer) {
  const Pointer self(this);
  lookup_ = {};
  if (!answer) return fail(failure_of(answer.error(), origin_));
  consider(*answer);
}

void Connector::consider(const net::Resolver::Addresses& addresses) {
  for (const policy::IpAddress& address : addresses)
    if (policy::allows_connection(grants_, origin_, address)) addresses_.push_back(address);
  if (!addresses_.empty()) return connect_next();
  const policy::IpAddress& first = addresses.front();
  if (judged_) judged_(&first, false);
  fail({Kind::AddressProhibited, format("{} leads to {}", origin_.print(), first.print())});
}

void Connector::connect_next() {
  const Pointer self(this);
  boost::system::error_code failed;
  socket_.close(failed);
  while (tried_ < addresses_.size()) {
    const tcp::endpoint endpoint = endpoint_of(addresses_[tried_++], origin_.port);
    socket_.open(endpoint.protocol(), failed);
    if (failed) {
      last_ = failure_of(failed.value(), addresses_[tried_ - 1]);
      continue;
    }
    socket_.set_option(tcp::no_delay(true), failed);
    const bool last = tried_ == addresses_.size();
    deadlines_.set(*this, last ? until_ : std::min(until_, Loop::Clock::now() + kPatience));
    socket_.async_connect(endpoint,
                          [self, attempt = tried_](const boost::system::error_code& error) {
                            self->attempted(attempt, error);
                          });
    return;
  }
  fail(std::move(last_));
}

void Connector::attempted(std::size_t attempt, const boost::system::error_code& error) {
  if (!owner_ || attempt != tried_) return;
  if (error) {
    last_ = failure_of(error.value(), addresses_[tried_ - 1]);
    return connect_next();
  }
  if (!origin_.secure) {
    stream_.emplace(std::move(socket_));
    return hand_over();
  }
  if (!tls_) return fail({Kind::TlsProtocol, "nobody is trusted"});
  constexpr std::string_view kProtocols[] = {"h2", "http/1.1"};
  const auto* name = std::get_if<policy::HostName>(&origin_.host);
  const std::string host = name ? name->text() : std::get<policy::IpAddress>(origin_.host).print();
  auto session = tls_->connect(socket_.native_handle(), host, kProtocols);
  if (!session) return fail({Kind::TlsProtocol, session.error().message()});
  stream_.emplace(std::move(socket_), std::move(*session));
  deadlines_.set(*this, until_);
  shake_hands();
}

/// A server that answers and cannot prove who it is, is an answer: no other address is tried.
void Connector::shake_hands() {
  const auto wait = [this](boost::asio::socket_base::wait_type what) {
    stream_->wait_for(what, [self = Pointer(this)](const boost::system::error_code& error) {
      if (self->owner_ && !error) self->shake_hands();
    });
  };
  switch (stream_->tls().handshake()) {
    case net::TlsSession::Status::WantRead:
      return wait(boost::asio::socket_base::wait_read);
    case net::TlsSession::Status::WantWrite:
      return wait(boost::asio::socket_base::wait_write);
    case net::TlsSession::Status::Ok:
      return hand_over();
    default:
      return fail(failure_of(stream_->tls().failure()));
  }
}

void Connector::hand_over() {
  clear_deadline();
  const policy::IpAddress& address = addresses_[tried_ - 1];
  if (judged_) judged_(&address, true);
  std::exchange(owner_, nullptr)->connected(*std::move(stream_), address);
}

void Connector::fail(Failure failure) {
  if (!owner_) return;
  Owner& owner = *owner_;
  cancel();
  owner.not_connected(std::move(failure));
}

void Connector::expired() {
  const Pointer self(this);
  if (!stream_ && Loop::Clock::now() < until_) {
    last_ = failure_of(ETIMEDOUT, addresses_[tried_ - 1]);
    return connect_next();
  }
  if (tried_ == 0)
    return fail({Kind::DnsTimeout, "the lookup took longer than the connect timeout"});
  fail({Kind::ConnectionTimeout,
        format("{}: no connection in time", addresses_[tried_ - 1].print())});
}

}  // namespace favo::http::client
