#include "http/request_body.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/format.h"

namespace favo::http {

void RequestBody::begin() {
  piece_ = 0;
  limit_ = std::numeric_limits<std::uint64_t>::max();
  failure_.reset();
  ended_ = parser_.body_done();
}

/// Finds the next piece of content in the input, or the end.
void RequestBody::advance() {
  if (piece_ > 0 || !open()) return;
  auto step = parser_.parse_body(input_.data());
  input_.consume(step.skip);
  switch (step.step) {
    case RequestParser::Step::NeedMore:
      piece_ = step.size;
      if (piece_ <= limit_ - std::min(limit_, tally_.bytes_received)) break;
      piece_ = 0;
      fail(Error(Code::LimitExceeded, "request body: body too large"));
      break;
    case RequestParser::Step::Done:
      ended_ = true;
      break;
    case RequestParser::Step::Refused:
      fail(error(parser_.refusal_status() == 413 ? Code::LimitExceeded : Code::InvalidArgument,
                 "request body: {}", parser_.refusal()));
      break;
  }
}

Bytes RequestBody::data() {
  advance();
  while (piece_ == 0 && open() && owner_.receive_body()) advance();
  return input_.data().first(piece_);
}

void RequestBody::consume(std::size_t size) {
  FAVO_CHECK(size <= piece_);
  piece_ -= size;
  input_.consume(size);
  tally_.bytes_received += size;
}

BodySource::State RequestBody::state() {
  advance();
  if (piece_ > 0) return State::Open;
  return failure_ ? State::Failed : ended_ ? State::End : State::Open;
}

Signal& RequestBody::readable() {
  if (piece_ == 0 && open()) owner_.await_body();
  return readable_;
}

std::size_t RequestBody::discard() {
  std::size_t dropped = 0;
  for (advance(); piece_ > 0; advance()) {
    dropped += piece_;
    input_.consume(std::exchange(piece_, 0));
  }
  return dropped;
}

void RequestBody::fail(Error failure) {
  if (!open()) return;
  failure_ = std::move(failure);
  readable_.notify();
}

}  // namespace favo::http
