#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/buffer.h"
#include "http/date.h"
#include "http/exchange.h"
#include "http/output.h"

namespace favo::http {

/// Writes one response after the other in HTTP/1.1's framing. Spec: RFC 9112 6 and 7.
///
/// The head and a short body are held until they must leave, so that a response whose whole body is
/// known by then goes out with a Content-Length, in one system call. Otherwise the body is chunked,
/// or ended by closing for an HTTP/1.0 client.
///
/// Connection, Transfer-Encoding and what else belongs to the connection is dropped from the
/// handler's fields (`Connection: close` is heeded), and so is Content-Length, which is an
/// argument.
class Response final : public ResponseSink {
 public:
  class Owner {
   public:
    /// Asked once, when the head is made: whether the connection ends after this response.
    virtual bool ends_connection() = 0;
    virtual void end_connection() = 0;
    /// Close at once. `reset`: an orderly end would look like the body's end.
    virtual void response_aborted(bool reset) = 0;

   protected:
    ~Owner() = default;
  };

  Response(Output& output, const DateLine& date, Tally& tally, Owner& owner)
      : output_(output), date_(date), tally_(tally), owner_(owner) {}

  /// Starts over for the next request.
  void begin(bool head_only, bool http_1_0);
  /// Sends what is held.
  void flush();
  /// Whether the head is on its way; until then a 100 may go before it.
  bool head_left() const { return framing_ != Framing::Undecided; }
  /// The connection is gone: all is swallowed from now on.
  void close() { closed_ = true; }

  Result<void> start(int status, const Fields& fields,
                     std::optional<std::uint64_t> content_length) override;
  std::size_t capacity() override;
  void write(Bytes data) override;
  bool drained() override { return closed_ || (held_.empty() && output_.drained()); }
  Signal& writable() override { return output_.writable(); }
  void finish(const Fields* trailers) override;
  void abort() override;
  bool started() const override { return tally_.status != 0; }
  bool finished() const override { return finished_; }
  bool closed() const override { return closed_; }

 private:
  enum class Framing : std::uint8_t { Undecided, Bare, Chunked, UntilClose };

  void append_head(int status, const Fields& fields);
  void settle(bool whole_body_known);
  void emit(Bytes data);
  bool bodiless() const { return head_only_ || tally_.status == 204 || tally_.status == 304; }

  Output& output_;
  const DateLine& date_;
  Tally& tally_;
  Owner& owner_;
  Buffer head_;  ///< without its last lines while Undecided
  Buffer held_;  ///< body written while Undecided
  std::optional<std::uint64_t> content_length_;
  Framing framing_ = Framing::Undecided;
  bool head_only_ = false;
  bool http_1_0_ = false;
  bool finished_ = false;
  bool overflowed_ = false;  ///< more was written than Content-Length says
  bool closed_ = false;
};

}  // namespace favo::http
