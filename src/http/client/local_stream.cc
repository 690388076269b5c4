#include "http/client/local_stream.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/format.h"

namespace favo::http::client {
namespace {

using Kind = Failure::Kind;

/// Whether a server would see the field: not what belongs to a connection, or is ours to make.
bool is_passed_on(std::string_view name) {
  return !belongs_to_connection(name) && !same_name(name, "host") && !same_name(name, "te") &&
         !same_name(name, "http2-settings");
}

}  // namespace

LocalStream::LocalStream(const Context& context, const Neighbours::Neighbour& neighbour,
                         const Caller& caller)
    : loop_(context.loop),
      deadlines_(context.deadlines),
      limits_(context.limits),
      neighbour_(neighbour),
      caller_name_(caller.name),
      caller_id_(caller.request_id),
      caller_{caller_name_, caller_id_, caller.number, caller.depth},
      body_(*this),
      response_(context.date, tally_, *this) {}

void LocalStream::begin(User& user, const Timeouts& timeouts) {
  user_ = &user;
  timeouts_ = timeouts;
}

// ---- the request

void LocalStream::send_head(const Request& request, std::optional<std::uint64_t> length,
                            bool bodiless) {
  method_ = request.method;
  target_ = request.target;
  authority_ = request.origin.print().substr(request.origin.secure ? 8 : 7);
  fields_ = request.fields;
  if (fields_) {
    for (const auto& [name, value] : *fields_)
      if (is_passed_on(name)) views_.emplace_back(name, value);
  }
  if (length && !bodiless) {
    length_ = format("{}", *length);
    views_.emplace_back("content-length", length_);
  }
  head_ = {.method = method_,
           .target = target_,
           .authority = authority_,
           .scheme = request.origin.secure ? "https" : "http",
           .fields = views_,
           .content_length = bodiless ? std::optional<std::uint64_t>(0) : length};
  tally_.received_at = Loop::Clock::now();
  response_.begin(method_ == "HEAD");
  head_sent_ = true;
  sent_ = bodiless;
  if (bodiless) body_.end();
  set_deadline();
}

std::size_t LocalStream::capacity() const {
  if (!body_.open()) return kBound;  // nobody will read it
  return unread_ > kBound / 2 ? 0 : kBound - unread_;
}

void LocalStream::limit_body(std::uint64_t bytes) {
  body_limit_ = std::min(body_limit_, bytes);
  check_size();
}

void LocalStream::check_size() {
  if (written_ <= body_limit_) return;
  body_.reject(Error(Code::LimitExceeded, "request body: body too large"));
  body_.notify();
}

void LocalStream::write(Bytes data) {
  written_ += data.size();
  check_size();
  if (!user_ || failed_ || !body_.open()) return;
  body_.append(data);
  unread_ += data.size();
  body_.notify();
  set_deadline();
}

void LocalStream::finish(const Fields* trailers) {
  if (std::exchange(sent_, true) || !user_ || !body_.open()) return;
  if (trailers) {
    const http::Limits& limits = neighbour_.limits;
    if (trailers->size() > limits.fields || trailers->bytes() > limits.head_bytes)
      return fail_request(Error(Code::LimitExceeded, "request body: too many trailers"));
    for (const auto& [name, value] : *trailers)
      if (is_passed_on(name)) body_.add_trailer(name, value);
  }
  body_.end();
  body_.notify();
  set_deadline();
}

void LocalStream::flush() {
  if (!head_sent_ || !user_ || std::exchange(handed_over_, true)) return;
  const Pointer self(this);
  if (const auto refusal = check_head()) return refuse(*refusal);
  running_ = true;
  held_ = this;
  neighbour_.handler.handle(callee_);
}

std::optional<LocalStream::Refusal> LocalStream::check_head() const {
  const http::Limits& limits = neighbour_.limits;
  if (target_.size() > limits.target_bytes) return Refusal{414, "the target is too long"};
  if (views_.size() > limits.fields) return Refusal{431, "too many header fields"};
  std::size_t bytes = method_.size() + target_.size() + authority_.size();
  for (const auto& [name, value] : views_) bytes += name.size() + value.size();
  if (bytes > limits.head_bytes) return Refusal{431, "the header is too large"};
  if (head_.content_length.value_or(0) > limits.body_bytes)
    return Refusal{413, "the body is too large"};
  return std::nullopt;
}

/// Answers without the handler.
void LocalStream::refuse(const Refusal& refusal) {
  neighbour_.handler.refused(caller_, refusal.status, refusal.reason);
  body_.fail(Error(Code::LimitExceeded, std::string(refusal.reason)));
  unread_ -= body_.discard();
  Fields fields;
  fields.add("content-type", "text/plain; charset=utf-8");
  if (!response_.start(refusal.status, fields, refusal.reason.size() + 1)) return response_.abort();
  response_.write(as_bytes(refusal.reason));
  response_.write(as_bytes("\n"));
  response_.finish(nullptr);
}

void LocalStream::fail_request(Error failure) {
  body_.fail(std::move(failure));
  body_.notify();
}

void LocalStream::body_consumed(std::size_t size) {
  tally_.bytes_received += size;
  const bool had_room = capacity() > 0;
  unread_ -= size;
  set_deadline();
  if (user_ && !had_room && capacity() > 0) user_->on_writable();
}

// ---- the response

void LocalStream::send_head(std::span<const H2Response::Line> lines, bool body) {
  if (!user_ || failed_) return;
  std::size_t bytes = 0;
  int status = 0;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  for (const auto& [name, value] : lines) {
    bytes += name.size() + value.size();
    if (name == ":status")
      std::from_chars(value.data(), value.data() + value.size(), status);
    else
      fields.emplace_back(name, value);
  }
  if (bytes > limits_.head_bytes || fields.size() > limits_.fields)
    return give_up({Kind::ResponseHeadSize, "the response's header is too large"});
  head_done_ = true;
  ended_ = !body;
  set_deadline();
  user_->on_head(status, fields);
  send_body();
}

void LocalStream::send_body() {
  if (!user_ || failed_ || !head_done_) return;
  const Fields& trailers = response_.trailers();
  if (trailers.bytes() > limits_.head_bytes || trailers.size() > limits_.fields)
    return give_up({Kind::ResponseTrailerSize, "the response's trailers are too large"});
  ended_ = ended_ || response_.finished();
  awaiting_ = awaiting_ && response_.pending().empty() && !ended_;
  set_deadline();
  user_->on_readable();
  settle();
}

void LocalStream::reset_response() {
  fail({head_done_ ? Kind::ResponseIncomplete : Kind::ConnectionTerminated,
        "the response was not finished"});
}

/// Tells the user the end, once it has all of the body.
void LocalStream::settle() {
  if (!user_ || !ended_ || failed_ || !response_.pending().empty()) return;
  const Pointer self(this);
  clear_deadline();
  User& user = *std::exchange(user_, nullptr);
  user.on_end(response_.trailers());
  // No more of the request comes.
  if (!sent_) fail_request(Error(Code::Cancelled, "the caller has its response"));
}

Bytes LocalStream::data() {
  const Pointer self(this);
  settle();
  return response_.pending();
}

void LocalStream::consume(std::size_t size) {
  const Pointer self(this);
  FAVO_CHECK(size <= response_.pending().size());
  response_.take(size);
  response_.notify();
  settle();
}

BodySource::State LocalStream::state() {
  const Pointer self(this);
  settle();
  if (!response_.pending().empty()) return BodySource::State::Open;
  if (failed_) return BodySource::State::Failed;
  return ended_ ? BodySource::State::End : BodySource::State::Open;
}

void LocalStream::await() {
  if (!response_.pending().empty() || ended_ || failed_ || !head_done_) return;
  if (!std::exchange(awaiting_, true)) set_deadline();
}

// ---- the end

void LocalStream::fail(const Failure& failure) {
  if (failed_ || !user_) return;
  failed_ = true;
  clear_deadline();
  User& user = *user_;
  if (!head_done_) user_ = nullptr;  // it has nothing to read
  user.on_failure(failure);
}

void LocalStream::cancel() {
  const Pointer self(this);
  user_ = nullptr;
  clear_deadline();
  leave();
}

void LocalStream::give_up(const Failure& failure) {
  const Pointer self(this);
  fail(failure);
  leave();
}

/// The caller is gone, for the callee.
void LocalStream::leave() {
  const bool answered = response_.finished();
  response_.close();
  fail_request(Error(Code::Cancelled, "the caller gave the request up"));
  if (!running_ || answered) return;
  response_.notify();
  loop_.post([self = boost::intrusive_ptr<LocalStream>(this)] {
    if (self->running_) self->neighbour_.handler.cancelled(self->callee_);
  });
}

/// The handler is done.
void LocalStream::release() {
  FAVO_CHECK(running_);
  const Pointer self = std::move(held_);
  running_ = false;
  callee_.user = nullptr;
  if (!response_.finished()) response_.abort();
  const bool had_room = capacity() > 0;
  body_.fail(Error(Code::Cancelled, "nobody reads the rest"));
  unread_ -= body_.discard();
  set_deadline();
  if (user_ && !had_room) user_->on_writable();
}

// ---- time

void LocalStream::set_deadline() {
  if (!user_ || failed_) return;
  const auto most = std::chrono::nanoseconds(std::chrono::hours(24));
  const auto in = [&](std::chrono::nanoseconds time) {
    deadlines_.set(*this, Loop::Clock::now() + std::min(time, most));
  };
  if (!head_done_) return in(unread_ == 0 ? timeouts_.first_byte : timeouts_.between_bytes);
  if (unread_ > 0 || awaiting_) return in(timeouts_.between_bytes);
  clear_deadline();
}

void LocalStream::expired() {
  if (unread_ > 0) return give_up({Kind::WriteTimeout, "the callee takes nothing of the request"});
  give_up({Kind::ReadTimeout, head_done_ ? "the response's body stopped" : "no response in time"});
}

}  // namespace favo::http::client
