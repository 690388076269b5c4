#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/client/carrier.h"
#include "http/client/deadlines.h"
#include "http/client/neighbours.h"
#include "http/date.h"
#include "http/h2_body.h"
#include "http/h2_response.h"
#include "loop/loop.h"

namespace favo::http::client {

/// A request that is answered in this process, on the same loop: without a connection, and without
/// the bytes of a message. Its other end is an exchange such as a server's connections have, and
/// what holds for an HTTP/2 stream holds for both ends: what waits is bounded, a head is held until
/// it must leave, limits and timeouts are kept.
///
/// The handler is called when the client flushes, and told of the caller's leaving in a later turn:
/// neither from within a call of the other end.
///
/// Ownership: counted: the client's exchange holds it, and so does the handler until it releases
///            the exchange. Threads: the loop's.
class LocalStream final : public Carrier,
                          private Deadlines::Entry,
                          private H2Body::Owner,
                          private H2Response::Owner {
 public:
  /// What may wait here in each direction, in bytes.
  static constexpr std::size_t kBound = 128 * 1024;

  /// What is on the client's side; outlives the user.
  struct Context {
    Loop& loop;
    Deadlines& deadlines;
    const DateLine& date;
    const Limits& limits;
  };

  LocalStream(const Context& context, const Neighbours::Neighbour& neighbour, const Caller& caller);

  void begin(User& user, const Timeouts& timeouts) override;
  void cancel() override;
  void give_up(const Failure& failure) override;
  void send_head(const Request& request, std::optional<std::uint64_t> length,
                 bool bodiless) override;
  std::size_t capacity() const override;
  void write(Bytes data) override;
  void finish(const Fields* trailers) override;
  bool drained() const override { return unread_ == 0; }
  void flush() override;
  Bytes data() override;
  void consume(std::size_t size) override;
  BodySource::State state() override;
  void await() override;

 private:
  /// The other end.
  class Callee final : public http::Exchange {
   public:
    explicit Callee(LocalStream& stream) : stream_(stream) {}
    const RequestHead& request() const override { return stream_.head_; }
    BodySource& body() override { return stream_.body_; }
    void limit_body(std::uint64_t bytes) override { stream_.limit_body(bytes); }
    ResponseSink& response() override { return stream_.response_; }
    void flush() override { stream_.response_.flush(); }
    std::string_view peer() const override { return stream_.caller_.name; }
    const Tally& tally() const override { return stream_.tally_; }
    const Caller* caller() const override { return &stream_.caller_; }
    void release() override { stream_.release(); }

   private:
    LocalStream& stream_;
  };

  struct Refusal {
    int status;
    std::string_view reason;
  };

  /// What of the head is beyond the limits.
  std::optional<Refusal> check_head() const;
  void refuse(const Refusal& refusal);
  void limit_body(std::uint64_t bytes);
  /// Fails a body that has grown too large.
  void check_size();
  void release();
  void leave();
  void fail_request(Error failure);
  void settle();
  void fail(const Failure& failure);
  void set_deadline();
  void expired() override;

  void body_wanted() override {}
  void body_awaited() override {}
  void body_consumed(std::size_t size) override;
  void send_head(std::span<const H2Response::Line> lines, bool body) override;
  void send_body() override;
  void reset_response() override;
  std::size_t response_bound() const override { return kBound; }
  bool output_drained() const override { return true; }

  Loop& loop_;
  Deadlines& deadlines_;
  const Limits& limits_;  ///< of a response
  const Neighbours::Neighbour neighbour_;
  const std::string caller_name_, caller_id_;
  const Caller caller_;
  User* user_ = nullptr;
  Timeouts timeouts_;

  std::string method_, target_, authority_, length_;
  std::shared_ptr<const Fields> fields_;
  std::vector<std::pair<std::string_view, std::string_view>> views_;
  RequestHead head_;
  Tally tally_;
  H2Body body_;
  H2Response response_;
  Callee callee_{*this};
  Pointer held_;               ///< while the handler runs
  std::size_t unread_ = 0;     ///< of the request's body, in bytes
  std::uint64_t written_ = 0;  ///< of it in all
  std::uint64_t body_limit_ = neighbour_.limits.body_bytes;

  bool head_sent_ = false, handed_over_ = false, running_ = false;
  bool sent_ = false;  ///< the request's body is complete
  bool head_done_ = false, ended_ = false, failed_ = false, awaiting_ = false;
};

}  // namespace favo::http::client
