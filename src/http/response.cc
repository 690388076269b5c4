#include "http/response.h"

#include <boost/beast/http/status.hpp>

#include "base/check.h"
#include "base/format.h"
#include "http/wire.h"

namespace favo::http {
namespace {

/// Held back in the hope that the body ends before it has to leave.
constexpr std::size_t kMaxHeld = 16 * 1024;
constexpr std::size_t kKeptBlock = 4 * 1024;

}  // namespace

void Response::begin(bool head_only, bool http_1_0) {
  head_.clear();
  held_.clear();
  if (held_.block_size() > kKeptBlock) held_.release();
  content_length_.reset();
  set_fields_ = nullptr;
  framing_ = Framing::Undecided;
  head_only_ = head_only;
  http_1_0_ = http_1_0;
  finished_ = overflowed_ = false;
}

Result<void> Response::start(int status, const Fields& fields,
                             std::optional<std::uint64_t> content_length) {
  if (started()) return error(Code::InvalidArgument, "the response has started already");
  FAVO_TRY(check_response(status, fields));
  append_head(status, fields);
  tally_.status = status;
  content_length_ = content_length;
  return {};
}

void Response::append_head(int status, const Fields& fields) {
  head_.reserve(fields.bytes() + 4 * fields.size() + 256);
  head_.append("HTTP/1.1 ");
  append_number(head_, static_cast<unsigned>(status), 10);
  head_.append(" ");
  auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  if (known != boost::beast::http::status::unknown) {
    auto reason = boost::beast::http::obsolete_reason(known);
    head_.append({reason.data(), reason.size()});
  }
  head_.append("\r\n");
  bool dated = false;
  for (const auto& [name, value] : fields) {
    if (belongs_to_connection(name)) {
      if (same_name(name, "Connection") && list_has_token(value, "close")) owner_.end_connection();
      continue;
    }
    if (set_fields_ && set_fields_->find(name)) continue;
    dated |= name.size() == 4 && same_name(name, "Date");
    append_field(head_, name, value);
  }
  if (set_fields_) {
    dated |= set_fields_->find("Date") != nullptr;
    for (const auto& [name, value] : *set_fields_) append_field(head_, name, value);
  }
  if (!dated) head_.append(date_.text());
}

/// Decides the framing and moves the head, completed, to the output.
void Response::settle(bool whole_body_known) {
  framing_ = Framing::Bare;
  // A HEAD whose handler wrote no body says nothing about the length GET would have.
  if (whole_body_known && !content_length_ && (!bodiless() || tally_.bytes_sent > 0)) {
    content_length_ = tally_.bytes_sent;
  }
  if (tally_.status == 204) {
    // neither field: RFC 9110 8.6, RFC 9112 6.1
  } else if (content_length_) {
    head_.append("Content-Length: ");
    append_number(head_, *content_length_, 10);
    head_.append("\r\n");
  } else if (bodiless()) {
    // optional, and unknown
  } else if (http_1_0_) {
    framing_ = Framing::UntilClose;
    owner_.end_connection();
  } else {
    framing_ = Framing::Chunked;
    head_.append("Transfer-Encoding: chunked\r\n");
  }
  if (owner_.ends_connection())
    head_.append("Connection: close\r\n");
  else if (http_1_0_)
    head_.append("Connection: keep-alive\r\n");
  head_.append("\r\n");
  output_.pending().append(head_.data());
  head_.clear();
  if (!held_.empty()) {
    emit(held_.data());
    held_.clear();
  }
}

void Response::emit(Bytes data) {
  if (framing_ != Framing::Chunked) return output_.write(data);
  append_number(output_.pending(), data.size(), 16);
  output_.pending().append("\r\n");
  output_.write(data, "\r\n");
}

std::size_t Response::capacity() {
  return closed_ || bodiless() ? Output::kBound : output_.capacity();
}

void Response::write(Bytes data) {
  FAVO_CHECK(started() && !finished_);
  auto already = tally_.bytes_sent;
  tally_.bytes_sent += data.size();
  if (closed_ || bodiless() || data.empty()) return;
  if (content_length_ && data.size() > *content_length_ - std::min(already, *content_length_)) {
    overflowed_ = true;  // the rest would be taken for the next response
    data = data.first(*content_length_ - std::min(already, *content_length_));
  }
  if (framing_ == Framing::Undecided) {
    if (!content_length_ && held_.size() + data.size() <= kMaxHeld) return held_.append(data);
    settle(false);
  }
  if (!data.empty()) emit(data);
}

void Response::flush() {
  if (closed_) return;
  if (started() && framing_ == Framing::Undecided) settle(false);
  output_.flush();
}

void Response::finish(const Fields* trailers) {
  if (finished_) return;
  FAVO_CHECK(started());
  if (closed_) {
    finished_ = true;
    return;
  }
  bool has_trailers =
      trailers && !trailers->empty() && !http_1_0_ && !content_length_ && !bodiless();
  if (framing_ == Framing::Undecided) settle(!has_trailers);
  if (overflowed_ || (content_length_ && !bodiless() && tally_.bytes_sent != *content_length_)) {
    return abort();
  }
  finished_ = true;
  if (framing_ != Framing::Chunked) return;
  Buffer& out = output_.pending();
  out.append("0\r\n");
  if (has_trailers) {
    for (const auto& [name, value] : *trailers) {
      if (belongs_to_connection(name) || !is_field_name(name) || !is_field_value(value)) continue;
      append_field(out, name, value);
    }
  }
  out.append("\r\n");
}

void Response::abort() {
  if (closed_) return;  // the client left first
  finished_ = true;
  owner_.response_aborted(framing_ == Framing::UntilClose);
}

}  // namespace favo::http
