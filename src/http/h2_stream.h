#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <string_view>

#include "http/exchange.h"
#include "http/h2_body.h"
#include "http/h2_head.h"
#include "http/h2_response.h"
#include "http/h2_session.h"
#include "http/served_connection.h"

namespace favo::http {

/// One HTTP/2 stream that a client opened: an exchange with the contract of HTTP/1.1's. Its head,
/// body and response are embedded; its frames are the session's.
///
/// It is `open` while the session knows it, and `running` while the handler has it; it ends when it
/// is neither. What the session tells it is noted only: handlers and waiters are called later, by
/// the connection.
///
/// Ownership: counted by reference: the connection holds it until it ends, the handler while it
///            runs. While running it keeps the connection alive.
class H2Stream final : public Exchange,
                       public boost::intrusive_ref_counter<H2Stream, boost::thread_unsafe_counter>,
                       public boost::intrusive::list_base_hook<>,
                       private H2Body::Owner,
                       private H2Response::Owner {
 public:
  using Pointer = boost::intrusive_ptr<H2Stream>;
  using TimePoint = Loop::Clock::time_point;

  /// The connection.
  class Owner {
   public:
    virtual H2Session& session() = 0;
    virtual const ConnectionContext& context() const = 0;
    virtual std::string_view peer_name() const = 0;
    virtual bool secure() const = 0;
    virtual bool output_drained() const = 0;
    /// How much of a response may wait in a stream now, in bytes.
    virtual std::size_t stream_bound() const = 0;
    /// What waits in all streams together has changed by so much.
    virtual void count_pending(std::ptrdiff_t bytes) = 0;

    /// The request is complete enough for a handler.
    virtual void ready(H2Stream& stream) = 0;
    /// The stream's waiters are to be woken.
    virtual void touched(H2Stream& stream) = 0;
    /// Frames are to be sent, soon.
    virtual void pump_later() = 0;
    /// Frames are to be sent now, unless more are about to come.
    virtual void flush_stream() = 0;
    /// The handler is to be told that the client is gone, later.
    virtual void cancel(H2Stream& stream) = 0;
    /// Neither open nor running any more.
    virtual void ended(H2Stream& stream) = 0;
    /// Refused without a handler.
    virtual void refused(int status, std::string_view reason) = 0;

   protected:
    ~Owner() = default;
  };

  H2Stream(Owner& owner, std::int32_t id);

  std::int32_t id() const { return id_; }
  bool open() const { return open_; }
  bool running() const { return running_; }

  // ---- told by the session

  /// A field of the head or of the trailers; false when this is an attack.
  bool take_field(std::string_view name, std::string_view value);
  void head_received(bool end);
  void trailers_begin() { in_trailers_ = true; }
  void take_data(Bytes data);
  void request_ended();
  void response_sent();
  /// `error`: the code of the RST_STREAM that closed it, of either side; 0 when both sides ended.
  /// Returns whether it is the client's doing that it ended before its time.
  bool session_closed(std::uint32_t error);
  const H2Response& outgoing() const { return response_; }
  /// The front of the response's body is in the output.
  void piece_sent(std::size_t size);

  // ---- told by the connection

  /// Hands the exchange to the handler. `connection`: kept until it is released.
  void run(Handler& handler, ServedConnection& connection);
  /// Wakes who waits for the body or for room in the response.
  void wake();
  /// Enforces the deadlines that are over.
  void sweep();
  /// The connection is gone.
  void disconnect(std::string_view why);

  // ---- Exchange

  const RequestHead& request() const override { return head_.head(); }
  BodySource& body() override { return body_; }
  void limit_body(std::uint64_t bytes) override;
  ResponseSink& response() override { return response_; }
  void flush() override;
  std::string_view peer() const override { return owner_.peer_name(); }
  const Tally& tally() const override { return tally_; }
  void release() override;

 private:
  static constexpr TimePoint kNever = TimePoint::max();

  void refuse(int status, std::string_view reason);
  void fail_request(Error failure);
  /// Fails a body that has grown too large.
  void check_size();
  void swallow_rest();
  void client_left(std::string_view why);

  void body_wanted() override;
  void body_awaited() override;
  void body_consumed(std::size_t size) override;
  void send_head(std::span<const H2Response::Line> lines, bool body) override;
  void send_body() override;
  void reset_response() override;
  std::size_t response_bound() const override { return owner_.stream_bound(); }
  bool output_drained() const override { return owner_.output_drained(); }

  Owner& owner_;
  const std::int32_t id_;
  Tally tally_;
  H2Head head_;
  H2Body body_;
  H2Response response_;
  ServedConnection::Pointer held_;     ///< while running
  TimePoint read_deadline_ = kNever;   ///< the reader waits for the body, or nobody does
  TimePoint write_deadline_ = kNever;  ///< the client takes nothing of the response
  std::uint64_t received_ = 0;         ///< bytes of the body
  std::uint64_t body_limit_ = ~std::uint64_t{0};
  std::size_t counted_ = 0;  ///< of the response, as the connection counts it
  bool open_ = true;
  bool running_ = false;
  bool handed_over_ = false;  ///< ready, or further
  bool in_trailers_ = false;
  bool request_ended_ = false;
  bool response_sent_ = false;
  bool continue_expected_ = false;
  bool cancelled_ = false;
  bool own_reset_ = false;  ///< it is ours that resets the stream, and not for what the client did
};

}  // namespace favo::http
