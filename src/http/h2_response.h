#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/buffer.h"
#include "http/date.h"
#include "http/exchange.h"

namespace favo::http {

/// A response on an HTTP/2 stream. Spec: RFC 9113 8.1.
///
/// As with HTTP/1.1 the head is held until it must leave, so that a response whose whole body is
/// known by then has a Content-Length. The body waits in a bounded buffer until the client's
/// flow-control windows and the connection take it.
class H2Response final : public ResponseSink {
 public:
  /// A field as it is sent: its name in lower case.
  struct Line {
    std::string_view name, value;
  };
  class Owner {
   public:
    /// Sends the head; `body`: whether DATA or trailers follow.
    virtual void send_head(std::span<const Line> lines, bool body) = 0;
    /// More of the body is there, or its end.
    virtual void send_body() = 0;
    virtual void reset_response() = 0;
    /// How much of a body may wait here, in bytes.
    virtual std::size_t response_bound() const = 0;
    /// The connection has handed all to the kernel.
    virtual bool output_drained() const = 0;

   protected:
    ~Owner() = default;
  };

  H2Response(const DateLine& date, Tally& tally, Owner& owner)
      : date_(date), tally_(tally), owner_(owner) {}

  void begin(bool head_only) { head_only_ = head_only; }
  /// Sends what is held.
  void flush();
  bool head_left() const { return head_left_; }
  /// The stream is gone: all is swallowed from now on.
  void close();
  /// Wakes the writer, when it has reason to.
  void notify();

  // For the session, when it makes a DATA frame of at most `size` bytes: what it may take, and
  // whether that is the last; then taking it.
  struct Piece {
    std::size_t size = 0;
    bool last = false;
  };
  Piece next_piece(std::size_t size) const;
  Bytes pending() const { return pending_.data(); }
  void take(std::size_t size) { pending_.consume(size); }
  const Fields& trailers() const { return trailers_; }

  Result<void> start(int status, const Fields& fields,
                     std::optional<std::uint64_t> content_length) override;
  std::size_t capacity() override;
  void write(Bytes data) override;
  bool drained() override;
  Signal& writable() override { return writable_; }
  void finish(const Fields* trailers) override;
  void abort() override;
  bool started() const override { return tally_.status != 0; }
  bool finished() const override { return finished_; }
  bool closed() const override { return closed_; }

 private:
  void add_line(std::string_view name, std::string_view value);
  void settle(bool whole_body_known);
  bool bodiless() const { return head_only_ || tally_.status == 204 || tally_.status == 304; }

  const DateLine& date_;
  Tally& tally_;
  Owner& owner_;
  struct Entry {
    std::uint32_t offset, name_size, value_size;
  };
  std::string text_;  ///< of the head, until it is sent
  std::vector<Entry> entries_;
  Buffer pending_;
  Fields trailers_;
  Signal writable_;
  std::optional<std::uint64_t> content_length_;
  bool head_only_ = false;
  bool dated_ = false;
  bool head_left_ = false;
  bool finished_ = false;
  bool overflowed_ = false;  ///< more was written than Content-Length says
  bool closed_ = false;
};

}  // namespace favo::http
