#include "http/h2_stream.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace favo::http {
namespace {

/// Of a body nobody reads: so much is taken, which spares the client a reset.
constexpr std::size_t kSwallowed = 64 * 1024;

}  // namespace

H2Stream::H2Stream(Owner& owner, std::int32_t id)
    : owner_(owner), id_(id), body_(*this), response_(owner.context().date, tally_, *this) {}

// ---- the request's frames

bool H2Stream::take_field(std::string_view name, std::string_view value) {
  const Limits& limits = owner_.context().limits;
  if (!in_trailers_) return head_.add(name, value, limits);
  if (!body_.open()) return true;
  const Fields& trailers = body_.trailers();
  if (trailers.size() == limits.fields ||
      trailers.bytes() + name.size() + value.size() > limits.head_bytes) {
    fail_request(Error(Code::LimitExceeded, "request body: too many trailers"));
  } else if (!body_.add_trailer(name, value)) {
    fail_request(Error(Code::InvalidArgument, "request body: forbidden trailer"));
  }
  return true;
}

void H2Stream::head_received(bool end) {
  tally_.received_at = Loop::Clock::now();
  const auto refusal = head_.complete(owner_.context().limits, owner_.secure(), !end);
  response_.begin(head_.head().method == "HEAD");
  if (refusal) return refuse(refusal->status, refusal->reason);
  continue_expected_ = !end && head_.expects_continue();
  handed_over_ = true;
  owner_.ready(*this);
}

/// Answers without a handler.
void H2Stream::refuse(int status, std::string_view reason) {
  owner_.refused(status, reason);
  Fields fields;
  fields.add("content-type", "text/plain; charset=utf-8");
  if (!response_.start(status, fields, reason.size() + 1)) return response_.abort();
  response_.write(as_bytes(reason));
  response_.write(as_bytes("\n"));
  response_.finish(nullptr);
}

void H2Stream::take_data(Bytes data) {
  received_ += data.size();
  continue_expected_ = false;  // it did not wait
  check_size();
  const bool wanted = handed_over_ && body_.open();
  if (!wanted) return owner_.session().open_window(id_, data.size());
  read_deadline_ = kNever;
  body_.append(data);
  owner_.touched(*this);
}

void H2Stream::limit_body(std::uint64_t bytes) {
  body_limit_ = bytes;
  check_size();
}

void H2Stream::check_size() {
  if (received_ <= std::min(body_limit_, owner_.context().limits.body_bytes)) return;
  body_.reject(Error(Code::LimitExceeded, "request body: body too large"));
  owner_.touched(*this);
}

void H2Stream::request_ended() {
  request_ended_ = true;
  body_.end();
  read_deadline_ = kNever;
  owner_.touched(*this);
}

void H2Stream::fail_request(Error failure) {
  body_.fail(std::move(failure));
  owner_.touched(*this);
}

// ---- the response's frames

void H2Stream::send_head(std::span<const H2Response::Line> lines, bool body) {
  if (!open_) return;
  owner_.session().respond(*this, lines, body);
  if (body) send_body();
}

void H2Stream::send_body() {
  if (!open_) return;
  const std::size_t size = response_.pending().size();
  owner_.count_pending(static_cast<std::ptrdiff_t>(size) - static_cast<std::ptrdiff_t>(counted_));
  counted_ = size;
  if (size > 0 && write_deadline_ == kNever)
    write_deadline_ = owner_.context().after(owner_.context().limits.write_time);
  owner_.session().resume(id_);
}

void H2Stream::piece_sent(std::size_t size) {
  response_.take(size);
  owner_.count_pending(-static_cast<std::ptrdiff_t>(size));
  counted_ -= size;
  write_deadline_ =
      counted_ == 0 ? kNever : owner_.context().after(owner_.context().limits.write_time);
  owner_.touched(*this);
}

void H2Stream::response_sent() {
  response_sent_ = true;
  swallow_rest();
}

void H2Stream::reset_response() {
  own_reset_ = true;
  if (open_) owner_.session().reset(id_, NGHTTP2_INTERNAL_ERROR);
}

/// RFC 9113 8.1: a client that was answered may be told not to send the rest of its request.
void H2Stream::swallow_rest() {
  if (running_ || !open_ || request_ended_ || !response_sent_) return;
  const auto length = head_.head().content_length;
  if (length && *length - std::min(*length, received_) <= kSwallowed) {
    read_deadline_ = owner_.context().after(owner_.context().limits.body_time);
    return;
  }
  owner_.session().reset(id_, NGHTTP2_NO_ERROR);
}

// ---- the end

bool H2Stream::session_closed(std::uint32_t error) {
  const Pointer self(this);
  open_ = false;
  if (error != NGHTTP2_NO_ERROR || !request_ended_ || !response_sent_)
    client_left("the client reset the stream");
  owner_.touched(*this);
  if (!running_) owner_.ended(*this);
  return error != NGHTTP2_NO_ERROR && !own_reset_;
}

void H2Stream::client_left(std::string_view why) {
  read_deadline_ = write_deadline_ = kNever;
  owner_.count_pending(-static_cast<std::ptrdiff_t>(std::exchange(counted_, 0)));
  body_.fail(error(Code::Cancelled, "{}", why));
  const bool gave_up = response_.closed() && response_.finished();
  response_.close();
  if (running_ && !gave_up && !std::exchange(cancelled_, true)) owner_.cancel(*this);
}

void H2Stream::disconnect(std::string_view why) {
  if (!open_) return;
  const Pointer self(this);
  open_ = false;
  client_left(why);
  owner_.touched(*this);
  if (!running_) owner_.ended(*this);
}

// ---- the handler's calls

void H2Stream::run(Handler& handler, ServedConnection& connection) {
  running_ = true;
  held_ = &connection;  // until the release, and so the connection keeps this
  handler.handle(*this);
}

void H2Stream::flush() {
  response_.flush();
  owner_.flush_stream();
}

void H2Stream::release() {
  FAVO_CHECK(running_);
  const Pointer self(this);
  const ServedConnection::Pointer connection = std::move(held_);
  running_ = false;
  user = nullptr;
  read_deadline_ = kNever;
  if (!response_.finished()) response_.abort();
  handed_over_ = false;
  const std::size_t unread = body_.discard();
  if (open_ && !request_ended_ && unread > 0) owner_.session().open_window(id_, unread);
  swallow_rest();
  if (open_)
    owner_.flush_stream();
  else
    owner_.ended(*this);
}

void H2Stream::body_wanted() {
  if (!continue_expected_ || !open_ || response_.head_left()) return;
  continue_expected_ = false;
  owner_.session().inform(id_);
  owner_.pump_later();
}

void H2Stream::body_awaited() {
  if (read_deadline_ == kNever)
    read_deadline_ = owner_.context().after(owner_.context().limits.body_time);
}

void H2Stream::body_consumed(std::size_t size) {
  tally_.bytes_received += size;
  if (!open_ || request_ended_) return;
  owner_.session().open_window(id_, size);
  owner_.pump_later();
}

// ---- the connection's calls

void H2Stream::wake() {
  body_.notify();
  response_.notify();
}

void H2Stream::sweep() {
  const TimePoint now = owner_.context().now;
  if (now >= write_deadline_) {
    own_reset_ = false;  // it is the client's doing
    if (open_) owner_.session().reset(id_, NGHTTP2_CANCEL);
    return client_left("the client takes no response");
  }
  if (now < read_deadline_) return;
  read_deadline_ = kNever;
  if (running_)
    fail_request(Error(Code::DeadlineExceeded, "the request's body took too long"));
  else if (open_)
    owner_.session().reset(id_, NGHTTP2_NO_ERROR);
}

}  // namespace favo::http
