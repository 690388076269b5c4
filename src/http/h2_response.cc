#include "http/h2_response.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace favo::http {
namespace {

/// Held back in the hope that the body ends before it has to leave.
constexpr std::size_t kMaxHeld = 16 * 1024;

struct Number {
  explicit Number(std::uint64_t value) : end(std::to_chars(digits, digits + 20, value).ptr) {}
  std::string_view text() const { return {digits, static_cast<std::size_t>(end - digits)}; }
  char digits[20];
  char* end;
};

}  // namespace

Result<void> H2Response::start(int status, const Fields& fields,
                               std::optional<std::uint64_t> content_length) {
  if (started()) return error(Code::InvalidArgument, "the response has started already");
  FAVO_TRY(check_response(status, fields));
  text_.reserve(fields.bytes() + 96);
  entries_.reserve(fields.size() + 3);
  add_line(":status", Number(static_cast<unsigned>(status)).text());
  for (const auto& [name, value] : fields) {
    if (belongs_to_connection(name) || (set_fields_ && set_fields_->find(name))) continue;
    dated_ |= same_name(name, "date");
    add_line(name, value);
  }
  if (set_fields_) {
    dated_ |= set_fields_->find("date") != nullptr;
    for (const auto& [name, value] : *set_fields_) add_line(name, value);
  }
  tally_.status = status;
  content_length_ = content_length;
  return {};
}

void H2Response::add_line(std::string_view name, std::string_view value) {
  entries_.push_back({static_cast<std::uint32_t>(text_.size()),
                      static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size())});
  // RFC 9113 8.2.1: names in lower case.
  for (const char c : name) text_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  text_ += value;
}

/// Completes the head and sends it.
void H2Response::settle(bool whole_body_known) {
  head_left_ = true;
  // A HEAD whose handler wrote no body says nothing about the length GET would have.
  if (whole_body_known && !content_length_ && (!bodiless() || tally_.bytes_sent > 0)) {
    content_length_ = tally_.bytes_sent;
  }
  if (content_length_ && tally_.status != 204)
    add_line("content-length", Number(*content_length_).text());
  if (!dated_) add_line("date", date_.value());
  std::vector<Line> lines;
  lines.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    const std::string_view name = std::string_view(text_).substr(entry.offset, entry.name_size);
    const std::string_view value =
        std::string_view(text_).substr(entry.offset + entry.name_size, entry.value_size);
    lines.push_back({name, value});
  }
  const bool empty = finished_ && pending_.empty() && trailers_.empty();
  owner_.send_head(lines, !bodiless() && !empty);
  text_ = {};
  entries_ = {};
}

std::size_t H2Response::capacity() {
  const std::size_t bound = owner_.response_bound();
  if (closed_ || bodiless()) return bound;
  // Nothing until half of it is free, so that writers come with large pieces.
  return pending_.size() > bound / 2 ? 0 : bound - pending_.size();
}

void H2Response::write(Bytes data) {
  FAVO_CHECK(started() && !finished_);
  const auto already = tally_.bytes_sent;
  tally_.bytes_sent += data.size();
  if (closed_ || bodiless() || data.empty()) return;
  if (content_length_) {
    const std::uint64_t left = *content_length_ - std::min(already, *content_length_);
    overflowed_ |= data.size() > left;
    data = data.first(std::min<std::uint64_t>(data.size(), left));
  }
  pending_.append(data);
  if (head_left_)
    owner_.send_body();
  else if (content_length_ || pending_.size() > kMaxHeld)
    settle(false);
}

void H2Response::flush() {
  if (!closed_ && started() && !head_left_) settle(false);
}

bool H2Response::drained() {
  return closed_ || (head_left_ && pending_.empty() && owner_.output_drained());
}

void H2Response::finish(const Fields* trailers) {
  if (finished_) return;
  FAVO_CHECK(started());
  if (closed_) {
    finished_ = true;
    return;
  }
  if (overflowed_ || (content_length_ && !bodiless() && tally_.bytes_sent != *content_length_))
    return abort();
  finished_ = true;
  if (trailers && !bodiless()) {
    for (const auto& [name, value] : *trailers) {
      if (belongs_to_connection(name) || !is_field_name(name) || !is_field_value(value)) continue;
      std::string lower(name);
      std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
      });
      trailers_.add(lower, value);
    }
  }
  if (head_left_)
    owner_.send_body();
  else
    settle(trailers_.empty());
}

void H2Response::abort() {
  if (closed_) return;  // the client left first
  finished_ = true;
  close();
  owner_.reset_response();
}

void H2Response::close() {
  closed_ = true;
  pending_.release();
}

void H2Response::notify() {
  if (closed_ || capacity() > 0) writable_.notify();
}

H2Response::Piece H2Response::next_piece(std::size_t size) const {
  const std::size_t taken = std::min(size, pending_.size());
  return {taken, finished_ && taken == pending_.size()};
}

}  // namespace favo::http
