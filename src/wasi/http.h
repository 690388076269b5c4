#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

#include "http/exchange.h"
#include "wasi/http_error.h"
#include "wasi/http_request.h"
#include "wasi/http_response.h"

namespace favo::abi {
class Host;
}

namespace favo::wasi {

class ResponseOutparam;

/// One call of `wasi:http/incoming-handler.handle`, as its caller sees it: makes the two arguments
/// from an exchange and keeps what the guest made of the response.
///
/// Ownership: borrows the exchange. Outlives the instance and its handle table; the exchange must
///            do so too, since dropping a guest's resources may abort a response.
/// Threads:   one shard.
/// Cost:      no allocation of its own; one for each argument.
///
/// Example:
///   HandlerCall call(exchange);
///   … lower call.request() and call.outparam() as owned handles, call the guest …
///   exchange.flush();
///   … when the guest has returned or trapped, and the instance is gone:
///   if (!call.answered()) respond with call.error() ? status_of(*call.error()) : 500
///   exchange.release();
class HandlerCall {
 public:
  enum class Outcome : std::uint8_t {
    NotSet,      ///< the guest has not set the response, or dropped the outparam: answer 500
    Refused,     ///< `error()` says why, nothing was sent: answer `status_of(*error())`
    Sending,     ///< the head was handed to the connection, the body is not finished yet
    Sent,        ///< complete
    Incomplete,  ///< the body was dropped early or has the wrong length: the connection is closed
  };

  explicit HandlerCall(http::Exchange& exchange) : exchange_(exchange) {}
  HandlerCall(const HandlerCall&) = delete;
  HandlerCall& operator=(const HandlerCall&) = delete;

  /// The arguments; each is to be made once.
  std::unique_ptr<IncomingRequest> request();
  std::unique_ptr<ResponseOutparam> outparam();

  Outcome outcome() const;
  /// Whether the head was handed to the connection: then nothing else can be answered.
  bool answered() const { return answered_; }
  /// The error that the guest set instead of a response, or what is wrong with the response it set;
  /// null unless the outcome is `Refused`.
  const HttpErrorCode* error() const { return error_ ? &*error_ : nullptr; }

 private:
  friend class ResponseOutparam;
  void respond(std::expected<std::unique_ptr<OutgoingResponse>, HttpErrorCode> response);

  http::Exchange& exchange_;
  bool answered_ = false;
  std::optional<HttpErrorCode> error_;
  std::shared_ptr<OutgoingContents> contents_;  ///< of a response with a body
};

/// `wasi:http/types.response-outparam`.
class ResponseOutparam {
 public:
  explicit ResponseOutparam(HandlerCall& call) : call_(call) {}
  ResponseOutparam(const ResponseOutparam&) = delete;
  ResponseOutparam& operator=(const ResponseOutparam&) = delete;

  static void set(std::unique_ptr<ResponseOutparam> outparam,
                  std::expected<std::unique_ptr<OutgoingResponse>, HttpErrorCode> response);

 private:
  HandlerCall& call_;
};

/// Registers `wasi:http/types` and `wasi:http/outgoing-handler`.
void add_http(abi::Host& host);

}  // namespace favo::wasi

FAVO_RESOURCE(favo::wasi::ResponseOutparam, "wasi:http/types", "response-outparam")
