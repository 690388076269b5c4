#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "component/abi/value.h"
#include "http/exchange.h"
#include "wasi/http_error.h"
#include "wasi/http_fields.h"
#include "wasi/http_incoming_body.h"
#include "wasi/http_outgoing_body.h"

namespace favo::http::client {
class Client;
class Exchange;
struct Request;
}  // namespace favo::http::client

namespace favo::wasi {

/// `wasi:http/types.method`; `get` by default.
struct HttpMethod
    : abi::Variant<Unit, Unit, Unit, Unit, Unit, Unit, Unit, Unit, Unit, std::string> {
  static constexpr std::size_t kOther = 9;

  /// `name` as on the wire; methods are case-sensitive.
  static HttpMethod from(std::string_view name);
  std::string_view name() const;
};

/// `wasi:http/types.scheme`.
struct HttpScheme : abi::Variant<Unit, Unit, std::string> {
  static constexpr std::size_t kOther = 2;

  static HttpScheme from(std::string_view name);
};

/// `wasi:http/types.incoming-request`.
///
/// Ownership: borrows the exchange, which outlives the instance. Headers and body may outlive this.
class IncomingRequest {
 public:
  explicit IncomingRequest(http::Exchange& exchange) : exchange_(exchange) {}
  IncomingRequest(const IncomingRequest&) = delete;
  IncomingRequest& operator=(const IncomingRequest&) = delete;

  HttpMethod method() const;
  std::optional<std::string> path_with_query() const;
  std::optional<HttpScheme> scheme() const;
  std::optional<std::string> authority() const;
  std::unique_ptr<HttpFields> headers() const;
  /// The body; once.
  std::expected<std::unique_ptr<IncomingBody>, Unit> consume();

 private:
  http::Exchange& exchange_;
  bool consumed_ = false;
};

/// `wasi:http/types.outgoing-request`.
class OutgoingRequest {
 public:
  explicit OutgoingRequest(std::unique_ptr<HttpFields> headers);
  OutgoingRequest(const OutgoingRequest&) = delete;
  OutgoingRequest& operator=(const OutgoingRequest&) = delete;
  ~OutgoingRequest();

  /// The body; once. Fails, too, when the headers declare no clear length.
  std::expected<std::unique_ptr<OutgoingBody>, Unit> body();
  const HttpMethod& method() const { return method_; }
  const std::optional<std::string>& path_with_query() const { return path_with_query_; }
  const std::optional<HttpScheme>& scheme() const { return scheme_; }
  const std::optional<std::string>& authority() const { return authority_; }
  std::unique_ptr<HttpFields> headers() const { return headers_->share(); }

  /// Each fails, and changes nothing, when the value is not what the message's syntax allows there.
  std::expected<Unit, Unit> set_method(HttpMethod method);
  std::expected<Unit, Unit> set_path_with_query(std::optional<std::string_view> path_with_query);
  std::expected<Unit, Unit> set_scheme(std::optional<HttpScheme> scheme);
  std::expected<Unit, Unit> set_authority(std::optional<std::string_view> authority);

  /// Sends `prepared` (method, target, origin and conditions) with these headers and this body.
  /// Errors: nothing was sent, because the request can't be what it claims.
  std::expected<std::shared_ptr<http::client::Exchange>, HttpErrorCode> send(
      http::client::Client& client, http::client::Request prepared);

 private:
  std::unique_ptr<HttpFields> headers_;
  HttpMethod method_;
  std::optional<std::string> path_with_query_;
  std::optional<HttpScheme> scheme_;
  std::optional<std::string> authority_;
  std::shared_ptr<OutgoingContents> contents_;  ///< null until `body`, and once sent
};

/// `wasi:http/types.request-options`: timeouts in nanoseconds.
struct RequestOptions {
  using Timeout = std::optional<std::uint64_t>;
  Timeout connect, first_byte, between_bytes;
};

}  // namespace favo::wasi

FAVO_VARIANT(favo::wasi::HttpMethod, "get", "head", "post", "put", "delete", "connect", "options",
             "trace", "patch", "other")
FAVO_VARIANT(favo::wasi::HttpScheme, "HTTP", "HTTPS", "other")
FAVO_RESOURCE(favo::wasi::IncomingRequest, "wasi:http/types", "incoming-request")
FAVO_RESOURCE(favo::wasi::OutgoingRequest, "wasi:http/types", "outgoing-request")
FAVO_RESOURCE(favo::wasi::RequestOptions, "wasi:http/types", "request-options")
