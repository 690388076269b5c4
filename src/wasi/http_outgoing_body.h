#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "component/abi/value.h"
#include "http/exchange.h"
#include "loop/signal.h"
#include "wasi/http_error.h"
#include "wasi/http_fields.h"
#include "wasi/io.h"

namespace favo::wasi {

/// The way of one outgoing body's bytes, from the guest's stream to the connection. Shared by the
/// message, its `outgoing-body` and the stream, which a guest drops in any order.
///
/// Until the message is sent, up to `kMaxBuffered` bytes wait here; then they go straight to the
/// sink. The length a message declares is enforced: one byte too many fails the stream, too few
/// fail `finish`.
///
/// Ownership: shares the sink, or borrows one that outlives the instance.
class OutgoingContents {
 public:
  enum class Message : std::uint8_t { Request, Response };
  enum class Phase : std::uint8_t {
    Open,
    Finished,     ///< complete, trailers included
    Abandoned,    ///< the body was dropped before it was finished
    WrongLength,  ///< not the length that the message declares
    Unwanted,     ///< the message was dropped: nobody will read the contents
  };

  /// Handed to the sink in one `write` when the message is sent, even if the connection is still
  /// busy with a response before it.
  static constexpr std::size_t kMaxBuffered = 64 << 10;

  OutgoingContents(Message message, std::optional<std::uint64_t> length)
      : message_(message), length_(length) {}
  OutgoingContents(const OutgoingContents&) = delete;
  OutgoingContents& operator=(const OutgoingContents&) = delete;

  Phase phase() const { return phase_; }
  /// The declared length, or the true one if the contents were finished before they were sent and
  /// have no trailers.
  std::optional<std::uint64_t> length() const;
  /// `HTTP-request-body-size` or `HTTP-response-body-size`, with what was written.
  HttpErrorCode size_error() const;

  // The message's side.

  /// The message goes out: hands over what waited here, and is open to more.
  /// `may_be_empty`: writing nothing is right whatever length is declared (the answer to HEAD,
  /// 304). REQUIRES: a response was started; phase() is Open or Finished
  void attach(std::shared_ptr<http::BodySink> sink, bool may_be_empty);
  void attach(http::BodySink& borrowed, bool may_be_empty) {
    attach(std::shared_ptr<http::BodySink>(std::shared_ptr<void>(), &borrowed), may_be_empty);
  }
  /// The message will not be sent.
  void detach();

  // The body's side.

  /// `trailers`: may be null. Errors: the length is not the declared one; the message is aborted.
  std::expected<Unit, HttpErrorCode> finish(const http::Fields* trailers);
  /// No more bytes will come, and those that came are not all: aborts the message.
  void abandon();

  // The stream's side, as `OutputStream` defines it.

  std::size_t capacity() const;
  void put(Bytes bytes);
  StreamState state() const;
  Signal& signal() { return sink_ ? sink_->writable() : signal_; }

 private:
  void fail(Phase phase);

  Message message_;
  Phase phase_ = Phase::Open;
  bool may_be_empty_ = false;
  std::optional<std::uint64_t> length_;
  std::uint64_t written_ = 0;
  std::shared_ptr<http::BodySink> sink_;  ///< null until the message is sent
  std::vector<std::uint8_t> buffered_;    ///< until then
  std::optional<http::Fields> trailers_;  ///< of contents that were finished before
  Signal signal_;                         ///< until then
};

/// `wasi:http/types.outgoing-body`.
class OutgoingBody {
 public:
  explicit OutgoingBody(std::shared_ptr<OutgoingContents> contents)
      : contents_(std::move(contents)) {}
  OutgoingBody(const OutgoingBody&) = delete;
  OutgoingBody& operator=(const OutgoingBody&) = delete;
  /// Without `finish`, the message is corrupt: it is aborted.
  ~OutgoingBody();

  /// The stream of the contents; once.
  std::expected<std::unique_ptr<OutputStream>, Unit> write();
  /// Errors: Trap while the stream is alive.
  static Result<std::expected<Unit, HttpErrorCode>> finish(
      std::unique_ptr<OutgoingBody> body, std::optional<std::unique_ptr<HttpFields>> trailers);

 private:
  class Writer;

  std::shared_ptr<OutgoingContents> contents_;  ///< null once finished
  Writer* writer_ = nullptr;                    ///< the stream while it is alive
  bool stream_taken_ = false;
};

}  // namespace favo::wasi

FAVO_RESOURCE(favo::wasi::OutgoingBody, "wasi:http/types", "outgoing-body")
