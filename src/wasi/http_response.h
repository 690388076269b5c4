#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

#include "component/abi/value.h"
#include "http/exchange.h"
#include "loop/signal.h"
#include "wasi/http_error.h"
#include "wasi/http_fields.h"
#include "wasi/http_incoming_body.h"
#include "wasi/http_outgoing_body.h"

namespace favo::http::client {
class Exchange;
}

namespace favo::wasi {

/// `wasi:http/types.outgoing-response`.
class OutgoingResponse {
 public:
  explicit OutgoingResponse(std::unique_ptr<HttpFields> headers);
  OutgoingResponse(const OutgoingResponse&) = delete;
  OutgoingResponse& operator=(const OutgoingResponse&) = delete;
  /// A response that was not sent has nobody to read its body.
  ~OutgoingResponse();

  std::uint16_t status_code() const { return status_; }
  /// Three digits: 100 to 999.
  std::expected<Unit, Unit> set_status_code(std::uint16_t status);
  std::unique_ptr<HttpFields> headers() const { return headers_->share(); }
  /// The body; once. Fails, too, when the headers declare no clear length.
  std::expected<std::unique_ptr<OutgoingBody>, Unit> body();

  /// Sends the head and opens the body's way to the sink. Gives the body's contents, or null for a
  /// response whose body nobody asked for: it is complete.
  /// Errors: nothing was sent, because the response can't be what it claims.
  std::expected<std::shared_ptr<OutgoingContents>, HttpErrorCode> send(http::ResponseSink& sink,
                                                                       bool answers_head);

 private:
  std::unique_ptr<HttpFields> headers_;
  std::uint16_t status_ = 200;
  std::shared_ptr<OutgoingContents> contents_;  ///< null until `body`, and once sent
};

/// `wasi:http/types.incoming-response`.
class IncomingResponse {
 public:
  IncomingResponse(std::uint16_t status, std::shared_ptr<http::Fields> headers,
                   std::shared_ptr<http::BodySource> body)
      : status_(status), headers_(std::move(headers)), body_(std::move(body)) {}

  std::uint16_t status() const { return status_; }
  std::unique_ptr<HttpFields> headers() const { return std::make_unique<HttpFields>(headers_); }
  /// The body; once.
  std::expected<std::unique_ptr<IncomingBody>, Unit> consume();

 private:
  std::uint16_t status_;
  std::shared_ptr<http::Fields> headers_;
  std::shared_ptr<http::BodySource> body_;  ///< null once consumed
};

/// `wasi:http/types.future-incoming-response`. Dropping it before the response was got gives the
/// request up.
class FutureIncomingResponse final : public Subscribable {
 public:
  using Response = std::expected<std::unique_ptr<IncomingResponse>, HttpErrorCode>;

  explicit FutureIncomingResponse(std::shared_ptr<http::client::Exchange> exchange)
      : exchange_(std::move(exchange)) {}
  ~FutureIncomingResponse() override;

  bool ready() override;
  Signal& signal() override;
  /// Empty until `ready`; then the response once, and `Unit` from the second time on.
  std::optional<std::expected<Response, Unit>> get();

 private:
  std::shared_ptr<http::client::Exchange> exchange_;  ///< null once got
  Signal never_;                                      ///< from then on
};

}  // namespace favo::wasi

FAVO_RESOURCE(favo::wasi::OutgoingResponse, "wasi:http/types", "outgoing-response")
FAVO_RESOURCE(favo::wasi::IncomingResponse, "wasi:http/types", "incoming-response")
FAVO_RESOURCE(favo::wasi::FutureIncomingResponse, "wasi:http/types", "future-incoming-response")
