#include "http/connection.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "http/h2_connection.h"

namespace favo::http {
namespace {

using std::chrono_literals::operator""s;

constexpr std::size_t kHeadBlock = 8 * 1024;        ///< an idle connection's only buffer
constexpr std::size_t kBodyBlock = 64 * 1024;       ///< more for a client that fills it
constexpr std::size_t kMaxBodyBlock = 128 * 1024;   ///< fits a core's cache, with the kernel's
constexpr std::size_t kReadAhead = 64 * 1024;       ///< taken in while nobody reads
constexpr std::size_t kMaxThrownAway = 256 * 1024;  ///< of a body nobody read, to keep a connection
constexpr int kRequestsPerTurn = 16;                ///< pipelined; then others have their turn
constexpr auto kLingerTime = 2s;

}  // namespace

Connection::Connection(std::shared_ptr<ConnectionContext> context, Stream stream)
    : context_(std::move(context)),
      stream_(std::move(stream)),
      peer_(stream_.peer()),
      parser_(context_->limits, stream_.secure()),
      output_(stream_, *this),
      body_(parser_, input_, tally_, *this),
      response_(output_, context_->date, tally_, *this) {}

Connection::~Connection() = default;

void Connection::start() {
  read_deadline_ = context_->after(context_->limits.head_time);
  watch();
}

// ---- the socket's events

void Connection::watch() {
  if (watched_ || readable_ || ended_ || broken_ || phase_ == Phase::Closed) return;
  watched_ = true;
  stream_.wait_readable([self = Pointer(this)](const boost::system::error_code& failed) {
    self->watched_ = false;
    if (!failed) self->on_readable();
  });
}

void Connection::on_readable() {
  readable_ = true;
  switch (phase_) {
    case Phase::Head:
      return serve();
    case Phase::Running:
      return read_ahead();
    case Phase::Draining:
      drain_body();
      if (phase_ == Phase::Head) serve();
      return;
    case Phase::Lingering:
      return linger();
    case Phase::Flushing:
    case Phase::Closed:
      return;
  }
}

void Connection::send_blocked() {
  if (write_watched_) return;
  write_watched_ = true;
  if (write_deadline_ == kNever) write_deadline_ = context_->after(context_->limits.write_time);
  stream_.wait_writable([self = Pointer(this)](const boost::system::error_code& failed) {
    self->write_watched_ = false;
    if (!failed) self->on_writable();
  });
}

void Connection::on_writable() {
  if (broken_ || phase_ == Phase::Closed) return;
  if (output_.unblock()) write_deadline_ = kNever;
  if (broken_ || phase_ == Phase::Closed) return;
  if (output_.blocked()) {
    if (write_deadline_ == kNever) write_deadline_ = context_->after(context_->limits.write_time);
    return;
  }
  write_deadline_ = kNever;
  if (phase_ == Phase::Head)
    serve();
  else if (phase_ == Phase::Flushing)
    start_close();
}

/// One `recv` into the input's room.
void Connection::receive() {
  auto room = input_.room();
  auto [status, bytes] = stream_.receive(room);
  readable_ = status == Stream::Status::Ok && bytes == room.size();
  if (status == Stream::Status::Ok) {
    input_.commit(bytes);
    if (readable_ && body_block_ >= kBodyBlock) {
      body_block_ = kMaxBodyBlock;
    }
  } else if (status == Stream::Status::End) {
    ended_ = true;
  } else if (status == Stream::Status::Failed) {
    break_off("the connection failed");
  }
}

/// Room in the input for a running request: its head stays where it is.
void Connection::make_room() {
  if (head_in_input_) {
    head_in_input_ = false;
    std::swap(input_, spare_);
    Bytes rest = spare_.data();
    auto length = parser_.head().content_length;
    body_block_ = !body_.expects_more() ? kHeadBlock
                  : length              ? std::clamp<std::uint64_t>(*length, kHeadBlock, kBodyBlock)
                                        : kBodyBlock;
    input_.clear();
    input_.reserve(rest.size() + body_block_);
    input_.append(rest);
    return;
  }
  if (input_.empty())
    input_.reserve(body_block_);
  else if (input_.room().empty())
    input_.reserve(std::min(input_.size(), kMaxBodyBlock));
}

// ---- the next request

void Connection::serve() {
  for (int served = 0; phase_ == Phase::Head;) {
    if (output_.blocked()) return;  // on_writable comes back here
    if (served == kRequestsPerTurn) {
      context_->loop.post([self = Pointer(this)] {
        if (self->phase_ == Phase::Head) self->serve();
      });
      break;
    }
    switch (parser_.parse_head(input_.data())) {
      case RequestParser::Step::NeedMore:
        if (!receive_head()) return;
        break;
      case RequestParser::Step::Refused:
        if (begins_http2()) return hand_on();
        return refuse(parser_.refusal_status(), parser_.refusal());
      case RequestParser::Step::Done:
        ++served;
        run_handler();
        break;
    }
  }
  if (phase_ != Phase::Closed) output_.flush();  // of the requests before, which gathered
}

/// Receives more of a head, or waits for it; false when there is nothing to parse yet.
bool Connection::receive_head() {
  output_.flush();
  if (phase_ != Phase::Head || output_.blocked()) return false;
  if (ended_) return close(), false;
  if (!head_started_ && !input_.empty()) {
    head_started_ = true;
    read_deadline_ = context_->after(context_->limits.head_time);
  }
  if (!readable_) return watch(), false;
  input_.reserve(input_.empty() ? kHeadBlock : std::max(input_.size(), kHeadBlock / 2));
  receive();
  return phase_ == Phase::Head;
}

void Connection::run_handler() {
  input_.consume(parser_.head_bytes());
  head_in_input_ = true;
  phase_ = Phase::Running;
  read_deadline_ = kNever;
  tally_ = Tally{.received_at = Loop::Clock::now()};
  body_.begin();
  response_.begin(parser_.head().method == "HEAD", parser_.http_1_0());
  continue_expected_ = parser_.expects_continue() && input_.empty() && body_.expects_more();
  closing_ = !parser_.keep_alive();
  released_ = false;
  held_ = this;
  in_handler_ = true;
  context_->handler.handle(*this);
  in_handler_ = false;
  if (released_)
    finish_exchange();
  else
    watch();
}

void Connection::refuse(int status, std::string_view reason) {
  context_->handler.refused(peer_, status, reason);
  tally_ = Tally{};
  closing_ = true;
  response_.begin(false, false);
  Fields fields;
  fields.add("Content-Type", "text/plain; charset=utf-8");
  if (response_.start(status, fields, std::nullopt).ok()) {
    response_.write(as_bytes(reason));
    response_.write(as_bytes("\n"));
    response_.finish(nullptr);
  }
  thrown_away_ = 0;
  start_close();
}

/// With TLS, ALPN has said which version it is (RFC 9113 3.2).
bool Connection::begins_http2() const {
  bool first = tally_.received_at == TimePoint();
  return first && !stream_.secure() && as_text(input_.data()).starts_with("PRI * HTTP/2.0\r\n\r\n");
}

void Connection::hand_on() {
  phase_ = Phase::Closed;
  read_deadline_ = kNever;
  if (!context_->registry) return;
  context_->registry->replaced(*this,
                               new H2Connection(context_, std::move(stream_), std::move(input_)));
}

// ---- while the handler runs

/// Takes in what comes while the handler works, as far as there is room.
void Connection::read_ahead() {
  if (input_.size() >= kReadAhead) return body_.notify();  // it receives more itself
  make_room();
  receive();
  if (ended_ && !response_.finished()) return break_off("the client closed the connection");
  if (!input_.empty()) continue_expected_ = false;  // it did not wait
  read_deadline_ = kNever;
  body_.notify();
  watch();
}

bool Connection::receive_body() {
  if (broken_) return false;
  if (continue_expected_ && !response_.head_left()) {
    continue_expected_ = false;
    output_.pending().append("HTTP/1.1 100 Continue\r\n\r\n");
    output_.flush();
  }
  auto before = input_.size();
  if (readable_) {
    make_room();
    receive();
    if (ended_) break_off("the client closed the connection");
  }
  bool received = input_.size() > before;
  read_deadline_ = received ? kNever : context_->after(context_->limits.body_time);
  watch();
  return received;
}

void Connection::await_body() {
  readable_ = false;  // if it is, the wait ends at once
  watch();
}

bool Connection::ends_connection() {
  // A client that still waits for our 100 may or may not send its body: the framing is lost.
  closing_ |= context_->draining || continue_expected_ || ended_;
  return closing_;
}

void Connection::response_aborted(bool reset) {
  if (broken_ || phase_ == Phase::Closed) return;
  output_.flush();
  broken_ = true;
  response_.close();
  output_.close();
  stream_.close(reset);
}

void Connection::release() {
  FAVO_CHECK(phase_ == Phase::Running && !released_);
  released_ = true;
  Pointer self = std::move(held_);
  if (in_handler_) return;
  finish_exchange();
  output_.flush();
  if (phase_ != Phase::Head) return;
  // Never from within a handler's call: the next request's handler must not nest in this one's.
  if (input_.empty() && !readable_ && !ended_)
    receive_head();
  else
    context_->loop.post([self] {
      if (self->phase_ == Phase::Head) self->serve();
    });
}

void Connection::finish_exchange() {
  user = nullptr;
  if (!response_.finished()) response_.abort();
  if (broken_) return close();
  if (body_.complete()) return next_request();
  if (closing_ || continue_expected_ || body_.state() == BodySource::State::Failed)
    return start_close();
  phase_ = Phase::Draining;
  thrown_away_ = 0;
  read_deadline_ = context_->after(context_->limits.body_time);
  drain_body();
}

void Connection::drain_body() {
  while (phase_ == Phase::Draining) {
    thrown_away_ += body_.discard();
    if (body_.complete()) return next_request();
    if (ended_ || thrown_away_ > kMaxThrownAway || body_.state() == BodySource::State::Failed) {
      return start_close();
    }
    if (!readable_) return watch();
    make_room();
    receive();
  }
}

void Connection::next_request() {
  if (closing_ || context_->draining) return start_close();
  phase_ = Phase::Head;
  parser_.reset();
  head_started_ = false;
  if (!head_in_input_ && input_.empty()) std::swap(input_, spare_);  // back to the small block
  spare_.clear();
  if (spare_.block_size() > 2 * kHeadBlock) spare_.release();
  output_.trim();
  read_deadline_ = context_->after(context_->limits.idle_time);
}

// ---- the end

void Connection::start_close() {
  phase_ = Phase::Flushing;
  read_deadline_ = kNever;
  output_.flush();
  if (phase_ != Phase::Flushing || !output_.drained()) return;
  // Closing a socket with unread bytes resets it, and the peer may lose the response.
  if (input_.empty() && !readable_ && body_.complete()) return close();
  stream_.shutdown_send();
  phase_ = Phase::Lingering;
  read_deadline_ = context_->now + kLingerTime;
  linger();
}

void Connection::linger() {
  while (phase_ == Phase::Lingering) {
    if (ended_ || thrown_away_ > kMaxThrownAway) return close();
    if (!readable_) return watch();
    input_.clear();
    input_.reserve(kHeadBlock);
    receive();
    thrown_away_ += input_.size();
  }
}

void Connection::break_off(std::string_view why) {
  if (broken_ || phase_ == Phase::Closed) return;
  if (phase_ != Phase::Running) return close();
  broken_ = true;
  read_deadline_ = write_deadline_ = kNever;
  response_.close();
  output_.close();
  stream_.close();
  if (!body_.complete()) body_.fail(error(Code::Cancelled, "{}", why));
  output_.writable().notify();
  context_->loop.post([self = Pointer(this)] {
    bool served = self->context_->registry;  // else the server, and perhaps the handler, is gone
    if (served && self->phase_ == Phase::Running && !self->released_) {
      self->context_->handler.cancelled(*self);
    }
  });
}

void Connection::close(bool reset) {
  if (phase_ == Phase::Closed) return;
  phase_ = Phase::Closed;
  read_deadline_ = write_deadline_ = kNever;
  output_.close();
  stream_.close(reset);
  if (context_->registry) context_->registry->closed(*this);
}

// ---- the server's orders

void Connection::sweep() {
  Pointer self(this);
  auto now = context_->now;
  if (now >= write_deadline_) return break_off("the client takes no response");
  if (now < read_deadline_) return;
  read_deadline_ = kNever;
  switch (phase_) {
    case Phase::Head:
      if (input_.empty())
        close();
      else
        refuse(408, "the request's head took too long");
      return;
    case Phase::Running:
      closing_ = true;
      return body_.fail(error(Code::DeadlineExceeded, "the request's body took too long"));
    default:
      return close();
  }
}

void Connection::drain() {
  Pointer self(this);
  if (phase_ != Phase::Head || !input_.empty() || output_.blocked()) return;
  // What the client sent before it could know is still answered.
  readable_ = true;
  input_.reserve(kHeadBlock);
  receive();
  if (phase_ != Phase::Head) return;
  if (input_.empty())
    close();
  else
    serve();
}

void Connection::abort() {
  Pointer self(this);
  if (phase_ == Phase::Running)
    break_off("the server shuts down");
  else
    close(true);
}

}  // namespace favo::http
