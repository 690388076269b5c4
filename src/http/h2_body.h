#pragma once

#include <optional>

#include "http/buffer.h"
#include "http/exchange.h"

namespace favo::http {

/// The body of a request that came on an HTTP/2 stream: what arrived and was not consumed lies in a
/// buffer that the stream's flow-control window bounds. Consuming opens the window again.
class H2Body final : public BodySource {
 public:
  class Owner {
   public:
    /// The reader finds nothing, and more may come.
    virtual void body_wanted() = 0;
    /// The reader will wait for `readable()`.
    virtual void body_awaited() = 0;
    virtual void body_consumed(std::size_t size) = 0;

   protected:
    ~Owner() = default;
  };

  explicit H2Body(Owner& owner) : owner_(owner) {}

  // For the stream. Nothing here wakes the reader: see `notify`.
  void append(Bytes data) { buffer_.append(data); }
  void end() { ended_ = true; }
  /// The rest can't arrive any more, or must not be read. Nothing once it has ended.
  void fail(Error failure);
  /// The same, even once it has ended: it is more than the reader takes.
  void reject(Error failure);
  /// Whether the end is still to come.
  bool open() const { return !ended_ && !failure_; }
  /// Drops what nobody will read. Returns how much it was.
  std::size_t discard();
  /// A trailer field; false when it may be none (RFC 9110 6.5.1).
  bool add_trailer(std::string_view name, std::string_view value);
  /// Wakes the reader.
  void notify() { readable_.notify(); }

  Bytes data() override;
  void consume(std::size_t size) override;
  State state() override;
  const Error& failure() const override { return *failure_; }
  const Fields& trailers() override { return trailers_; }
  Signal& readable() override;

 private:
  Owner& owner_;
  Buffer buffer_;
  Fields trailers_;
  Signal readable_;
  std::optional<Error> failure_;
  bool ended_ = false;
};

}  // namespace favo::http
