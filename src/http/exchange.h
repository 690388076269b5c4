#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "http/fields.h"
#include "loop/loop.h"
#include "loop/signal.h"

namespace favo::http {

/// A request's head; views live as long as the exchange.
struct RequestHead {
  std::string_view method;     ///< `GET`
  std::string_view target;     ///< as sent: `/path?query`, or `*`
  std::string_view authority;  ///< Host, or the absolute-form target's
  std::string_view scheme = "http";
  std::span<const std::pair<std::string_view, std::string_view>> fields;
  std::optional<std::uint64_t> content_length;  ///< empty when chunked; 0 without a body
};

/// Bytes that arrive by and by.
///
/// Contract: whoever reads looks at `data()`, consumes some of it, and waits on `readable()` when
/// it is empty and the state is `Open`. Not consuming stops the sender (backpressure).
class BodySource {
 public:
  enum class State : std::uint8_t { Open, End, Failed };

  virtual ~BodySource() = default;
  /// What has arrived and was not consumed: contiguous, valid until the next call on this object or
  /// the next turn of the loop.
  virtual Bytes data() = 0;
  virtual void consume(std::size_t size) = 0;
  /// `End` and `Failed` are reported only once `data()` is empty.
  virtual State state() = 0;
  /// Why it failed. REQUIRES: state() == Failed
  virtual const Error& failure() const = 0;
  /// The trailers. REQUIRES: state() == End
  virtual const Fields& trailers() = 0;
  virtual Signal& readable() = 0;
};

/// Bytes that leave by and by: a body being written.
///
/// Contract: at most `capacity()` bytes per `write`; 0 means wait on `writable()`. Bytes are
/// gathered and leave when the loop's turn ends, in one system call with the head.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual std::size_t capacity() = 0;
  /// REQUIRES: not finished, size <= capacity(). The bytes are copied or sent.
  virtual void write(Bytes data) = 0;
  /// All that was written has been handed to the kernel.
  virtual bool drained() = 0;
  virtual Signal& writable() = 0;  ///< notified when capacity() or drained() turns positive
  virtual void finish(const Fields* trailers) = 0;
  /// Gives up: the connection is closed so that the peer sees a truncated message.
  virtual void abort() = 0;
  virtual bool finished() const = 0;
  /// The peer is gone; writes are swallowed.
  virtual bool closed() const = 0;
};

/// A response being written; its turn ends with `Exchange::flush`.
class ResponseSink : public BodySink {
 public:
  /// Sends the head; once, before the first `write`. Without `content_length` the body is chunked
  /// (or ended by closing, for HTTP/1.0). Errors: InvalidArgument when called twice, or for a
  /// status outside 200…999 (a final response; 1xx are the server's own).
  virtual Result<void> start(int status, const Fields& fields,
                             std::optional<std::uint64_t> content_length) = 0;
  virtual bool started() const = 0;
  /// Fields that the response gets whoever starts it, in place of those of the same name. They are
  /// right (`check_response`), not the connection's own, and borrowed until it has started.
  void set_fields(const Fields* fields) { set_fields_ = fields; }

 protected:
  const Fields* set_fields_ = nullptr;
};

/// What an access log says about an exchange. Bytes are those of bodies, without framing.
struct Tally {
  Loop::Clock::time_point received_at{};  ///< when the head was complete
  int status = 0;                         ///< of the response; 0 while none has started
  std::uint64_t bytes_received = 0;       ///< consumed by the handler
  std::uint64_t bytes_sent = 0;           ///< written by the handler, even if swallowed (HEAD)
};

/// Who sent a request that came from this very process. Not what the request says, so nobody forges
/// it.
struct Caller {
  std::string_view name;        ///< the component: `shop.core`
  std::string_view request_id;  ///< of the request that it answers
  std::uint32_t number = 0;     ///< which of those it sent for that one, from 1
  /// How many requests of this process that one was sent for, each for the next: 0 when it came
  /// from a socket.
  std::uint32_t depth = 0;
};

/// One request and its response on a connection. Owned by the connection.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const RequestHead& request() const = 0;
  virtual BodySource& body() = 0;
  /// For a handler that takes less than the connection does: a body of more bytes than so many
  /// fails (`LimitExceeded`). Before any of it is read.
  virtual void limit_body(std::uint64_t bytes) { (void)bytes; }
  virtual ResponseSink& response() = 0;
  /// Sends what was gathered now. Called once after each run of the guest.
  virtual void flush() = 0;
  virtual std::string_view peer() const = 0;  ///< `127.0.0.1:51234`, or the caller's name
  /// Null for a request that came from a socket.
  virtual const Caller* caller() const { return nullptr; }
  /// Up to now; complete once the response is finished. For the handler, before it releases.
  virtual const Tally& tally() const = 0;
  /// For the handler's own object of this exchange; the connection does not look at it.
  void* user = nullptr;
  /// The handler is done: no call on this exchange after it. A response that was not finished is
  /// aborted; the connection goes on with the next request. May destroy the exchange.
  virtual void release() = 0;
};

/// What a server does with requests. Threads: the connection's shard.
///
/// A handler answers each `handle` with exactly one `Exchange::release`, then or later.
class Handler {
 public:
  virtual ~Handler() = default;

  /// A request's head is complete. The exchange lives until the handler releases it.
  virtual void handle(Exchange& exchange) = 0;
  /// The client is gone or the connection failed. Never called from inside a call on the exchange.
  /// The handler stops its work and releases the exchange, at once or later.
  virtual void cancelled(Exchange& exchange) = 0;
  /// A request was answered with `status` (400, 408, 431, …) without getting this far.
  virtual void refused(std::string_view peer, int status, std::string_view reason) {
    (void)peer, (void)status, (void)reason;
  }
  /// The same of one that came from this process.
  virtual void refused(const Caller& caller, int status, std::string_view reason) {
    (void)caller, (void)status, (void)reason;
  }
  /// A client did not get through the TLS handshake.
  virtual void handshake_failed(std::string_view peer, std::string_view reason) {
    (void)peer, (void)reason;
  }
};

}  // namespace favo::http
