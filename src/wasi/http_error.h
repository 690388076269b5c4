#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "component/abi/value.h"
#include "wasi/io.h"

namespace favo::http {
class BodySource;
}
namespace favo::http::client {
struct Failure;
}

namespace favo::wasi {

/// `wasi:http/types.DNS-error-payload`.
struct DnsErrorPayload {
  std::optional<std::string> rcode;
  std::optional<std::uint16_t> info_code;
};

/// `wasi:http/types.TLS-alert-received-payload`.
struct TlsAlertReceivedPayload {
  std::optional<std::uint8_t> alert_id;
  std::optional<std::string> alert_message;
};

/// `wasi:http/types.field-size-payload`.
struct FieldSizePayload {
  std::optional<std::string> field_name;
  std::optional<std::uint32_t> field_size;
};

/// `wasi:http/types.error-code`. Read and built by `HttpErrorCase`.
struct HttpErrorCode
    : abi::Variant<Unit,                                // DNS-timeout
                   DnsErrorPayload,                     // DNS-error
                   Unit, Unit, Unit, Unit,              // destination-…
                   Unit, Unit, Unit, Unit, Unit, Unit,  // connection-…
                   Unit, Unit,                          // TLS-protocol-error, TLS-certificate-error
                   TlsAlertReceivedPayload,             // TLS-alert-received
                   Unit, Unit,                          // HTTP-request-denied, …-length-required
                   std::optional<std::uint64_t>,        // HTTP-request-body-size
                   Unit, Unit, Unit,                    // HTTP-request-method-invalid, …-URI-…
                   std::optional<std::uint32_t>,        // HTTP-request-header-section-size
                   std::optional<FieldSizePayload>,     // HTTP-request-header-size
                   std::optional<std::uint32_t>,        // HTTP-request-trailer-section-size
                   FieldSizePayload,                    // HTTP-request-trailer-size
                   Unit,                                // HTTP-response-incomplete
                   std::optional<std::uint32_t>,        // HTTP-response-header-section-size
                   FieldSizePayload,                    // HTTP-response-header-size
                   std::optional<std::uint64_t>,        // HTTP-response-body-size
                   std::optional<std::uint32_t>,        // HTTP-response-trailer-section-size
                   FieldSizePayload,                    // HTTP-response-trailer-size
                   std::optional<std::string>,          // HTTP-response-transfer-coding
                   std::optional<std::string>,          // HTTP-response-content-coding
                   Unit, Unit, Unit,                // …-timeout, HTTP-upgrade-failed, …-protocol-…
                   Unit, Unit,                      // loop-detected, configuration-error
                   std::optional<std::string>> {};  // internal-error

/// The cases of `HttpErrorCode`, in the order of the WIT.
enum class HttpErrorCase : std::size_t {
  DnsTimeout,
  DnsError,
  DestinationNotFound,
  DestinationUnavailable,
  DestinationIpProhibited,
  DestinationIpUnroutable,
  ConnectionRefused,
  ConnectionTerminated,
  ConnectionTimeout,
  ConnectionReadTimeout,
  ConnectionWriteTimeout,
  ConnectionLimitReached,
  TlsProtocolError,
  TlsCertificateError,
  TlsAlertReceived,
  HttpRequestDenied,
  HttpRequestLengthRequired,
  HttpRequestBodySize,
  HttpRequestMethodInvalid,
  HttpRequestUriInvalid,
  HttpRequestUriTooLong,
  HttpRequestHeaderSectionSize,
  HttpRequestHeaderSize,
  HttpRequestTrailerSectionSize,
  HttpRequestTrailerSize,
  HttpResponseIncomplete,
  HttpResponseHeaderSectionSize,
  HttpResponseHeaderSize,
  HttpResponseBodySize,
  HttpResponseTrailerSectionSize,
  HttpResponseTrailerSize,
  HttpResponseTransferCoding,
  HttpResponseContentCoding,
  HttpResponseTimeout,
  HttpUpgradeFailed,
  HttpProtocolError,
  LoopDetected,
  ConfigurationError,
  InternalError,
};

/// `make_http_error<HttpErrorCase::InternalError>("why")`.
template <HttpErrorCase Case, typename... Args>
HttpErrorCode make_http_error(Args&&... payload) {
  return HttpErrorCode::make_as<HttpErrorCode, static_cast<std::size_t>(Case)>(
      std::forward<Args>(payload)...);
}
inline HttpErrorCase case_of(const HttpErrorCode& error) {
  return static_cast<HttpErrorCase>(error.index());
}

/// What a failure of the connection is called in HTTP's terms.
HttpErrorCode to_http_error(const Error& error);
HttpErrorCode to_http_error(const http::client::Failure& failure);
/// Why a body failed: a request's, or a response's. REQUIRES: it did
HttpErrorCode failure_of(const http::BodySource& body);

/// The status of the response that stands in for one that failed with `error`: the recommended
/// status of its IANA proxy error type (RFC 9209, 2.3), and for a refused request the 4xx of RFC
/// 9110 that says so.
int status_of(const HttpErrorCode& error);

/// For logs: the case's name in the WIT, and its payload where that is a text or a size.
std::string describe(const HttpErrorCode& error);

/// A stream's error that `http-error-code` can look into.
class HttpIoError final : public IoError {
 public:
  explicit HttpIoError(HttpErrorCode code) : IoError(describe(code)), code_(std::move(code)) {}

  const HttpErrorCode& code() const { return code_; }

 private:
  HttpErrorCode code_;
};

/// `wasi:http/types.http-error-code`.
std::optional<HttpErrorCode> http_error_code(const IoError& error);

}  // namespace favo::wasi

FAVO_RECORD(favo::wasi::DnsErrorPayload, member("rcode", &favo::wasi::DnsErrorPayload::rcode),
            member("info-code", &favo::wasi::DnsErrorPayload::info_code))
FAVO_RECORD(favo::wasi::TlsAlertReceivedPayload,
            member("alert-id", &favo::wasi::TlsAlertReceivedPayload::alert_id),
            member("alert-message", &favo::wasi::TlsAlertReceivedPayload::alert_message))
FAVO_RECORD(favo::wasi::FieldSizePayload,
            member("field-name", &favo::wasi::FieldSizePayload::field_name),
            member("field-size", &favo::wasi::FieldSizePayload::field_size))
FAVO_VARIANT(favo::wasi::HttpErrorCode, "DNS-timeout", "DNS-error", "destination-not-found",
             "destination-unavailable", "destination-IP-prohibited", "destination-IP-unroutable",
             "connection-refused", "connection-terminated", "connection-timeout",
             "connection-read-timeout", "connection-write-timeout", "connection-limit-reached",
             "TLS-protocol-error", "TLS-certificate-error", "TLS-alert-received",
             "HTTP-request-denied", "HTTP-request-length-required", "HTTP-request-body-size",
             "HTTP-request-method-invalid", "HTTP-request-URI-invalid", "HTTP-request-URI-too-long",
             "HTTP-request-header-section-size", "HTTP-request-header-size",
             "HTTP-request-trailer-section-size", "HTTP-request-trailer-size",
             "HTTP-response-incomplete", "HTTP-response-header-section-size",
             "HTTP-response-header-size", "HTTP-response-body-size",
             "HTTP-response-trailer-section-size", "HTTP-response-trailer-size",
             "HTTP-response-transfer-coding", "HTTP-response-content-coding",
             "HTTP-response-timeout", "HTTP-upgrade-failed", "HTTP-protocol-error", "loop-detected",
             "configuration-error", "internal-error")
