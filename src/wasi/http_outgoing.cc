#include "wasi/http_outgoing.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "http/client/client.h"
#include "policy/option.h"

namespace favo::wasi {
namespace {

/// As long as our own server takes.
constexpr std::size_t kMaxTarget = 16 * 1024;

template <HttpErrorCase Case, typename... Args>
std::unexpected<HttpErrorCode> failed(Args&&... payload) {
  return std::unexpected(make_http_error<Case>(std::forward<Args>(payload)...));
}

void set(std::chrono::nanoseconds& time, const RequestOptions::Timeout& wanted) {
  constexpr std::uint64_t kMost = std::chrono::nanoseconds(std::chrono::hours(24)).count();
  if (wanted) time = std::chrono::nanoseconds(std::min(*wanted, kMost));
}

constexpr std::string_view kInterface = "wasi:http/outgoing-handler", kFunction = "handle";

/// The grant of a server.
std::string option_of(const policy::Origin& origin) {
  return "--http " + policy::shell_word(origin.print());
}

/// For the audit: a name was asked for that leads to this address; null: to this very process.
void note(const Context& context, std::uint32_t component, const policy::Origin& origin,
          const policy::IpAddress* address, bool allowed) {
  const std::string target = origin.print();
  if (!address) {
    if (context.explains())
      context.granted(component, {{}, kInterface, kFunction, target, option_of(origin)});
    return;
  }
  const policy::Origin at{origin.secure, *address, origin.port};
  if (!allowed) {
    return context.refused(component, kInterface, kFunction,
                           format("{} at {}", target, address->print()), option_of(at));
  }
  if (!context.explains()) return;
  context.granted(component, {{}, kInterface, kFunction, target, option_of(origin)});
  if (at != origin && !address->is_public())
    context.granted(component, {{}, kInterface, kFunction, at.print(), option_of(at)});
}

/// The target as it stands in a request line.
std::string target_of(const OutgoingRequest& request) {
  std::string target = request.path_with_query().value_or("/");
  if (target == "*" && request.method().name() == "OPTIONS") return target;
  if (!target.starts_with('/')) target.insert(0, "/");
  return target;
}

}  // namespace

std::expected<policy::Origin, HttpErrorCode> origin_of(const OutgoingRequest& request) {
  policy::Origin origin{.secure = true};
  if (const auto& scheme = request.scheme()) {
    if (scheme->index() == HttpScheme::kOther) return failed<HttpErrorCase::HttpProtocolError>();
    origin.secure = scheme->index() == 1;
  }
  origin.port = policy::default_port(origin.secure);
  if (!request.authority()) return failed<HttpErrorCase::HttpRequestUriInvalid>();
  std::string_view text = *request.authority();
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  const std::size_t colon = text.find(':', std::min(bracket, text.size()));
  auto host = policy::parse_host(text.substr(0, colon));
  if (!host) return failed<HttpErrorCase::HttpRequestUriInvalid>();
  origin.host = std::move(*host);
  if (colon == std::string_view::npos || colon + 1 == text.size()) return origin;
  const std::string_view port = text.substr(colon + 1);
  const char* const end = port.data() + port.size();
  const auto parsed = std::from_chars(port.data(), end, origin.port);
  if (parsed.ec != std::errc() || parsed.ptr != end || origin.port == 0)
    return failed<HttpErrorCase::HttpRequestUriInvalid>();
  return origin;
}

std::expected<std::unique_ptr<FutureIncomingResponse>, HttpErrorCode> send_request(
    Context& context, std::uint32_t component, std::unique_ptr<OutgoingRequest> request,
    const RequestOptions* options) {
  auto origin = origin_of(*request);
  if (!origin) return std::unexpected(std::move(origin).error());
  http::client::Client* const client = context.http_client();
  const Grant& grant = context.grant(component);
  if (!client || !policy::allows_request(grant.http, *origin)) {
    const std::string target = origin->print();
    context.refused(component, kInterface, kFunction, target, option_of(*origin));
    return failed<HttpErrorCase::HttpRequestDenied>();
  }
  if (request->method().name() == "CONNECT")
    return failed<HttpErrorCase::HttpRequestMethodInvalid>();
  http::client::Request sent;
  sent.target = target_of(*request);
  if (sent.target.size() > kMaxTarget) return failed<HttpErrorCase::HttpRequestUriTooLong>();
  sent.method = request->method().name();
  sent.origin = *origin;
  sent.grants = grant.http;
  sent.judged = [&context, component, origin = *origin](const policy::IpAddress* address,
                                                        bool allowed) {
    note(context, component, origin, address, allowed);
  };
  sent.caller = context.next_caller(component);
  if (options) {
    set(sent.timeouts.connect, options->connect);
    set(sent.timeouts.first_byte, options->first_byte);
    set(sent.timeouts.between_bytes, options->between_bytes);
  }
  auto exchange = request->send(*client, std::move(sent));
  if (!exchange) return std::unexpected(std::move(exchange).error());
  return std::make_unique<FutureIncomingResponse>(std::move(*exchange));
}

}  // namespace favo::wasi
