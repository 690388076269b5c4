#include "wasi/http_error.h"

#include <gtest/gtest.h>

namespace favo::wasi {
namespace {

TEST(HttpError, CasesAreInTheOrderOfTheWit) {
  const auto& names = abi::VariantOf<HttpErrorCode>::kCases;
  ASSERT_EQ(names.size(), static_cast<std::size_t>(HttpErrorCase::InternalError) + 1);
  const auto name = [&](HttpErrorCase error) { return names[static_cast<std::size_t>(error)]; };
  EXPECT_EQ(name(HttpErrorCase::DnsTimeout), "DNS-timeout");
  EXPECT_EQ(name(HttpErrorCase::TlsAlertReceived), "TLS-alert-received");
  EXPECT_EQ(name(HttpErrorCase::HttpRequestDenied), "HTTP-request-denied");
  EXPECT_EQ(name(HttpErrorCase::HttpRequestTrailerSize), "HTTP-request-trailer-size");
  EXPECT_EQ(name(HttpErrorCase::HttpResponseBodySize), "HTTP-response-body-size");
  EXPECT_EQ(name(HttpErrorCase::HttpProtocolError), "HTTP-protocol-error");
  EXPECT_EQ(name(HttpErrorCase::ConfigurationError), "configuration-error");
}

TEST(HttpError, DescriptionHasNameAndPayload) {
  EXPECT_EQ(describe(make_http_error<HttpErrorCase::LoopDetected>()), "loop-detected");
  EXPECT_EQ(describe(make_http_error<HttpErrorCase::InternalError>("disk on fire")),
            "internal-error: disk on fire");
  EXPECT_EQ(describe(make_http_error<HttpErrorCase::HttpResponseBodySize>(std::uint64_t{12})),
            "HTTP-response-body-size: 12");
  EXPECT_EQ(describe(make_http_error<HttpErrorCase::HttpRequestHeaderSize>(std::nullopt)),
            "HTTP-request-header-size");
  EXPECT_EQ(describe(make_http_error<HttpErrorCase::HttpRequestHeaderSize>(
                FieldSizePayload{"cookie", 9000})),
            "HTTP-request-header-size: cookie");
}

TEST(HttpError, StatusTellsWhoseFaultItIs) {
  EXPECT_EQ(status_of(make_http_error<HttpErrorCase::InternalError>(std::nullopt)), 500);
  EXPECT_EQ(status_of(make_http_error<HttpErrorCase::HttpRequestDenied>()), 403);
  EXPECT_EQ(status_of(make_http_error<HttpErrorCase::HttpRequestBodySize>(std::nullopt)), 413);
  EXPECT_EQ(status_of(make_http_error<HttpErrorCase::HttpRequestUriTooLong>()), 414);
  EXPECT_EQ(status_of(make_http_error<HttpErrorCase::ConnectionRefused>()), 502);
  EXPECT_EQ(status_of(make_http_error<HttpErrorCase::ConnectionLimitReached>()), 503);
  EXPECT_EQ(status_of(make_http_error<HttpErrorCase::ConnectionTimeout>()), 504);
}

TEST(HttpError, ConnectionFailuresHaveHttpNames) {
  const auto translated = [](Code code) { return case_of(to_http_error(Error(code, "why"))); };
  EXPECT_EQ(translated(Code::LimitExceeded), HttpErrorCase::HttpRequestBodySize);
  EXPECT_EQ(translated(Code::DeadlineExceeded), HttpErrorCase::ConnectionReadTimeout);
  EXPECT_EQ(translated(Code::Io), HttpErrorCase::ConnectionTerminated);
  EXPECT_EQ(translated(Code::InvalidArgument), HttpErrorCase::HttpProtocolError);
  EXPECT_EQ(describe(to_http_error(Error(Code::Internal, "why"))), "internal-error: why");
}

TEST(HttpError, OnlyHttpStreamErrorsHaveACode) {
  const HttpIoError http(make_http_error<HttpErrorCase::ConnectionTerminated>());
  EXPECT_EQ(http.to_debug_string(), "connection-terminated");
  const auto code = http_error_code(http);
  ASSERT_TRUE(code);
  EXPECT_EQ(case_of(*code), HttpErrorCase::ConnectionTerminated);
  EXPECT_FALSE(http_error_code(IoError("no space left")));
}

}  // namespace
}  // namespace favo::wasi
