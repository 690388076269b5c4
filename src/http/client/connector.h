#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstddef>
#include <optional>
#include <vector>

#include "http/client/deadlines.h"
#include "http/client/failure.h"
#include "http/client/request.h"
#include "http/stream.h"
#include "loop/loop.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "policy/address.h"

namespace favo::http::client {

/// Opens one connection: looks the name up, connects to the first address that is allowed and
/// answers, and does the handshake.
///
/// The check is on the address that is then connected to, so it does not matter what a name meant
/// before or will mean later. An address that does not answer leaves time for the others.
///
/// Ownership: counted; waits that are under way hold it. Threads: the loop's.
class Connector final
    : public boost::intrusive_ref_counter<Connector, boost::thread_unsafe_counter>,
      private Deadlines::Entry {
 public:
  using Pointer = boost::intrusive_ptr<Connector>;

  /// Told how it ended, once, in a later turn of the loop than that of `start`.
  class Owner {
   public:
    virtual void connected(Stream stream, const policy::IpAddress& address) = 0;
    virtual void not_connected(Failure failure) = 0;

   protected:
    ~Owner() = default;
  };

  /// `tls`: whom to trust; null where nothing is sent by https.
  Connector(Loop& loop, net::Resolver& resolver, const net::ClientContext* tls,
            Deadlines& deadlines, Owner& owner)
      : loop_(loop),
        resolver_(resolver),
        tls_(tls),
        deadlines_(deadlines),
        owner_(&owner),
        socket_(loop.context()) {}

  /// Once. The request's grants are asked; it is not kept.
  void start(const Request& request);
  /// The owner hears nothing any more.
  void cancel();

 private:
  void resolved(net::Resolver::Answer answer);
  void consider(const net::Resolver::Addresses& addresses);
  void connect_next();
  void attempted(std::size_t attempt, const boost::system::error_code& error);
  void shake_hands();
  void hand_over();
  void fail(Failure failure);
  void expired() override;

  Loop& loop_;
  net::Resolver& resolver_;
  const net::ClientContext* tls_;
  Deadlines& deadlines_;
  Owner* owner_;  ///< null once told or cancelled
  policy::Origin origin_;
  std::span<const policy::HttpGrant> grants_;
  std::function<void(const policy::IpAddress*, bool allowed)> judged_;
  Loop::Clock::time_point until_;  ///< when all of it must be done
  net::Resolver::Lookup lookup_;
  std::vector<policy::IpAddress> addresses_;  ///< those that may be connected to
  std::size_t tried_ = 0;                     ///< of them; the last one is under way
  boost::asio::ip::tcp::socket socket_;
  std::optional<Stream> stream_;  ///< from the handshake's beginning
  Failure last_;                  ///< of the address before
};

}  // namespace favo::http::client
