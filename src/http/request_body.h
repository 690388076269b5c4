#pragma once

#include <cstdint>
#include <optional>

#include "http/buffer.h"
#include "http/exchange.h"
#include "http/parser.h"

namespace favo::http {

/// A request's body, read in place from the connection's input. Bytes that were not consumed stay
/// there, and a full input is not received into: so a slow reader stops the client.
class RequestBody final : public BodySource {
 public:
  class Owner {
   public:
    /// The reader is out of bytes: receive more into the input, or start to wait for them. Returns
    /// whether some arrived now.
    virtual bool receive_body() = 0;
    /// The reader will wait for `readable()`.
    virtual void await_body() = 0;

   protected:
    ~Owner() = default;
  };

  RequestBody(RequestParser& parser, Buffer& input, Tally& tally, Owner& owner)
      : parser_(parser), input_(input), tally_(tally), owner_(owner) {}

  /// Starts over, with the parser behind a head and the input at the body's first byte.
  void begin();
  /// See `Exchange::limit_body`.
  void limit(std::uint64_t bytes) { limit_ = bytes; }
  /// Drops what is buffered of the body. Returns how much it was.
  std::size_t discard();
  /// The rest can't arrive any more.
  void fail(Error failure);
  /// Wakes the reader: more was received.
  void notify() { readable_.notify(); }
  /// Whether all of it was consumed (or it failed, when false stays false).
  bool complete() { return state() == State::End; }
  /// Whether the input still has to receive some of it.
  bool expects_more() const { return !ended_ && !failure_ && !parser_.body_done(); }

  Bytes data() override;
  void consume(std::size_t size) override;
  State state() override;
  const Error& failure() const override { return *failure_; }
  const Fields& trailers() override { return parser_.trailers(); }
  Signal& readable() override;

 private:
  void advance();
  bool open() const { return !ended_ && !failure_; }

  RequestParser& parser_;
  Buffer& input_;
  Tally& tally_;
  Owner& owner_;
  Signal readable_;
  std::size_t piece_ = 0;  ///< content at the front of the input
  std::uint64_t limit_ = 0;
  std::optional<Error> failure_;
  bool ended_ = true;
};

}  // namespace favo::http
