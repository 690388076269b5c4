#include "wasi/http.h"

#include <utility>

namespace favo::wasi {

std::unique_ptr<IncomingRequest> HandlerCall::request() {
  return std::make_unique<IncomingRequest>(exchange_);
}

std::unique_ptr<ResponseOutparam> HandlerCall::outparam() {
  return std::make_unique<ResponseOutparam>(*this);
}

HandlerCall::Outcome HandlerCall::outcome() const {
  using Phase = OutgoingContents::Phase;
  if (error_) return Outcome::Refused;
  if (!answered_) return Outcome::NotSet;
  if (!contents_ || contents_->phase() == Phase::Finished) return Outcome::Sent;
  return contents_->phase() == Phase::Open ? Outcome::Sending : Outcome::Incomplete;
}

void HandlerCall::respond(
    std::expected<std::unique_ptr<OutgoingResponse>, HttpErrorCode> response) {
  if (!response) {
    error_ = std::move(response).error();
    return;
  }
  const bool answers_head = exchange_.request().method == "HEAD";
  auto sent = (*response)->send(exchange_.response(), answers_head);
  if (!sent) {
    error_ = std::move(sent).error();
    return;
  }
  answered_ = true;
  contents_ = std::move(*sent);
}

void ResponseOutparam::set(
    std::unique_ptr<ResponseOutparam> outparam,
    std::expected<std::unique_ptr<OutgoingResponse>, HttpErrorCode> response) {
  outparam->call_.respond(std::move(response));
}

}  // namespace favo::wasi
