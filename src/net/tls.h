#pragma once

#include <openssl/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

/// TLS over sockets that others own and watch. Spec: RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2),
/// RFC 7301 (ALPN), RFC 6066 3 (SNI), RFC 9525 (whom a certificate is for).
namespace favo::net {

/// Why a session failed, in kinds that callers tell apart (`wasi:http` has an error code for each).
struct TlsFailure {
  enum class Kind : std::uint8_t {
    Certificate,  ///< the peer's is not trusted, out of date, or for another name
    Alert,        ///< the peer gave up and said why: `alert`
    Protocol,     ///< what the peer sent is no TLS that we speak
    Truncated,    ///< the connection ended without close_notify: bytes may be missing
    Connection,   ///< the system's error on the socket
  };
  Kind kind = Kind::Protocol;
  std::uint8_t alert = 0;  ///< of Alert: the number of RFC 8446 6
  std::string message;
};

/// One TLS connection over a connected, non-blocking stream socket, client's or server's side.
///
/// Each call does what it can without waiting and says what to wait for. The handshake is part of
/// it: `handshake` does it alone; without that, the first `read` or `write` does it on the way.
///
/// Contract: WantRead and WantWrite mean that the call is to be made again once the socket is
/// readable or writable. A `write` that was refused so must be made again with the same bytes at
/// the front; they may have moved, and more may follow. After Failed, no call but `failure`.
/// Ownership: borrows the socket, which must stay open as long as this is used.
/// Threads:   one at a time. No SIGPIPE.
/// Cost:      about 40 KiB while a record is underway, else some 10 KiB.
class TlsSession {
 public:
  enum class Status : std::uint8_t { Ok, WantRead, WantWrite, End, Failed };
  struct Outcome {
    Status status;
    std::size_t bytes = 0;
  };

  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Ok once it is done, and from then on.
  Status handshake();
  bool handshaken() const;

  /// Fills `room` as far as bytes are there. Ok: some came. When there are fewer than `room` takes,
  /// nothing more is to be had, here or in the socket, until the socket is readable again. End: the
  /// peer sent close_notify. REQUIRES: !room.empty()
  Outcome read(std::span<std::uint8_t> room);
  /// Sends the parts, perhaps not to their end: Ok with fewer bytes than asked means that the
  /// socket takes no more now. WantWrite comes with no bytes.
  Outcome write(std::span<const iovec> parts);
  /// Whether `read` may have more although the socket is not readable: it stopped at a full room.
  bool may_have_more() const { return may_have_more_; }

  /// Tells the peer that no more comes (close_notify), as far as the socket takes it; does not wait
  /// for the peer's. Nothing when the handshake is not done or the session failed.
  void close_notify();

  /// The protocol that ALPN chose: `h2`, `http/1.1`, or empty. REQUIRES: handshaken()
  std::string_view protocol() const;
  /// `TLSv1.3`. REQUIRES: handshaken()
  std::string_view version() const;
  /// REQUIRES: a call returned Failed
  const TlsFailure& failure() const { return *failure_; }

 private:
  friend class ServerContext;
  friend class ClientContext;
  struct Transport;
  TlsSession(SSL* ssl, int socket);

  Status settle(int result);
  Status fail(TlsFailure failure);

  std::unique_ptr<Transport> transport_;
  SSL* ssl_;
  bool may_have_more_ = true;  ///< bytes may have come along with the handshake's last
  std::optional<TlsFailure> failure_;
};

/// What a server shows its clients: a certificate chain and its key. TLS 1.2 and 1.3, ALPN `h2` and
/// `http/1.1` (a client that offers others only is refused), forward secrecy and authenticated
/// encryption only, no renegotiation, no early data; sessions are resumed by tickets whose keys
/// live as long as this object.
///
/// Immutable. Threads: any, at once. Sessions keep what they need of it alive.
class ServerContext {
 public:
  /// Reads two PEM files: the certificate with what it needs up to a root, and its private key.
  /// Blocks. Errors: NotFound, Denied or Io when a file cannot be read; InvalidArgument when it
  /// holds no certificate or key, an encrypted key, or when the two do not belong together.
  static Result<std::shared_ptr<const ServerContext>> load(const std::string& certificate,
                                                           const std::string& key);
  ~ServerContext();
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  /// The server's side of a connection that was accepted.
  std::unique_ptr<TlsSession> accept(int socket) const;

 private:
  explicit ServerContext(SSL_CTX* context) : context_(context) {}
  SSL_CTX* context_;
};

/// Whom a client trusts: the system's roots, and those in the file that `SSL_CERT_FILE` names.
/// TLS 1.2 and 1.3.
///
/// Immutable. Threads: any, at once.
class ClientContext {
 public:
  /// Reads `SSL_CERT_FILE`, when the environment has it; the system's directory of roots is read
  /// root by root, when one is first needed. Blocks.
  /// Errors: NotFound, Denied, Io or InvalidArgument about that file.
  static Result<std::shared_ptr<const ClientContext>> create();
  ~ClientContext();
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  /// The client's side of a connection to `host`, a name or an IP address without brackets. The
  /// peer's certificate must be for it; names go into SNI. `protocols`: for ALPN, best first; none
  /// means no ALPN. Errors: InvalidArgument when `host` can be in no certificate.
  Result<std::unique_ptr<TlsSession>> connect(int socket, std::string_view host,
                                              std::span<const std::string_view> protocols) const;

 private:
  explicit ClientContext(SSL_CTX* context) : context_(context) {}
  SSL_CTX* context_;
};

}  // namespace favo::net
