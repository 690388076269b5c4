#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "base/permits.h"
#include "net/socket.h"
#include "wasi/io.h"
#include "wasi/sockets.h"
#include "wasi/sockets_error.h"

namespace favo::wasi::sockets {

class Access;

/// What a UDP socket shares with its streams: the kernel's socket, and with whom it speaks.
class Datagrams {
 public:
  /// A socket that receives from anybody may answer whom it heard from, these last ones.
  static constexpr std::size_t kMostPeers = 64;

  Datagrams(std::unique_ptr<net::Socket> socket, IpAddressFamily family)
      : socket(std::move(socket)), family(family) {}

  /// Whether a datagram from there is for the guest.
  bool accepts(const net::SocketAddress& sender);
  /// Whether the guest may send there; the audit is told.
  bool may_send(const IpSocketAddress& receiver, std::string_view function) const;

  const std::unique_ptr<net::Socket> socket;
  const IpAddressFamily family;
  Access* access = nullptr;      ///< of the network it is bound to
  bool receives_all = false;     ///< granted to listen at its address
  std::uint64_t generation = 0;  ///< of the streams that work
  std::optional<net::SocketAddress> remote;
  int deferred_error = 0;  ///< came after datagrams that were given instead

 private:
  void remember(const net::SocketAddress& peer);

  std::vector<net::SocketAddress> peers_;
  std::size_t oldest_ = 0;  ///< once it is full
};

/// `wasi:sockets/udp.incoming-datagram-stream`.
class IncomingDatagramStream final : public Subscribable {
 public:
  /// What one `receive` gives at most: datagrams, and bytes before the last one.
  static constexpr std::size_t kMostDatagrams = 64;
  static constexpr std::size_t kMostBytes = 256 * 1024;

  explicit IncomingDatagramStream(std::shared_ptr<Datagrams> datagrams)
      : datagrams_(std::move(datagrams)), generation_(datagrams_->generation) {}

  Answer<std::vector<IncomingDatagram>> receive(std::uint64_t max_results);
  bool ready() override;
  Signal& signal() override { return datagrams_->socket->when_readable(); }

 private:
  bool works() const { return generation_ == datagrams_->generation; }

  std::shared_ptr<Datagrams> datagrams_;
  const std::uint64_t generation_;
};

/// `wasi:sockets/udp.outgoing-datagram-stream`.
class OutgoingDatagramStream final : public Subscribable {
 public:
  static constexpr std::uint64_t kPermit = 16;

  explicit OutgoingDatagramStream(std::shared_ptr<Datagrams> datagrams)
      : datagrams_(std::move(datagrams)), generation_(datagrams_->generation) {}

  Answer<std::uint64_t> check_send();
  /// A failed `Result` traps.
  Result<Answer<std::uint64_t>> send(const std::vector<OutgoingDatagram>& datagrams);
  bool ready() override;
  Signal& signal() override { return datagrams_->socket->when_writable(); }

 private:
  bool works() const { return generation_ == datagrams_->generation; }
  Answer<Unit> send_one(const OutgoingDatagram& datagram);

  std::shared_ptr<Datagrams> datagrams_;
  const std::uint64_t generation_;
  std::optional<std::uint64_t> permit_;  ///< of the last `check-send`, until it is used
  bool full_ = false;                    ///< the kernel took no more
};

/// `wasi:sockets/udp.udp-socket`.
class UdpSocket final : public Subscribable {
 public:
  using Streams =
      std::tuple<std::unique_ptr<IncomingDatagramStream>, std::unique_ptr<OutgoingDatagramStream>>;

  static Answer<std::unique_ptr<UdpSocket>> create(Loop& loop,
                                                   const std::shared_ptr<Permits>& permits,
                                                   IpAddressFamily family);

  /// `access`: of the network that the guest named; asked once the call is known to be right.
  Answer<Unit> start_bind(Access& access, const IpSocketAddress& local);
  Answer<Unit> finish_bind();
  /// Streams of earlier calls do not work any more: they fail with `invalid-state`.
  Answer<Streams> stream(const std::optional<IpSocketAddress>& remote);
  Answer<IpSocketAddress> local_address() const;
  Answer<IpSocketAddress> remote_address() const;
  IpAddressFamily family() const { return datagrams_->family; }

  /// For options.
  net::Socket& socket() const { return *datagrams_->socket; }

  /// Nothing that it does takes time.
  bool ready() override { return true; }
  Signal& signal() override { return idle_; }

 private:
  enum class State : std::uint8_t { Unbound, BindInProgress, Bound };

  explicit UdpSocket(std::shared_ptr<Datagrams> datagrams) : datagrams_(std::move(datagrams)) {}

  std::shared_ptr<Datagrams> datagrams_;
  State state_ = State::Unbound;
  Signal idle_;  ///< never notified
};

}  // namespace favo::wasi::sockets
