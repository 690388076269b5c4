#include "http/stream.h"

#include <sys/socket.h>

#include <cerrno>

#include "base/format.h"

namespace favo::http {
namespace {

Stream::Outcome outcome(ssize_t result) {
  if (result >= 0) return {Stream::Status::Ok, static_cast<std::size_t>(result)};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {Stream::Status::Blocked};
  return {Stream::Status::Failed};
}

/// Once the handshake is done, reading needs no socket that can be written to, nor the reverse.
Stream::Outcome outcome(net::TlsSession::Outcome outcome) {
  switch (outcome.status) {
    case net::TlsSession::Status::Ok:
      return {Stream::Status::Ok, outcome.bytes};
    case net::TlsSession::Status::WantRead:
    case net::TlsSession::Status::WantWrite:
      return {Stream::Status::Blocked};
    case net::TlsSession::Status::End:
      return {Stream::Status::End};
    case net::TlsSession::Status::Failed:
      break;
  }
  return {Stream::Status::Failed};
}

}  // namespace

Stream::Outcome Stream::receive(std::span<std::uint8_t> room) {
  if (tls_) [[unlikely]]
    return outcome(tls_->read(room));
  ssize_t result;
  do {
    result = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
  } while (result < 0 && errno == EINTR);
  if (result == 0) return {Status::End};
  return outcome(result);
}

Stream::Outcome Stream::send(std::span<const iovec> parts) {
  if (tls_) [[unlikely]]
    return outcome(tls_->write(parts));
  ssize_t result;
  do {
    if (parts.size() == 1) {
      result = ::send(socket_.native_handle(), parts[0].iov_base, parts[0].iov_len,
                      MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(parts.data());
      message.msg_iovlen = parts.size();
      result = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  } while (result < 0 && errno == EINTR);
  return outcome(result);
}

void Stream::shutdown_send() {
  if (tls_) tls_->close_notify();
  boost::system::error_code ignored;
  socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
}

void Stream::close(bool reset) {
  boost::system::error_code ignored;
  if (tls_ && !reset) tls_->close_notify();
  tls_.reset();  // it must not outlive the descriptor
  if (reset) socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

std::string Stream::peer() const {
  boost::system::error_code failed;
  auto endpoint = socket_.remote_endpoint(failed);
  if (failed) return "unknown";
  auto address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? format("[{}]:{}", address, endpoint.port())
                                    : format("{}:{}", address, endpoint.port());
}

}  // namespace favo::http
