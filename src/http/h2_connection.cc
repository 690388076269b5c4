#include "http/h2_connection.h"

#include <utility>

#include "base/check.h"

namespace favo::http {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""us;

constexpr std::size_t kReadSize = 64 * 1024;
constexpr int kReadsPerTurn = 4;      ///< then others have their turn
constexpr int kRequestsPerTurn = 16;  ///< the same
/// Frames of requests that were handed over together leave together, unless that takes so long.
constexpr auto kBatchTime = 200us;

/// What waits of a response: per stream, and less once the connection has much of it.
constexpr std::size_t kStreamBound = 128 * 1024;
constexpr std::size_t kSmallStreamBound = 16 * 1024;
constexpr std::size_t kManyPending = 1024 * 1024;

// Frames that cost their sender nothing, and resets, each of which may have cost us an instance
// (CVE-2023-44487): an ordinary client stays far below.
constexpr std::uint32_t kControlBurst = 1000, kControlsPerSecond = 100;
constexpr std::uint32_t kResetBurst = 500, kResetsPerSecond = 50;

constexpr std::size_t kMaxThrownAway = 256 * 1024;
constexpr auto kLingerTime = 2s;

}  // namespace

H2Connection::H2Connection(std::shared_ptr<ConnectionContext> context, Stream stream, Buffer input)
    : context_(std::move(context)),
      stream_(std::move(stream)),
      peer_(stream_.peer()),
      output_(stream_, *this),
      session_(context_->limits, *this),
      input_(std::move(input)),
      controls_(kControlBurst, kControlsPerSecond),
      resets_(kResetBurst, kResetsPerSecond) {}

H2Connection::~H2Connection() {
  while (!streams_.empty()) ended(streams_.front());
}

void H2Connection::start() {
  const Pointer self(this);
  idle_deadline_ = context_->after(context_->limits.head_time);
  const Buffer input = std::exchange(input_, {});
  feed(input.data());
  turn();
  if (live()) watch();
}

// ---- the socket's events

void H2Connection::watch() {
  if (watched_ || readable_ || ended_ || phase_ == Phase::Closed) return;
  watched_ = true;
  stream_.wait_readable([self = Pointer(this)](const boost::system::error_code& failed) {
    self->watched_ = false;
    if (!failed) self->on_readable();
  });
}

void H2Connection::on_readable() {
  readable_ = true;
  if (phase_ == Phase::Lingering) return linger();
  for (int reads = 0; reads < kReadsPerTurn && readable_ && phase_ == Phase::Open; ++reads)
    receive();
  turn();
  if (phase_ != Phase::Open) return;
  if (!readable_) return watch();
  context_->loop.post([self = Pointer(this)] {
    if (self->phase_ == Phase::Open && self->readable_) self->on_readable();
  });
}

void H2Connection::receive() {
  Buffer& scratch = context_->scratch;
  scratch.reserve(kReadSize);
  const auto room = scratch.room();
  const auto [status, bytes] = stream_.receive(room);
  readable_ = status == Stream::Status::Ok && bytes == room.size();
  switch (status) {
    case Stream::Status::Ok:
      return feed(Bytes(room).first(bytes));
    case Stream::Status::Blocked:
      return;
    case Stream::Status::End:
      ended_ = true;
      return break_off("the client closed the connection");
    case Stream::Status::Failed:
      return break_off("the connection failed");
  }
}

void H2Connection::feed(Bytes input) {
  if (input.empty() || phase_ != Phase::Open) return;
  in_session_ = true;
  const bool goes_on = session_.feed(input);
  in_session_ = false;
  if (!goes_on) end();
}

/// After something came: all that follows from it.
void H2Connection::turn() {
  wake_touched();
  dispatch();
  pump();
}

void H2Connection::wake_touched() {
  // Waking may touch more: those have their turn with the next frames.
  const auto woken = std::exchange(touched_, {});
  for (const H2Stream::Pointer& stream : woken) stream->wake();
}

void H2Connection::dispatch() {
  if (ready_.empty() || !live()) return;
  batching_ = true;
  batch_began_ = context_->loop.now();
  for (int served = 0; !ready_.empty() && served < kRequestsPerTurn && live();) {
    const H2Stream::Pointer stream = std::move(ready_.front());
    ready_.pop_front();
    if (!stream->open()) continue;  // reset before it began
    ++served;
    stream->run(context_->handler, *this);
  }
  batching_ = false;
  if (ready_.empty() || !live()) return;
  context_->loop.post([self = Pointer(this)] { self->turn(); });
}

// ---- sending

void H2Connection::pump() {
  if (in_session_ || !live()) return;
  const Pointer self(this);
  while (live() && !output_.blocked()) {
    in_session_ = true;
    session_.send(output_);
    in_session_ = false;
    if (output_.drained()) break;
    output_.flush();
  }
  if (!live() || output_.blocked()) return wake_touched();
  output_.trim();
  wake_touched();
  if (phase_ == Phase::Ending || session_.finished()) linger();
}

void H2Connection::pump_later() {
  if (std::exchange(pump_posted_, true)) return;
  context_->loop.post([self = Pointer(this)] {
    self->pump_posted_ = false;
    self->pump();
  });
}

void H2Connection::flush_stream() {
  if (in_session_) return;
  if (batching_ && context_->loop.now() - batch_began_ < kBatchTime) return;
  pump();
}

void H2Connection::send_blocked() {
  if (write_watched_) return;
  write_watched_ = true;
  if (write_deadline_ == kNever) write_deadline_ = context_->after(context_->limits.write_time);
  stream_.wait_writable([self = Pointer(this)](const boost::system::error_code& failed) {
    self->write_watched_ = false;
    if (!failed) self->on_writable();
  });
}

void H2Connection::on_writable() {
  if (!live()) return;
  if (output_.unblock()) write_deadline_ = kNever;
  if (!live()) return;
  if (output_.blocked()) {
    if (write_deadline_ == kNever) write_deadline_ = context_->after(context_->limits.write_time);
    return;
  }
  write_deadline_ = kNever;
  // Those whose last bytes waited in the output.
  for (H2Stream& stream : streams_) touched_.emplace_back(&stream);
  pump();
}

std::size_t H2Connection::stream_bound() const {
  return pending_ < kManyPending ? kStreamBound : kSmallStreamBound;
}

// ---- streams

H2Stream* H2Connection::open_stream(std::int32_t id) {
  // Those that a client has reset count until their handlers have ended.
  if (stream_count_ >= 2 * std::size_t{context_->limits.streams}) return nullptr;
  H2Stream::Pointer stream(new H2Stream(*this, id));
  streams_.push_back(*stream);
  intrusive_ptr_add_ref(stream.get());
  ++stream_count_;
  idle_deadline_ = kNever;
  return stream.get();
}

void H2Connection::ended(H2Stream& stream) {
  streams_.erase(streams_.iterator_to(stream));
  --stream_count_;
  if (stream_count_ == 0) idle_deadline_ = context_->after(context_->limits.idle_time);
  intrusive_ptr_release(&stream);
}

void H2Connection::cancel(H2Stream& stream) {
  context_->loop.post([self = Pointer(this), stream = H2Stream::Pointer(&stream)] {
    // Without a registry the server, and perhaps the handler, is gone.
    if (self->context_->registry && stream->running()) self->context_->handler.cancelled(*stream);
  });
}

void H2Connection::refused(int status, std::string_view reason) {
  context_->handler.refused(peer_, status, reason);
}

void H2Connection::fields_underway(bool underway) {
  fields_deadline_ = underway ? context_->after(context_->limits.head_time) : kNever;
}

// ---- the end

/// Closes once the session's last frames have left.
void H2Connection::end() {
  if (phase_ != Phase::Open) return;
  phase_ = Phase::Ending;
  const auto streams = [this] {
    std::vector<H2Stream::Pointer> all;
    for (H2Stream& stream : streams_) all.emplace_back(&stream);
    return all;
  }();
  for (const H2Stream::Pointer& stream : streams) stream->disconnect("the connection failed");
}

void H2Connection::linger() {
  if (phase_ != Phase::Lingering) {
    end();
    phase_ = Phase::Lingering;
    stream_.shutdown_send();
    idle_deadline_ = context_->now + kLingerTime;
    fields_deadline_ = write_deadline_ = kNever;
  }
  while (phase_ == Phase::Lingering) {
    if (ended_ || thrown_away_ > kMaxThrownAway) return close();
    if (!readable_) return watch();
    Buffer& scratch = context_->scratch;
    scratch.reserve(kReadSize);
    const auto room = scratch.room();
    const auto [status, bytes] = stream_.receive(room);
    readable_ = status == Stream::Status::Ok && bytes == room.size();
    ended_ = status == Stream::Status::End || status == Stream::Status::Failed;
    thrown_away_ += bytes;
  }
}

void H2Connection::break_off(std::string_view why) {
  if (!live()) return;
  const Pointer self(this);
  phase_ = Phase::Ending;
  std::vector<H2Stream::Pointer> streams;
  for (H2Stream& stream : streams_) streams.emplace_back(&stream);
  for (const H2Stream::Pointer& stream : streams) stream->disconnect(why);
  close();
  wake_touched();
}

void H2Connection::close() {
  if (phase_ == Phase::Closed) return;
  phase_ = Phase::Closed;
  idle_deadline_ = fields_deadline_ = write_deadline_ = kNever;
  ready_.clear();
  output_.close();
  stream_.close();
  if (context_->registry) context_->registry->closed(*this);
}

// ---- the server's orders

void H2Connection::sweep() {
  const Pointer self(this);
  const TimePoint now = context_->now;
  if (phase_ == Phase::Lingering && now >= idle_deadline_) return close();
  if (!live()) return;
  if (now >= write_deadline_) return break_off("the client takes no response");
  if (now >= fields_deadline_) {
    fields_deadline_ = kNever;
    refused(408, "the request's head took too long");
    session_.terminate(NGHTTP2_ENHANCE_YOUR_CALM);
    end();
  } else if (now >= idle_deadline_) {
    session_.terminate(NGHTTP2_NO_ERROR);
    end();
  }
  for (auto next = streams_.begin(); next != streams_.end();) (*next++).sweep();
  if (draining_ == Draining::Announced) finish_draining();
  pump();
}

void H2Connection::drain() {
  if (phase_ != Phase::Open || draining_ != Draining::No) return;
  const Pointer self(this);
  draining_ = Draining::Announced;
  session_.announce_end();
  pump();
}

/// The client has had the time to know.
void H2Connection::finish_draining() {
  if (draining_ != Draining::Announced || phase_ != Phase::Open) return;
  draining_ = Draining::Refusing;
  session_.refuse_streams();
}

void H2Connection::ping_answered() { finish_draining(); }

void H2Connection::abort() {
  if (live()) return break_off("the server shuts down");
  const Pointer self(this);
  close();
}

}  // namespace favo::http
