#include "wasi/sockets_udp.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/format.h"
#include "wasi/sockets_access.h"
#include "wasi/sockets_address.h"

namespace favo::wasi::sockets {
namespace {

constexpr std::string_view kInterface = "wasi:sockets/udp";
/// The largest that the length field of a datagram can tell.
constexpr std::size_t kMostPayload = 65535;

std::unexpected<ErrorCode> fail(ErrorCode code) { return std::unexpected(code); }

/// Whether a guest may name `remote` as a place to send to.
bool is_receiver(IpAddressFamily family, const IpSocketAddress& remote) {
  return fits(family, remote) && is_remote(remote);
}

}  // namespace

// --- With whom -------------------------------------------------------------------------------

bool Datagrams::accepts(const net::SocketAddress& sender) {
  // Datagrams that came before the socket was connected lie there still.
  if (remote && !(*remote == sender)) return false;
  if (!receives_all) return access->reaches(Protocol::Udp, policy_address(sender), sender.port());
  remember(sender);
  return true;
}

bool Datagrams::may_send(const IpSocketAddress& receiver, std::string_view function) const {
  if (receives_all && std::ranges::find(peers_, native(receiver)) != peers_.end()) return true;
  return access->may_reach(Protocol::Udp, receiver, {kInterface, function});
}

void Datagrams::remember(const net::SocketAddress& peer) {
  if (std::ranges::find(peers_, peer) != peers_.end()) return;
  if (peers_.size() < kMostPeers) {
    peers_.push_back(peer);
  } else {
    peers_[oldest_] = peer;
    oldest_ = (oldest_ + 1) % kMostPeers;
  }
}

// --- Receiving -------------------------------------------------------------------------------

Answer<std::vector<IncomingDatagram>> IncomingDatagramStream::receive(std::uint64_t max_results) {
  if (!works()) return fail(ErrorCode::InvalidState);
  std::vector<IncomingDatagram> received;
  if (max_results == 0) return received;
  if (const int error = std::exchange(datagrams_->deferred_error, 0))
    return fail(code_of_datagram(error));
  const auto buffer = std::make_unique_for_overwrite<std::uint8_t[]>(kMostPayload);
  std::size_t bytes = 0;
  // Those that are dropped count too, so that a flood of them is no endless loop.
  for (std::size_t i = 0; i < kMostDatagrams; ++i) {
    if (received.size() == max_results || bytes >= kMostBytes) break;
    net::SocketAddress sender;
    const auto size = datagrams_->socket->receive_from({buffer.get(), kMostPayload}, sender);
    if (!size) {
      if (size.error() == EAGAIN) break;
      if (received.empty()) return fail(code_of_datagram(size.error()));
      datagrams_->deferred_error = size.error();
      break;
    }
    if (!datagrams_->accepts(sender)) continue;
    bytes += *size;
    received.push_back(
        {.data = {buffer.get(), buffer.get() + *size}, .remote_address = guest_address(sender)});
  }
  return received;
}

bool IncomingDatagramStream::ready() {
  return !works() || datagrams_->deferred_error != 0 || datagrams_->socket->readable();
}

// --- Sending ---------------------------------------------------------------------------------

Answer<std::uint64_t> OutgoingDatagramStream::check_send() {
  if (!works()) return fail(ErrorCode::InvalidState);
  permit_ = ready() ? kPermit : 0;
  return *permit_;
}

bool OutgoingDatagramStream::ready() {
  if (full_) full_ = works() && !datagrams_->socket->writable();
  return !full_;
}

Result<Answer<std::uint64_t>> OutgoingDatagramStream::send(
    const std::vector<OutgoingDatagram>& datagrams) {
  if (!permit_)
    return error(Code::Trap, "outgoing-datagram-stream: send without a preceding check-send");
  if (datagrams.size() > *permit_)
    return error(Code::Trap,
                 "outgoing-datagram-stream: {} datagrams sent where check-send permitted {}",
                 datagrams.size(), *permit_);
  permit_.reset();
  if (!works()) return Answer<std::uint64_t>(fail(ErrorCode::InvalidState));
  std::uint64_t sent = 0;
  for (const OutgoingDatagram& datagram : datagrams) {
    const auto outcome = send_one(datagram);
    if (!outcome) {
      full_ = outcome.error() == ErrorCode::WouldBlock;
      if (sent == 0 && !full_) return Answer<std::uint64_t>(fail(outcome.error()));
      break;
    }
    ++sent;
  }
  return Answer<std::uint64_t>(sent);
}

Answer<Unit> OutgoingDatagramStream::send_one(const OutgoingDatagram& datagram) {
  const auto& remote = datagrams_->remote;
  const auto& receiver = datagram.remote_address;
  if (receiver ? !is_receiver(datagrams_->family, *receiver) : !remote)
    return fail(ErrorCode::InvalidArgument);
  if (remote && receiver && !(native(*receiver) == *remote))
    return fail(ErrorCode::InvalidArgument);
  if (datagram.data.size() > kMostPayload) return fail(ErrorCode::DatagramTooLarge);
  net::Outcome<std::size_t> size;
  if (remote) {
    size = datagrams_->socket->send(datagram.data);
  } else {
    if (!datagrams_->may_send(*receiver, "outgoing-datagram-stream.send"))
      return fail(ErrorCode::AccessDenied);
    size = datagrams_->socket->send_to(datagram.data, native(*receiver));
  }
  if (!size) return fail(code_of_datagram(size.error()));
  return Unit();
}

// --- The socket ------------------------------------------------------------------------------

Answer<std::unique_ptr<UdpSocket>> UdpSocket::create(Loop& loop,
                                                     const std::shared_ptr<Permits>& permits,
                                                     IpAddressFamily family) {
  auto permit = Permits::take(permits);
  if (!permit) return fail(ErrorCode::NewSocketLimit);
  auto socket =
      net::Socket::open(loop, native_family(family), net::Socket::Kind::Udp, std::move(permit));
  if (!socket) return fail(code_of(socket.error()));
  return std::unique_ptr<UdpSocket>(
      new UdpSocket(std::make_shared<Datagrams>(std::move(*socket), family)));
}

Answer<Unit> UdpSocket::start_bind(Access& access, const IpSocketAddress& local) {
  if (state_ == State::BindInProgress) return fail(ErrorCode::ConcurrencyConflict);
  if (state_ != State::Unbound) return fail(ErrorCode::InvalidState);
  if (!fits(family(), local)) return fail(ErrorCode::InvalidArgument);
  if (!access.may_bind(Protocol::Udp, local, {kInterface, "udp-socket.start-bind"}))
    return fail(ErrorCode::AccessDenied);
  if (const auto bound = socket().bind(native(local)); !bound) return told(bound);
  datagrams_->access = &access;
  datagrams_->receives_all = access.may_listen(local);
  state_ = State::BindInProgress;
  return Unit();
}

Answer<Unit> UdpSocket::finish_bind() {
  if (state_ != State::BindInProgress) return fail(ErrorCode::NotInProgress);
  state_ = State::Bound;
  return Unit();
}

Answer<UdpSocket::Streams> UdpSocket::stream(const std::optional<IpSocketAddress>& remote) {
  if (state_ != State::Bound) return fail(ErrorCode::InvalidState);
  if (remote) {
    if (!is_receiver(family(), *remote)) return fail(ErrorCode::InvalidArgument);
    if (!datagrams_->may_send(*remote, "udp-socket.stream")) return fail(ErrorCode::AccessDenied);
  }
  ++datagrams_->generation;
  datagrams_->deferred_error = 0;
  // Not from one to the next: Linux would keep the local address that it chose for the first.
  if (datagrams_->remote) {
    const auto alone = socket().disconnect();
    if (!alone) return fail(code_of_connect(alone.error()));
    datagrams_->remote.reset();
  }
  if (remote) {
    const auto connected = socket().connect(native(*remote));
    if (!connected) return fail(code_of_datagram(connected.error()));
    datagrams_->remote = native(*remote);
  }
  return Streams(std::make_unique<IncomingDatagramStream>(datagrams_),
                 std::make_unique<OutgoingDatagramStream>(datagrams_));
}

Answer<IpSocketAddress> UdpSocket::local_address() const {
  if (state_ != State::Bound) return fail(ErrorCode::InvalidState);
  return told(socket().local_address());
}

Answer<IpSocketAddress> UdpSocket::remote_address() const {
  if (!datagrams_->remote) return fail(ErrorCode::InvalidState);
  return guest_address(*datagrams_->remote);
}

}  // namespace favo::wasi::sockets
