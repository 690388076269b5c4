#include "http/client/h2_stream.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/check.h"
#include "base/format.h"
#include "http/client/h2_connection.h"
#include "http/output.h"

namespace favo::http::client {
namespace {

using Kind = Failure::Kind;

/// What a name and its value count for beyond their bytes (RFC 9113, 6.5.2).
constexpr std::size_t kFieldCost = 32;

/// Fields that have no place in HTTP/2 (RFC 9113, 8.2.2), or that this makes itself.
bool is_sent(std::string_view name, std::string_view value) {
  if (same_name(name, "te")) return same_name(value, "trailers");
  return !belongs_to_connection(name) && !same_name(name, "host") &&
         !same_name(name, "http2-settings");
}

nghttp2_nv nv_of(std::string_view name, std::string_view value) {
  // nghttp2 copies them, and lowers the case of the names.
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

H2Stream::H2Stream(H2Connection& connection) : connection_(&connection) {}
H2Stream::~H2Stream() = default;

void H2Stream::begin(User& user, const Timeouts& timeouts) {
  user_ = &user;
  timeouts_ = timeouts;
}

void H2Stream::cancel() {
  const Pointer self(this);
  user_ = nullptr;
  clear_deadline();
  reset(NGHTTP2_CANCEL);
}

void H2Stream::give_up(const Failure& failure) {
  const Pointer self(this);
  fail(failure);
  reset(NGHTTP2_CANCEL);
}

void H2Stream::reset(std::uint32_t error) {
  if (id == 0) return;
  nghttp2_submit_rst_stream(connection_->session(), NGHTTP2_FLAG_NONE, id, error);
  connection_->send();
}

/// Tells the user the end, once it has all of the body.
void H2Stream::settle() {
  if (!user_ || !ended_ || failed_ || !incoming_.empty()) return;
  const Pointer self(this);
  clear_deadline();
  User& user = *std::exchange(user_, nullptr);
  user.on_end(std::move(trailers_));
  if (!sent_) reset(NGHTTP2_NO_ERROR);  // the server wants no more of it: RFC 9113, 8.1
}

void H2Stream::fail(const Failure& failure) {
  if (failed_ || !user_) return;
  failed_ = true;
  clear_deadline();
  outgoing_.release();
  // Of a response that has begun, what came can still be read.
  User& user = *user_;
  if (!head_done_) user_ = nullptr;
  user.on_failure(failure);
}

// ---- the request

void H2Stream::send_head(const Request& request, std::optional<std::uint64_t> length,
                         bool bodiless) {
  const std::string origin = request.origin.print();
  const std::string_view authority = std::string_view(origin).substr(request.origin.secure ? 8 : 7);
  std::vector<nghttp2_nv> lines = {nv_of(":method", request.method),
                                   nv_of(":scheme", request.origin.secure ? "https" : "http"),
                                   nv_of(":authority", authority), nv_of(":path", request.target)};
  if (request.fields) {
    for (const auto& [name, value] : *request.fields)
      if (is_sent(name, value)) lines.push_back(nv_of(name, value));
  }
  std::string length_text;
  if (length && !bodiless) {
    length_text = format("{}", *length);
    lines.push_back(nv_of("content-length", length_text));
  }
  sent_ = bodiless;
  nghttp2_data_provider body{};
  body.source.ptr = this;
  body.read_callback = [](nghttp2_session* session, std::int32_t stream, std::uint8_t* room,
                          std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                          void*) -> ssize_t {
    H2Stream& self = *static_cast<H2Stream*>(source->ptr);
    bool last = false;
    const std::size_t given = self.give_data({room, size}, last);
    if (given == 0 && !last) return NGHTTP2_ERR_DEFERRED;
    if (last) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (const auto& trailers = self.request_trailers()) {
        std::vector<nghttp2_nv> fields;
        for (const auto& [name, value] : *trailers)
          if (is_sent(name, value)) fields.push_back(nv_of(name, value));
        if (!fields.empty() &&
            nghttp2_submit_trailer(session, stream, fields.data(), fields.size()) == 0)
          *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      }
    }
    return static_cast<ssize_t>(given);
  };
  if (connection_->has_room()) {
    id = nghttp2_submit_request(connection_->session(), nullptr, lines.data(), lines.size(),
                                bodiless ? nullptr : &body, this);
  }
  if (id <= 0) {
    id = 0;
    if (User* user = std::exchange(user_, nullptr)) user->on_stale(false);
    return;
  }
  connection_->add(*this);
  set_deadline();
}

std::size_t H2Stream::capacity() const {
  return outgoing_.size() > Output::kBound / 2 ? 0 : Output::kBound - outgoing_.size();
}

void H2Stream::write(Bytes data) {
  if (failed_ || id == 0) return;
  outgoing_.append(data);
  if (std::exchange(deferred_, false)) nghttp2_session_resume_data(connection_->session(), id);
  set_deadline();
}

void H2Stream::finish(const Fields* trailers) {
  if (std::exchange(sent_, true) || id == 0) return;
  if (trailers && !trailers->empty()) request_trailers_ = *trailers;
  if (std::exchange(deferred_, false)) nghttp2_session_resume_data(connection_->session(), id);
  set_deadline();
}

void H2Stream::flush() { connection_->send(); }

std::size_t H2Stream::give_data(std::span<std::uint8_t> room, bool& last) {
  const std::size_t size = std::min(room.size(), outgoing_.size());
  const bool had_room = capacity() > 0;
  if (size > 0) std::memcpy(room.data(), outgoing_.data().data(), size);
  outgoing_.consume(size);
  last = sent_ && outgoing_.empty();
  deferred_ = size == 0 && !last;
  if (size > 0) set_deadline();
  if (user_ && !had_room && capacity() > 0) user_->on_writable();
  return size;
}

// ---- the response

bool H2Stream::take_field(std::string_view name, std::string_view value) {
  const Limits& limits = connection_->limits();
  field_bytes_ += name.size() + value.size() + kFieldCost;
  if (field_bytes_ > limits.head_bytes || fields_.size() >= limits.fields) {
    fields_too_large_ = true;
    return false;
  }
  if (name == ":status") {
    std::from_chars(value.data(), value.data() + value.size(), status_);
  } else if (!name.starts_with(':')) {
    fields_.emplace_back(name, value);
  }
  return true;
}

bool H2Stream::take_head() {
  const auto fields = std::exchange(fields_, {});
  field_bytes_ = 0;
  if (head_done_) {
    for (const auto& [name, value] : fields) trailers_.add(name, value);
    return true;
  }
  if (status_ < 200) return status_ != 101 && ++interim_ <= connection_->limits().interim_responses;
  head_done_ = true;
  set_deadline();
  const std::vector<std::pair<std::string_view, std::string_view>> views(fields.begin(),
                                                                         fields.end());
  if (user_ && !failed_) user_->on_head(status_, views);
  return true;
}

void H2Stream::take_data(Bytes data) {
  if (!user_ || failed_) {  // nobody reads it
    nghttp2_session_consume_stream(connection_->session(), id, data.size());
    return;
  }
  incoming_.append(data);
  if (std::exchange(awaiting_, false)) set_deadline();
  user_->on_readable();
}

void H2Stream::take_end() {
  ended_ = true;
  awaiting_ = false;
  set_deadline();
  if (!user_ || failed_) return;
  user_->on_readable();
  settle();
}

void H2Stream::closed(std::uint32_t error) {
  id = 0;
  if (ended_ || !user_) return;
  if (error == NGHTTP2_REFUSED_STREAM && !head_done_) {
    clear_deadline();
    return std::exchange(user_, nullptr)->on_stale(false);
  }
  const std::string detail =
      format("the server's stream ended with {}", nghttp2_http2_strerror(error));
  if (fields_too_large_)
    return fail({head_done_ ? Kind::ResponseTrailerSize : Kind::ResponseHeadSize, detail});
  if (error == NGHTTP2_PROTOCOL_ERROR) return fail({Kind::Protocol, detail});
  fail({head_done_ ? Kind::ResponseIncomplete : Kind::ConnectionTerminated, detail});
}

void H2Stream::connection_lost(const Failure& failure, bool used) {
  id = 0;
  if (ended_ || !user_) return;
  if (!head_done_ && used && failure.kind == Kind::ConnectionTerminated) {
    clear_deadline();
    return std::exchange(user_, nullptr)->on_stale(true);
  }
  fail(head_done_ && failure.kind == Kind::ConnectionTerminated
           ? Failure{Kind::ResponseIncomplete, failure.detail}
           : failure);
}

Bytes H2Stream::data() {
  const Pointer self(this);
  settle();
  return incoming_.data();
}

void H2Stream::consume(std::size_t size) {
  const Pointer self(this);
  FAVO_CHECK(size <= incoming_.size());
  incoming_.consume(size);
  if (id > 0 && !ended_) {
    nghttp2_session_consume_stream(connection_->session(), id, size);
    connection_->send();
  }
  settle();
}

BodySource::State H2Stream::state() {
  const Pointer self(this);
  settle();
  if (!incoming_.empty()) return BodySource::State::Open;
  if (failed_) return BodySource::State::Failed;
  return ended_ ? BodySource::State::End : BodySource::State::Open;
}

void H2Stream::await() {
  if (!incoming_.empty() || ended_ || failed_ || !head_done_) return;
  if (!std::exchange(awaiting_, true)) set_deadline();
}

// ---- time

void H2Stream::set_deadline() {
  if (!user_ || failed_) return;
  const auto most = std::chrono::nanoseconds(std::chrono::hours(24));
  const auto in = [&](std::chrono::nanoseconds time) {
    connection_->deadlines().set(*this, Loop::Clock::now() + std::min(time, most));
  };
  if (!head_done_) return in(outgoing_.empty() ? timeouts_.first_byte : timeouts_.between_bytes);
  if (!outgoing_.empty() || awaiting_) return in(timeouts_.between_bytes);
  clear_deadline();
}

void H2Stream::expired() {
  if (!outgoing_.empty())
    return give_up({Kind::WriteTimeout, "the server takes nothing of the request"});
  give_up({Kind::ReadTimeout, head_done_ ? "the response's body stopped" : "no response in time"});
}

}  // namespace favo::http::client
