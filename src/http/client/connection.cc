#include "http/client/connection.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/wire.h"

namespace favo::http::client {
namespace {

using Kind = Failure::Kind;

constexpr std::size_t kHeadBlock = 8 * 1024;   ///< an idle connection's only buffer
constexpr std::size_t kBodyBlock = 64 * 1024;  ///< for the second and later reads of a body
constexpr std::size_t kMaxDiscard = 64 * 1024;

/// Fields that this connection, not who sends the request, decides about.
bool is_ours(std::string_view name) {
  return belongs_to_connection(name) || same_name(name, "Host") ||
         same_name(name, "HTTP2-Settings");
}

}  // namespace

Connection::Connection(Loop& loop, const Limits& limits, Deadlines& deadlines, Pool& pool,
                       Stream stream, policy::Origin origin, policy::IpAddress address,
                       Permits::Permit permit)
    : loop_(loop),
      limits_(limits),
      deadlines_(deadlines),
      pool_(pool),
      stream_(std::move(stream)),
      origin_(std::move(origin)),
      address_(address),
      permit_(std::move(permit)),
      parser_(limits),
      output_(stream_, *this) {}

Connection::~Connection() = default;

// ---- an exchange begins and ends

void Connection::begin(User& user, const Timeouts& timeouts) {
  FAVO_CHECK(phase_ == Phase::Idle && !user_);
  phase_ = Phase::Busy;
  user_ = &user;
  timeouts_ = timeouts;
  clear_deadline();
  piece_ = 0;
  interim_ = 0;
  head_sent_ = sent_ = head_done_ = ended_body_ = awaiting_ = failed_ = false;
}

/// The response was read to its end.
void Connection::complete() {
  const Pointer self(this);
  ended_body_ = true;
  const bool reusable = parser_.keep_alive() && sent_ && output_.drained() && input_.empty() &&
                        !ended_ && !failed_ && phase_ == Phase::Busy;
  User& user = *std::exchange(user_, nullptr);
  user.on_end(std::move(parser_.trailers()));
  if (!reusable) return shut();
  phase_ = Phase::Idle;
  used_ = true;
  if (input_.block_size() > 2 * kHeadBlock) input_.release();
  output_.trim();
  deadlines_.set(*this, Loop::Clock::now() + limits_.idle_time);
  watch();
  pool_.idle(*this);
}

void Connection::cancel() {
  const Pointer self(this);
  if (!user_) return;
  if (open()) {
    // To keep the connection, what lies here of the response is enough effort.
    struct Nobody final : User {
      void on_head(int, FieldViews) override {}
      void on_readable() override {}
      void on_writable() override {}
      void on_end(Fields) override {}
      void on_failure(const Failure&) override {}
      void on_stale(bool) override {}
    } nobody;
    user_ = &nobody;
    for (std::size_t thrown_away = 0; user_ && thrown_away < kMaxDiscard;) {
      const std::size_t size = data().size();
      if (size == 0) break;
      thrown_away += size;
      consume(size);
    }
    if (!user_) return;  // it came to its end
  }
  user_ = nullptr;
  shut();
}

void Connection::fail(Failure failure) {
  if (failed_ || !user_) return shut();
  failed_ = true;
  const Pointer self(this);
  User& user = *user_;
  if (!head_done_) user_ = nullptr;  // it has nothing to read
  shut();
  user.on_failure(failure);
}

void Connection::close() {
  if (phase_ == Phase::Idle) shut();
}

void Connection::shut() {
  if (phase_ == Phase::Closed) return;
  const bool was_idle = phase_ == Phase::Idle;
  phase_ = Phase::Closed;
  clear_deadline();
  output_.close();
  stream_.close();
  permit_ = {};
  if (was_idle) pool_.gone(*this);
}

// ---- the request

void Connection::send_head(const Request& request, std::optional<std::uint64_t> length,
                           bool bodiless) {
  if (phase_ != Phase::Busy) return;
  Buffer& out = output_.pending();
  out.reserve((request.fields ? request.fields->bytes() + 4 * request.fields->size() : 0) +
              request.target.size() + 512);
  out.append(request.method);
  out.append(" ");
  out.append(request.target);
  out.append(" HTTP/1.1\r\nHost: ");
  // The origin is what was checked and connected to, so it is what the server is told.
  const std::string origin = request.origin.print();
  out.append(std::string_view(origin).substr(request.origin.secure ? 8 : 7));
  out.append("\r\n");
  if (request.fields) {
    for (const auto& [name, value] : *request.fields)
      if (!is_ours(name)) append_field(out, name, value);
  }
  chunked_ = !bodiless && !length;
  if (chunked_) {
    out.append("Transfer-Encoding: chunked\r\n");
  } else if (!bodiless) {
    out.append("Content-Length: ");
    append_number(out, *length, 10);
    out.append("\r\n");
  }
  out.append("\r\n");
  answers_head_ = request.method == "HEAD";
  parser_.reset(answers_head_);
  head_sent_ = true;
  sent_ = bodiless;
  set_deadline();
  watch();
}

void Connection::write(Bytes data) {
  if (phase_ != Phase::Busy || data.empty()) return;
  if (!chunked_) {
    output_.write(data);
  } else {
    append_number(output_.pending(), data.size(), 16);
    output_.pending().append("\r\n");
    output_.write(data, "\r\n");
  }
  if (!head_done_) set_deadline();
}

void Connection::finish(const Fields* trailers) {
  if (phase_ != Phase::Busy || sent_) return;
  sent_ = true;
  if (chunked_) {
    Buffer& out = output_.pending();
    out.append("0\r\n");
    if (trailers) {
      for (const auto& [name, value] : *trailers)
        if (!is_ours(name)) append_field(out, name, value);
    }
    out.append("\r\n");
  }
  if (!head_done_) set_deadline();
}

void Connection::flush() {
  const Pointer self(this);
  output_.flush();
}

void Connection::send_blocked() {
  set_deadline();
  if (write_watched_) return;
  write_watched_ = true;
  stream_.wait_writable([self = Pointer(this)](const boost::system::error_code& failed) {
    self->write_watched_ = false;
    if (failed || self->phase_ == Phase::Closed) return;
    if (self->output_.unblock()) self->set_deadline();
    if (self->output_.blocked() && self->phase_ == Phase::Busy) self->send_blocked();
    if (self->user_ && self->output_.capacity() > 0) self->user_->on_writable();
  });
}

/// The server closed, or reset. It may have answered before: what lies in the socket tells.
void Connection::send_failed() {
  loop_.post([self = Pointer(this)] {
    if (self->phase_ != Phase::Busy) return;
    self->readable_ = true;
    if (!self->head_done_) return self->read_head();
    if (self->user_) self->user_->on_readable();
  });
}

// ---- the response

void Connection::watch() {
  if (watched_ || readable_ || ended_ || phase_ == Phase::Closed) return;
  watched_ = true;
  stream_.wait_readable([self = Pointer(this)](const boost::system::error_code& failed) {
    self->watched_ = false;
    if (!failed && self->phase_ != Phase::Closed) self->on_readable();
  });
}

void Connection::on_readable() {
  readable_ = true;
  if (phase_ == Phase::Idle || !head_sent_) return unexpectedly_readable();
  if (!head_done_) return read_head();
  if (std::exchange(awaiting_, false)) set_deadline();
  if (user_) user_->on_readable();
}

/// A server closes its connection when it was idle for long, and has nothing to say before it was
/// asked: what it says then must not be taken for an answer.
void Connection::unexpectedly_readable() {
  const Pointer self(this);
  input_.reserve(kHeadBlock);
  receive();
  if (!ended_ && input_.empty()) return watch();
  input_.clear();
  if (user_ && used_) return end_without_response();
  fail({Kind::Protocol, "the server spoke before it was asked"});
}

/// One `recv` into the input's room. REQUIRES: there is some
void Connection::receive() {
  const auto room = input_.room();
  const auto [status, bytes] = stream_.receive(room);
  readable_ = status == Stream::Status::Ok && bytes == room.size();
  if (status == Stream::Status::Ok)
    input_.commit(bytes);
  else if (status != Stream::Status::Blocked)
    ended_ = true;
  broken_ |= status == Stream::Status::Failed;
}

void Connection::read_head() {
  const Pointer self(this);
  while (user_ && !failed_) {
    const auto step = parser_.parse_head(input_.data());
    if (step == ResponseParser::Step::Refused) return fail(parser_.failure());
    if (step == ResponseParser::Step::NeedMore) {
      if (ended_) return end_without_response();
      if (!readable_) return watch();
      input_.reserve(input_.empty() ? kHeadBlock : std::max(input_.size(), kHeadBlock / 2));
      receive();
      continue;
    }
    if (parser_.status() == 101) return fail({Kind::UpgradeFailed, "an upgrade nobody asked for"});
    if (parser_.interim()) {
      if (++interim_ > limits_.interim_responses)
        return fail({Kind::Protocol, "too many interim responses"});
      input_.consume(parser_.head_bytes());
      parser_.reset(answers_head_);
      continue;
    }
    head_done_ = true;
    set_deadline();
    user_->on_head(parser_.status(), parser_.fields());
    input_.consume(parser_.head_bytes());
    if (parser_.body_done()) complete();
    return;
  }
}

void Connection::end_without_response() {
  if (!input_.empty() || interim_ > 0)
    return fail({Kind::ResponseIncomplete, "the connection ended within the response's head"});
  if (!used_) return fail({Kind::ConnectionTerminated, "the server closed the connection"});
  failed_ = true;
  User& user = *std::exchange(user_, nullptr);
  shut();
  user.on_stale(head_sent_);
}

/// Finds the next piece of content in the input, or the end.
void Connection::advance() {
  if (piece_ > 0 || !open()) return;
  const auto step = parser_.parse_body(input_.data());
  input_.consume(step.skip);
  switch (step.step) {
    case ResponseParser::Step::NeedMore:
      piece_ = step.size;
      if (piece_ > 0 || !ended_) return;
      // A reset, or TLS that was cut off, does not end a body, even if nothing else would.
      if (broken_) return fail({Kind::ResponseIncomplete, "the connection broke"});
      if (parser_.parse_end() == ResponseParser::Step::Done) return complete();
      return fail(parser_.failure());
    case ResponseParser::Step::Done:
      return complete();
    case ResponseParser::Step::Refused:
      return fail(parser_.failure());
  }
}

Bytes Connection::data() {
  const Pointer self(this);
  advance();
  while (piece_ == 0 && open() && readable_) {
    input_.reserve(input_.block_size() < kBodyBlock && input_.empty()
                       ? kBodyBlock
                       : std::max(input_.size(), kHeadBlock));
    receive();
    advance();
  }
  return input_.data().first(piece_);
}

void Connection::consume(std::size_t size) {
  FAVO_CHECK(size <= piece_);
  piece_ -= size;
  input_.consume(size);
  if (piece_ == 0 && open() && parser_.body_done()) complete();
}

BodySource::State Connection::state() {
  advance();
  if (piece_ > 0) return BodySource::State::Open;
  return failed_       ? BodySource::State::Failed
         : ended_body_ ? BodySource::State::End
                       : BodySource::State::Open;
}

void Connection::await() {
  if (piece_ > 0 || !open()) return;
  if (!std::exchange(awaiting_, true)) set_deadline();
  readable_ = false;  // if it is, the wait ends at once
  watch();
}

// ---- time

/// What is waited for now, the server's taking before its giving.
void Connection::set_deadline() {
  if (phase_ != Phase::Busy) return;
  const auto most = std::chrono::nanoseconds(std::chrono::hours(24));
  const auto in = [&](std::chrono::nanoseconds time) {
    deadlines_.set(*this, Loop::Clock::now() + std::min(time, most));
  };
  if (output_.blocked()) return in(timeouts_.between_bytes);
  if (!head_done_) return in(timeouts_.first_byte);
  if (awaiting_) return in(timeouts_.between_bytes);
  clear_deadline();
}

void Connection::expired() {
  const Pointer self(this);
  if (phase_ == Phase::Idle) return shut();
  if (output_.blocked())
    return fail({Kind::WriteTimeout, "the server takes nothing of the request"});
  if (!head_done_ && !input_.empty())
    return fail({Kind::ResponseTimeout, "the response's head took too long"});
  fail({Kind::ReadTimeout, head_done_ ? "the response's body stopped" : "no response in time"});
}

}  // namespace favo::http::client
