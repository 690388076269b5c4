#include "wasi/http_response.h"

#include <utility>

#include "base/format.h"
#include "http/client/exchange.h"

namespace favo::wasi {
namespace {

std::unexpected<Unit> refused() { return std::unexpected(Unit()); }

/// The response that a guest set can't be sent.
std::unexpected<HttpErrorCode> unsendable(std::string why) {
  return std::unexpected(make_http_error<HttpErrorCase::InternalError>(std::move(why)));
}

}  // namespace

// --- Outgoing --------------------------------------------------------------------------------

OutgoingResponse::OutgoingResponse(std::unique_ptr<HttpFields> headers)
    : headers_(std::move(headers)) {
  headers_->freeze();
}

OutgoingResponse::~OutgoingResponse() {
  if (contents_) contents_->detach();
}

std::expected<Unit, Unit> OutgoingResponse::set_status_code(std::uint16_t status) {
  if (status < 100 || status > 999) return refused();
  status_ = status;
  return Unit();
}

std::expected<std::unique_ptr<OutgoingBody>, Unit> OutgoingResponse::body() {
  if (contents_) return refused();
  const auto length = headers_->content_length();
  if (!length) return refused();
  contents_ = std::make_shared<OutgoingContents>(OutgoingContents::Message::Response, *length);
  return std::make_unique<OutgoingBody>(contents_);
}

std::expected<std::shared_ptr<OutgoingContents>, HttpErrorCode> OutgoingResponse::send(
    http::ResponseSink& sink, bool answers_head) {
  using Phase = OutgoingContents::Phase;
  // RFC 9110, 8.6: there, content-length tells the size of a body that is not sent.
  const bool may_be_empty = answers_head || status_ == 304;
  const auto declared = headers_->content_length();
  if (!declared) return unsendable("the response's content-length is no number");
  std::optional<std::uint64_t> length = *declared;
  if (contents_) {
    if (contents_->phase() == Phase::WrongLength) return std::unexpected(contents_->size_error());
    if (contents_->phase() == Phase::Abandoned) {
      return unsendable("the response's body was dropped before it was finished");
    }
    length = contents_->length();
  } else if (!may_be_empty) {
    if (length.value_or(0) != 0) {
      return unsendable(format("content-length is {}, but the response has no body", *length));
    }
    length = 0;
  }
  if (auto started = sink.start(status_, headers_->owned(), length); !started) {
    return unsendable(started.error().message());
  }
  auto contents = std::move(contents_);
  if (contents) {
    contents->attach(sink, may_be_empty);
  } else {
    sink.finish(nullptr);
  }
  return contents;
}

// --- Incoming --------------------------------------------------------------------------------

std::expected<std::unique_ptr<IncomingBody>, Unit> IncomingResponse::consume() {
  if (!body_) return refused();
  return std::make_unique<IncomingBody>(std::move(body_));
}

FutureIncomingResponse::~FutureIncomingResponse() {
  if (exchange_) exchange_->abort();
}

bool FutureIncomingResponse::ready() {
  return !exchange_ || exchange_->progress() != http::client::Exchange::Progress::Underway;
}

Signal& FutureIncomingResponse::signal() { return exchange_ ? exchange_->answered() : never_; }

std::optional<std::expected<FutureIncomingResponse::Response, Unit>> FutureIncomingResponse::get() {
  using Once = std::expected<Response, Unit>;
  if (!ready()) return std::nullopt;
  if (!exchange_) return Once(refused());
  const auto exchange = std::move(exchange_);
  if (exchange->progress() == http::client::Exchange::Progress::Failed)
    return Once(Response(std::unexpected(to_http_error(exchange->reason()))));
  exchange->fields()->remove_if(is_forbidden_field);
  return Once(Response(std::make_unique<IncomingResponse>(
      static_cast<std::uint16_t>(exchange->status()), exchange->fields(), exchange)));
}

}  // namespace favo::wasi
