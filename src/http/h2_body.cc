#include "http/h2_body.h"

#include <utility>

#include "base/check.h"

namespace favo::http {

void H2Body::fail(Error failure) {
  if (open()) failure_ = std::move(failure);
}

void H2Body::reject(Error failure) {
  failure_ = std::move(failure);
  ended_ = false;
}

std::size_t H2Body::discard() {
  const std::size_t size = buffer_.size();
  buffer_.release();
  return size;
}

bool H2Body::add_trailer(std::string_view name, std::string_view value) {
  if (name == "host" || belongs_to_connection(name)) return false;
  trailers_.add(name, value);
  return true;
}

Bytes H2Body::data() {
  if (buffer_.empty() && open()) owner_.body_wanted();
  return buffer_.data();
}

void H2Body::consume(std::size_t size) {
  FAVO_CHECK(size <= buffer_.size());
  buffer_.consume(size);
  if (size > 0) owner_.body_consumed(size);
}

BodySource::State H2Body::state() {
  if (!buffer_.empty()) return State::Open;
  return failure_ ? State::Failed : ended_ ? State::End : State::Open;
}

Signal& H2Body::readable() {
  if (buffer_.empty() && open()) owner_.body_awaited();
  return readable_;
}

}  // namespace favo::http
