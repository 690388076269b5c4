#pragma once

#include <boost/intrusive/list.hpp>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/buffer.h"
#include "http/h2_session.h"
#include "http/h2_stream.h"
#include "http/output.h"
#include "http/rate.h"
#include "http/served_connection.h"
#include "http/stream.h"

namespace favo::http {

/// One connection that is served HTTP/2: moves bytes between socket and session, hands requests to
/// the handler, wakes who waits for a stream, keeps deadlines. Spec: RFC 9113.
///
/// A turn: bytes are received and fed to the session, which notes what they mean; then the waiters
/// of changed streams are woken, new requests handed over, and frames sent, in one system call if
/// they fit. What a client can make wait here is bounded: bodies by each stream's window, responses
/// by `stream_bound`, frames by the output and by nghttp2's count of unsent acknowledgements.
class H2Connection final : public ServedConnection,
                           private Output::Owner,
                           private H2Session::Owner,
                           private H2Stream::Owner {
 public:
  using Pointer = boost::intrusive_ptr<H2Connection>;

  /// `stream`: connected, and past its handshake when it is secure. `input`: what was received of
  /// it already.
  H2Connection(std::shared_ptr<ConnectionContext> context, Stream stream, Buffer input = {});
  ~H2Connection() override;

  void start() override;
  void sweep() override;
  void drain() override;
  void abort() override;

 private:
  enum class Phase : std::uint8_t {
    Open,
    Ending,     ///< closes once the output has left
    Lingering,  ///< closed our side; waits for the peer, so that our last frames are not lost
    Closed,
  };
  enum class Draining : std::uint8_t { No, Announced, Refusing };
  using Streams = boost::intrusive::list<H2Stream, boost::intrusive::constant_time_size<false>>;

  void watch();
  void on_readable();
  void receive();
  void feed(Bytes input);
  void turn();
  void wake_touched();
  void dispatch();
  void pump();
  void on_writable();
  void finish_draining();
  void end();
  void linger();
  void break_off(std::string_view why);
  void close();
  bool live() const { return phase_ == Phase::Open || phase_ == Phase::Ending; }

  // Output::Owner
  void send_blocked() override;
  void send_failed() override { break_off("the client closed the connection"); }

  // H2Session::Owner
  H2Stream* open_stream(std::int32_t id) override;
  void fields_underway(bool underway) override;
  bool spend_control() override { return controls_.spend(context_->now); }
  bool spend_reset() override { return resets_.spend(context_->now); }
  void ping_answered() override;
  void malformed(std::string_view reason) override { refused(400, reason); }

  // H2Stream::Owner
  H2Session& session() override { return session_; }
  const ConnectionContext& context() const override { return *context_; }
  std::string_view peer_name() const override { return peer_; }
  bool secure() const override { return stream_.secure(); }
  bool output_drained() const override { return output_.drained(); }
  std::size_t stream_bound() const override;
  void count_pending(std::ptrdiff_t bytes) override { pending_ += static_cast<std::size_t>(bytes); }
  void ready(H2Stream& stream) override { ready_.emplace_back(&stream); }
  void touched(H2Stream& stream) override { touched_.emplace_back(&stream); }
  void pump_later() override;
  void flush_stream() override;
  void cancel(H2Stream& stream) override;
  void ended(H2Stream& stream) override;
  void refused(int status, std::string_view reason) override;

  std::shared_ptr<ConnectionContext> context_;
  Stream stream_;
  std::string peer_;
  Output output_;
  H2Session session_;
  Buffer input_;     ///< until `start`
  Streams streams_;  ///< each counted once
  std::size_t stream_count_ = 0;
  std::deque<H2Stream::Pointer> ready_;
  std::vector<H2Stream::Pointer> touched_;
  std::size_t pending_ = 0;  ///< bytes of responses in all streams
  Rate controls_, resets_;
  TimePoint idle_deadline_ = kNever;    ///< no stream is open, or we linger
  TimePoint fields_deadline_ = kNever;  ///< a block of fields has to be complete
  TimePoint write_deadline_ = kNever;   ///< the client takes nothing
  TimePoint batch_began_{};
  std::size_t thrown_away_ = 0;  ///< while lingering
  Phase phase_ = Phase::Open;
  Draining draining_ = Draining::No;
  bool readable_ = false;  ///< the socket may have bytes; else it is watched
  bool watched_ = false;
  bool write_watched_ = false;
  bool in_session_ = false;  ///< it must not be fed nor send
  bool batching_ = false;    ///< requests are handed over; frames leave together
  bool pump_posted_ = false;
  bool ended_ = false;  ///< the peer sends no more
};

}  // namespace favo::http
