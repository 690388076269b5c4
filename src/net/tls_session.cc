#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/format.h"
#include "net/tls.h"

namespace favo::net {
namespace {

/// A record's most content; also what several small parts are gathered into, to share one.
constexpr std::size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;

std::size_t size_of(std::span<const iovec> parts) {
  std::size_t size = 0;
  for (const iovec& part : parts) size += part.iov_len;
  return size;
}

/// The bytes of `parts` from `offset` on, as much as goes into one record: a view where they lie
/// together or fill the record anyway, else a copy.
Bytes record_at(std::span<const iovec> parts, std::size_t offset) {
  while (!parts.empty() && offset >= parts[0].iov_len) {
    offset -= parts[0].iov_len;
    parts = parts.subspan(1);
  }
  if (parts.empty()) return {};
  auto rest = [&](std::size_t skip) {
    return Bytes{static_cast<const std::uint8_t*>(parts[0].iov_base) + skip,
                 parts[0].iov_len - skip};
  };
  const Bytes first = rest(offset);
  if (parts.size() == 1 || first.size() >= kRecord)
    return first.first(std::min(first.size(), kRecord));

  thread_local std::array<std::uint8_t, kRecord> gathered;
  std::size_t size = 0;
  for (; !parts.empty() && size < kRecord; parts = parts.subspan(1), offset = 0) {
    const Bytes part = rest(offset);
    const std::size_t taken = std::min(part.size(), kRecord - size);
    if (taken > 0) std::memcpy(gathered.data() + size, part.data(), taken);
    size += taken;
  }
  return {gathered.data(), size};
}

}  // namespace

/// The socket beneath a session. OpenSSL's own would raise SIGPIPE, and forgets why it failed.
struct TlsSession::Transport {
  int socket;
  int error = 0;       ///< `errno` of the call that failed
  bool ended = false;  ///< the peer's side of the connection has ended

  static Transport& of(BIO* bio) { return *static_cast<Transport*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* room, std::size_t size, std::size_t* got) {
    Transport& self = of(bio);
    BIO_clear_retry_flags(bio);
    ssize_t result;
    do {
      result = ::recv(self.socket, room, size, MSG_DONTWAIT);
    } while (result < 0 && errno == EINTR);
    if (result > 0) {
      *got = static_cast<std::size_t>(result);
      return 1;
    }
    if (result == 0)
      self.ended = true;
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      BIO_set_retry_read(bio);
    else
      self.error = errno;
    return 0;
  }

  static int write(BIO* bio, const char* data, std::size_t size, std::size_t* sent) {
    Transport& self = of(bio);
    BIO_clear_retry_flags(bio);
    ssize_t result;
    do {
      result = ::send(self.socket, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (result < 0 && errno == EINTR);
    if (result >= 0) {
      *sent = static_cast<std::size_t>(result);
      return 1;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      BIO_set_retry_write(bio);
    else
      self.error = errno;
    return 0;
  }

  static long control(BIO* bio, int command, long, void*) {
    switch (command) {
      case BIO_CTRL_FLUSH:
        return 1;  // nothing is held back
      case BIO_CTRL_EOF:
        return of(bio).ended;
      default:
        return 0;
    }
  }

  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "favo socket");
      FAVO_CHECK(method != nullptr);
      BIO_meth_set_read_ex(method, read);
      BIO_meth_set_write_ex(method, write);
      BIO_meth_set_ctrl(method, control);
      return method;
    }();
    return made;
  }
};

TlsSession::TlsSession(SSL* ssl, int socket)
    : transport_(std::make_unique<Transport>(Transport{.socket = socket})), ssl_(ssl) {
  BIO* bio = BIO_new(Transport::method());
  FAVO_CHECK(bio != nullptr);
  BIO_set_data(bio, transport_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

TlsSession::Status TlsSession::handshake() {
  if (failure_) return Status::Failed;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  return result == 1 ? Status::Ok : settle(result);
}

bool TlsSession::handshaken() const { return SSL_is_init_finished(ssl_) == 1; }

TlsSession::Outcome TlsSession::read(std::span<std::uint8_t> room) {
  if (failure_) return {Status::Failed};
  std::size_t total = 0;
  while (total < room.size()) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_, room.data() + total, room.size() - total, &got);
    if (result == 1) {
      total += got;
      continue;
    }
    const Status status = settle(result);
    const bool over = status == Status::End || status == Status::Failed;
    may_have_more_ = over && total > 0;  // the end is told by the next call
    return total > 0 ? Outcome{Status::Ok, total} : Outcome{status};
  }
  may_have_more_ = true;
  return {Status::Ok, total};
}

TlsSession::Outcome TlsSession::write(std::span<const iovec> parts) {
  if (failure_) return {Status::Failed};
  const std::size_t size = size_of(parts);
  std::size_t total = 0;
  while (total < size) {
    const Bytes record = record_at(parts, total);
    ERR_clear_error();
    std::size_t sent = 0;
    const int result = SSL_write_ex(ssl_, record.data(), record.size(), &sent);
    if (result == 1) {
      total += sent;
      continue;
    }
    const Status status = settle(result);
    if (status == Status::Failed || total == 0) return {status};
    break;
  }
  return {Status::Ok, total};
}

void TlsSession::close_notify() {
  if (failure_ || !handshaken()) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

/// What to do about a call that did not succeed.
TlsSession::Status TlsSession::settle(int result) {
  using Kind = TlsFailure::Kind;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return Status::WantRead;
    case SSL_ERROR_WANT_WRITE:
      return Status::WantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Status::End;
    default:
      break;
  }
  // First: OpenSSL answers an early end with an alert, which fails to be sent.
  if (transport_->ended) {
    return fail({.kind = Kind::Truncated,
                 .message = handshaken() ? "the connection ended without close_notify"
                                         : "the connection ended in the TLS handshake"});
  }
  if (transport_->error != 0) {
    return fail({.kind = Kind::Connection, .message = std::strerror(transport_->error)});
  }
  const int reason = ERR_GET_REASON(ERR_peek_error());
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return fail({.kind = Kind::Certificate,
                 .message = format("the certificate is not trusted: {}",
                                   X509_verify_cert_error_string(SSL_get_verify_result(ssl_)))});
  }
  if (reason >= SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255) {
    const int alert = reason - SSL_AD_REASON_OFFSET;
    return fail({.kind = Kind::Alert,
                 .alert = static_cast<std::uint8_t>(alert),
                 .message = format("the peer's TLS alert: {}", SSL_alert_desc_string_long(alert))});
  }
  const char* words = ERR_reason_error_string(ERR_peek_error());
  return fail({.kind = Kind::Protocol, .message = format("TLS: {}", words ? words : "failed")});
}

TlsSession::Status TlsSession::fail(TlsFailure failure) {
  failure_ = std::move(failure);
  ERR_clear_error();
  return Status::Failed;
}

std::string_view TlsSession::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string_view TlsSession::version() const { return SSL_get_version(ssl_); }

}  // namespace favo::net
