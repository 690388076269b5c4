#include "http/tls_handshake.h"

#include <utility>

#include "http/connection.h"
#include "http/h2_connection.h"

namespace favo::http {

TlsHandshake::TlsHandshake(std::shared_ptr<ConnectionContext> context, Stream stream)
    : context_(std::move(context)), stream_(std::move(stream)) {}

void TlsHandshake::start() {
  deadline_ = context_->after(context_->limits.head_time);
  go_on();
}

void TlsHandshake::go_on() {
  if (over_) return;
  const auto when_ready = [self = Pointer(this)](const boost::system::error_code& failed) {
    if (!failed) self->go_on();
  };
  switch (stream_.tls().handshake()) {
    case net::TlsSession::Status::Ok:
      return finish();
    case net::TlsSession::Status::WantRead:
      return stream_.wait_for(boost::asio::socket_base::wait_read, when_ready);
    case net::TlsSession::Status::WantWrite:
      return stream_.wait_for(boost::asio::socket_base::wait_write, when_ready);
    case net::TlsSession::Status::End:
    case net::TlsSession::Status::Failed:
      context_->handler.handshake_failed(stream_.peer(), stream_.tls().failure().message);
      return close();
  }
}

void TlsHandshake::finish() {
  over_ = true;
  if (!context_->registry) return;
  const bool http2 = stream_.tls().protocol() == "h2";
  ServedConnection::Pointer next;
  if (http2)
    next = new H2Connection(context_, std::move(stream_));
  else
    next = new Connection(context_, std::move(stream_));
  context_->registry->replaced(*this, std::move(next));
}

void TlsHandshake::sweep() {
  if (context_->now < deadline_) return;
  context_->handler.handshake_failed(stream_.peer(), "the TLS handshake took too long");
  close();
}

void TlsHandshake::close() {
  if (std::exchange(over_, true)) return;
  stream_.close();
  if (context_->registry) context_->registry->closed(*this);
}

}  // namespace favo::http
