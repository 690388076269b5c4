#include "wasi/http_request.h"

#include <array>
#include <utility>

#include "http/client/client.h"
#include "wasi/http_syntax.h"

namespace favo::wasi {
namespace {

// In the order of the variant's cases.
constexpr std::array<std::string_view, HttpMethod::kOther> kMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

template <std::size_t... I>
HttpMethod known_method(std::size_t index, std::index_sequence<I...>) {
  HttpMethod method;
  ((index == I && (method = HttpMethod::make_as<HttpMethod, I>(), true)) || ...);
  return method;
}

std::unexpected<Unit> refused() { return std::unexpected(Unit()); }

}  // namespace

HttpMethod HttpMethod::from(std::string_view name) {
  for (std::size_t i = 0; i < kMethods.size(); ++i) {
    if (name == kMethods[i]) return known_method(i, std::make_index_sequence<kOther>());
  }
  return make_as<HttpMethod, kOther>(std::string(name));
}

std::string_view HttpMethod::name() const {
  return index() == kOther ? std::string_view(get<kOther>()) : kMethods[index()];
}

HttpScheme HttpScheme::from(std::string_view name) {
  if (name == "http") return make_as<HttpScheme, 0>();
  if (name == "https") return make_as<HttpScheme, 1>();
  return make_as<HttpScheme, kOther>(std::string(name));
}

// --- Incoming --------------------------------------------------------------------------------

HttpMethod IncomingRequest::method() const { return HttpMethod::from(exchange_.request().method); }

std::optional<std::string> IncomingRequest::path_with_query() const {
  const std::string_view target = exchange_.request().target;
  // CONNECT's target is an authority (RFC 9112, 3.2.3).
  const bool has_path = target.starts_with('/') || target.starts_with('?') || target == "*";
  return has_path ? std::optional<std::string>(target) : std::nullopt;
}

std::optional<HttpScheme> IncomingRequest::scheme() const {
  return HttpScheme::from(exchange_.request().scheme);
}

std::optional<std::string> IncomingRequest::authority() const {
  const std::string_view authority = exchange_.request().authority;
  return authority.empty() ? std::nullopt : std::optional<std::string>(authority);
}

std::unique_ptr<HttpFields> IncomingRequest::headers() const {
  return std::make_unique<HttpFields>(exchange_.request().fields);
}

std::expected<std::unique_ptr<IncomingBody>, Unit> IncomingRequest::consume() {
  if (std::exchange(consumed_, true)) return refused();
  return std::make_unique<IncomingBody>(exchange_.body());
}

// --- Outgoing --------------------------------------------------------------------------------

OutgoingRequest::OutgoingRequest(std::unique_ptr<HttpFields> headers)
    : headers_(std::move(headers)) {
  headers_->freeze();
}

OutgoingRequest::~OutgoingRequest() {
  if (contents_) contents_->detach();
}

std::expected<std::unique_ptr<OutgoingBody>, Unit> OutgoingRequest::body() {
  if (contents_) return refused();
  const auto length = headers_->content_length();
  if (!length) return refused();
  contents_ = std::make_shared<OutgoingContents>(OutgoingContents::Message::Request, *length);
  return std::make_unique<OutgoingBody>(contents_);
}

std::expected<Unit, Unit> OutgoingRequest::set_method(HttpMethod method) {
  if (!http::is_field_name(method.name())) return refused();
  method_ = std::move(method);
  return Unit();
}

std::expected<Unit, Unit> OutgoingRequest::set_path_with_query(
    std::optional<std::string_view> path_with_query) {
  if (path_with_query && !is_path_with_query(*path_with_query)) return refused();
  path_with_query_ = path_with_query;
  return Unit();
}

std::expected<Unit, Unit> OutgoingRequest::set_scheme(std::optional<HttpScheme> scheme) {
  constexpr std::size_t kOther = HttpScheme::kOther;
  if (scheme && scheme->index() == kOther && !is_scheme(scheme->get<kOther>())) return refused();
  scheme_ = std::move(scheme);
  return Unit();
}

std::expected<Unit, Unit> OutgoingRequest::set_authority(
    std::optional<std::string_view> authority) {
  if (authority && !is_authority(*authority)) return refused();
  authority_ = authority;
  return Unit();
}

std::expected<std::shared_ptr<http::client::Exchange>, HttpErrorCode> OutgoingRequest::send(
    http::client::Client& client, http::client::Request prepared) {
  using Phase = OutgoingContents::Phase;
  const auto wrong_size = [](std::uint64_t written) {
    return std::unexpected(make_http_error<HttpErrorCase::HttpRequestBodySize>(written));
  };
  const auto declared = headers_->content_length();
  if (!declared) return wrong_size(0);
  prepared.content_length = *declared;
  if (contents_) {
    if (contents_->phase() == Phase::WrongLength) return std::unexpected(contents_->size_error());
    if (contents_->phase() == Phase::Abandoned)
      return std::unexpected(make_http_error<HttpErrorCase::InternalError>(
          "the request's body was dropped before it was finished"));
    prepared.has_body = true;
  } else if (declared->value_or(0) != 0) {
    return wrong_size(0);
  }
  prepared.fields = headers_->shared();
  auto exchange = client.send(std::move(prepared));
  if (const auto contents = std::move(contents_)) contents->attach(exchange, false);
  return exchange;
}

}  // namespace favo::wasi
