#include "wasi/http_error.h"

#include <string_view>
#include <type_traits>

#include "base/format.h"
#include "http/client/exchange.h"

namespace favo::wasi {

HttpErrorCode to_http_error(const Error& error) {
  switch (error.code()) {
    case Code::LimitExceeded:
      return make_http_error<HttpErrorCase::HttpRequestBodySize>(std::nullopt);
    case Code::DeadlineExceeded:
      return make_http_error<HttpErrorCase::ConnectionReadTimeout>();
    case Code::Cancelled:
    case Code::Io:
    case Code::Unavailable:
      return make_http_error<HttpErrorCase::ConnectionTerminated>();
    case Code::InvalidArgument:
      return make_http_error<HttpErrorCase::HttpProtocolError>();
    default:
      return make_http_error<HttpErrorCase::InternalError>(error.message());
  }
}

HttpErrorCode to_http_error(const http::client::Failure& failure) {
  using Kind = http::client::Failure::Kind;
  const auto size = failure.number ? std::optional(failure.number) : std::nullopt;
  switch (failure.kind) {
    case Kind::DnsTimeout:
      return make_http_error<HttpErrorCase::DnsTimeout>();
    case Kind::DnsError:
      return make_http_error<HttpErrorCase::DnsError>(DnsErrorPayload{failure.detail, {}});
    case Kind::Unavailable:
      return make_http_error<HttpErrorCase::DestinationUnavailable>();
    case Kind::AddressProhibited:
      return make_http_error<HttpErrorCase::DestinationIpProhibited>();
    case Kind::AddressUnroutable:
      return make_http_error<HttpErrorCase::DestinationIpUnroutable>();
    case Kind::ConnectionRefused:
      return make_http_error<HttpErrorCase::ConnectionRefused>();
    case Kind::ConnectionTimeout:
      return make_http_error<HttpErrorCase::ConnectionTimeout>();
    case Kind::ConnectionLimit:
      return make_http_error<HttpErrorCase::ConnectionLimitReached>();
    case Kind::TlsProtocol:
      return make_http_error<HttpErrorCase::TlsProtocolError>();
    case Kind::TlsCertificate:
      return make_http_error<HttpErrorCase::TlsCertificateError>();
    case Kind::TlsAlert:
      return make_http_error<HttpErrorCase::TlsAlertReceived>(
          TlsAlertReceivedPayload{static_cast<std::uint8_t>(failure.number), failure.detail});
    case Kind::ConnectionTerminated:
      return make_http_error<HttpErrorCase::ConnectionTerminated>();
    case Kind::ReadTimeout:
      return make_http_error<HttpErrorCase::ConnectionReadTimeout>();
    case Kind::WriteTimeout:
      return make_http_error<HttpErrorCase::ConnectionWriteTimeout>();
    case Kind::ResponseIncomplete:
      return make_http_error<HttpErrorCase::HttpResponseIncomplete>();
    case Kind::ResponseTimeout:
      return make_http_error<HttpErrorCase::HttpResponseTimeout>();
    case Kind::ResponseHeadSize:
      return make_http_error<HttpErrorCase::HttpResponseHeaderSectionSize>(size);
    case Kind::ResponseTrailerSize:
      return make_http_error<HttpErrorCase::HttpResponseTrailerSectionSize>(size);
    case Kind::TransferCoding:
      return make_http_error<HttpErrorCase::HttpResponseTransferCoding>(failure.detail);
    case Kind::UpgradeFailed:
      return make_http_error<HttpErrorCase::HttpUpgradeFailed>();
    case Kind::RequestAborted:
    case Kind::Protocol:
      return make_http_error<HttpErrorCase::HttpProtocolError>();
  }
  return make_http_error<HttpErrorCase::InternalError>(failure.detail);
}

HttpErrorCode failure_of(const http::BodySource& body) {
  if (const auto* exchange = dynamic_cast<const http::client::Exchange*>(&body))
    return to_http_error(exchange->reason());
  return to_http_error(body.failure());
}

int status_of(const HttpErrorCode& error) {
  switch (case_of(error)) {
    case HttpErrorCase::HttpRequestMethodInvalid:
    case HttpErrorCase::HttpRequestUriInvalid:
      return 400;
    case HttpErrorCase::HttpRequestDenied:
      return 403;
    case HttpErrorCase::HttpRequestLengthRequired:
      return 411;
    case HttpErrorCase::HttpRequestBodySize:
      return 413;
    case HttpErrorCase::HttpRequestUriTooLong:
      return 414;
    case HttpErrorCase::HttpRequestHeaderSectionSize:
    case HttpErrorCase::HttpRequestHeaderSize:
    case HttpErrorCase::HttpRequestTrailerSectionSize:
    case HttpErrorCase::HttpRequestTrailerSize:
      return 431;
    case HttpErrorCase::DestinationNotFound:
    case HttpErrorCase::ConfigurationError:
    case HttpErrorCase::InternalError:
      return 500;
    case HttpErrorCase::DestinationUnavailable:
    case HttpErrorCase::ConnectionLimitReached:
      return 503;
    case HttpErrorCase::DnsTimeout:
    case HttpErrorCase::ConnectionTimeout:
    case HttpErrorCase::ConnectionReadTimeout:
    case HttpErrorCase::ConnectionWriteTimeout:
    case HttpErrorCase::HttpResponseTimeout:
      return 504;
    case HttpErrorCase::DnsError:
    case HttpErrorCase::DestinationIpProhibited:
    case HttpErrorCase::DestinationIpUnroutable:
    case HttpErrorCase::ConnectionRefused:
    case HttpErrorCase::ConnectionTerminated:
    case HttpErrorCase::TlsProtocolError:
    case HttpErrorCase::TlsCertificateError:
    case HttpErrorCase::TlsAlertReceived:
    case HttpErrorCase::HttpResponseIncomplete:
    case HttpErrorCase::HttpResponseHeaderSectionSize:
    case HttpErrorCase::HttpResponseHeaderSize:
    case HttpErrorCase::HttpResponseBodySize:
    case HttpErrorCase::HttpResponseTrailerSectionSize:
    case HttpErrorCase::HttpResponseTrailerSize:
    case HttpErrorCase::HttpResponseTransferCoding:
    case HttpErrorCase::HttpResponseContentCoding:
    case HttpErrorCase::HttpUpgradeFailed:
    case HttpErrorCase::HttpProtocolError:
    case HttpErrorCase::LoopDetected:
      return 502;
  }
  return 500;
}

namespace {

template <typename T>
std::string detail(const std::optional<T>& value) {
  return value ? format("{}", *value) : std::string();
}
std::string detail(const Unit&) { return {}; }
std::string detail(const DnsErrorPayload& payload) { return detail(payload.rcode); }
std::string detail(const TlsAlertReceivedPayload& payload) { return detail(payload.alert_message); }
std::string detail(const FieldSizePayload& payload) { return detail(payload.field_name); }
std::string detail(const std::optional<FieldSizePayload>& payload) {
  return payload ? detail(*payload) : std::string();
}

}  // namespace

std::string describe(const HttpErrorCode& error) {
  const std::string_view name = abi::VariantOf<HttpErrorCode>::kCases[error.index()];
  const std::string text =
      std::visit([](const auto& payload) { return detail(payload); }, error.value);
  return text.empty() ? std::string(name) : format("{}: {}", name, text);
}

std::optional<HttpErrorCode> http_error_code(const IoError& error) {
  const auto* http = dynamic_cast<const HttpIoError*>(&error);
  return http ? std::optional(http->code()) : std::nullopt;
}

}  // namespace favo::wasi
