#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/permits.h"
#include "http/buffer.h"
#include "http/client/carrier.h"
#include "http/client/deadlines.h"
#include "http/client/failure.h"
#include "http/client/limits.h"
#include "http/client/request.h"
#include "http/client/response_parser.h"
#include "http/exchange.h"
#include "http/output.h"
#include "http/stream.h"
#include "loop/loop.h"
#include "policy/address.h"
#include "policy/http_grant.h"

namespace favo::http::client {

/// One connection to a server, HTTP/1.1: sends a request, reads the response to its end, then waits
/// in the pool for the next one. Spec: RFC 9112.
///
/// A request and a response that each fit into a buffer cost one `send`, one `recv` and one
/// `epoll_ctl`; the wait for bytes stays armed in the pool, where it notices a server that closes.
///
/// Ownership: counted: the pool or an exchange holds it, and waits that are under way.
/// Threads:   the loop's.
class Connection final : public Carrier, private Deadlines::Entry, private Output::Owner {
 public:
  using Pointer = boost::intrusive_ptr<Connection>;

  /// The pool; told from within calls on the connection.
  class Pool {
   public:
    /// The exchange is over, and another may follow.
    virtual void idle(Connection& connection) = 0;
    /// An idle connection was closed.
    virtual void gone(Connection& connection) = 0;

   protected:
    ~Pool() = default;
  };

  Connection(Loop& loop, const Limits& limits, Deadlines& deadlines, Pool& pool, Stream stream,
             policy::Origin origin, policy::IpAddress address, Permits::Permit permit);
  ~Connection() override;

  const policy::Origin& origin() const { return origin_; }
  const policy::IpAddress& address() const { return address_; }

  void begin(User& user, const Timeouts& timeouts) override;
  /// What is left of a response that came whole is thrown away; else this closes.
  void cancel() override;
  void give_up(const Failure& failure) override { fail(failure); }
  /// Closes an idle connection.
  void close();

  /// Without a length, a body is chunked.
  void send_head(const Request& request, std::optional<std::uint64_t> length,
                 bool bodiless) override;
  std::size_t capacity() const override { return output_.capacity(); }
  void write(Bytes data) override;
  void finish(const Fields* trailers) override;
  bool drained() const override { return output_.drained(); }
  void flush() override;

  Bytes data() override;
  void consume(std::size_t size) override;
  BodySource::State state() override;
  void await() override;

 private:
  enum class Phase : std::uint8_t { Idle, Busy, Closed };

  void watch();
  void on_readable();
  void unexpectedly_readable();
  void receive();
  void read_head();
  void end_without_response();
  void advance();
  /// Whether a body is being read.
  bool open() const {
    return phase_ == Phase::Busy && user_ && head_done_ && !ended_body_ && !failed_;
  }
  void complete();
  void fail(Failure failure);
  void shut();
  void set_deadline();
  void expired() override;
  void send_blocked() override;
  void send_failed() override;

  Loop& loop_;
  const Limits& limits_;
  Deadlines& deadlines_;
  Pool& pool_;
  Stream stream_;
  const policy::Origin origin_;
  const policy::IpAddress address_;
  Permits::Permit permit_;  ///< as long as it is open
  ResponseParser parser_;
  Buffer input_;
  Output output_;
  User* user_ = nullptr;
  Timeouts timeouts_;
  std::size_t piece_ = 0;  ///< content at the front of the input
  int interim_ = 0;
  Phase phase_ = Phase::Idle;
  bool used_ = false;      ///< for a request before
  bool readable_ = false;  ///< the socket may have bytes; else it is watched
  bool watched_ = false, write_watched_ = false;
  bool broken_ = false;   ///< not by an orderly end
  bool ended_ = false;    ///< the server sends no more
  bool chunked_ = false;  ///< the request's body is
  bool answers_head_ = false;
  bool head_sent_ = false, sent_ = false;  ///< of the request: its head; all of it
  bool head_done_ = false;                 ///< of the response
  bool ended_body_ = false;
  bool awaiting_ = false;  ///< the user waits for more of the body
  bool failed_ = false;
};

}  // namespace favo::http::client
