#include <utility>

#include "component/abi/host.h"
#include "wasi/http.h"
#include "wasi/http_outgoing.h"

/// Binds `wasi:http/types` and `wasi:http/outgoing-handler` to the resource classes.
namespace favo::wasi {
namespace {

using abi::Call;
template <typename T>
using Own = std::unique_ptr<T>;

using Timeout = RequestOptions::Timeout;

template <typename T>
Own<Pollable> subscribe(Call&, T& self) {
  return self.subscribe();
}

void add_fields(abi::Host::Interface& types) {
  types.resource<HttpFields>()
      .func("[constructor]fields", [](Call&) { return std::make_unique<HttpFields>(); })
      .func("[static]fields.from-list",
            [](Call&, std::vector<HttpFields::Entry> entries) {
              return HttpFields::from_list(entries);
            })
      .func("[method]fields.get",
            [](Call&, HttpFields& self, std::string_view name) { return self.get(name); })
      .func("[method]fields.has",
            [](Call&, HttpFields& self, std::string_view name) { return self.has(name); })
      .func("[method]fields.set", [](Call&, HttpFields& self, std::string_view name,
                                     std::vector<Bytes> values) { return self.set(name, values); })
      .func("[method]fields.delete",
            [](Call&, HttpFields& self, std::string_view name) { return self.remove(name); })
      .func("[method]fields.append", [](Call&, HttpFields& self, std::string_view name,
                                        Bytes value) { return self.append(name, value); })
      .func("[method]fields.entries", [](Call&, HttpFields& self) { return self.entries(); })
      .func("[method]fields.clone", [](Call&, HttpFields& self) { return self.clone(); });
}

void add_incoming_request(abi::Host::Interface& types) {
  types.resource<IncomingRequest>()
      .func("[method]incoming-request.method",
            [](Call&, IncomingRequest& self) { return self.method(); })
      .func("[method]incoming-request.path-with-query",
            [](Call&, IncomingRequest& self) { return self.path_with_query(); })
      .func("[method]incoming-request.scheme",
            [](Call&, IncomingRequest& self) { return self.scheme(); })
      .func("[method]incoming-request.authority",
            [](Call&, IncomingRequest& self) { return self.authority(); })
      .func("[method]incoming-request.headers",
            [](Call&, IncomingRequest& self) { return self.headers(); })
      .func("[method]incoming-request.consume",
            [](Call&, IncomingRequest& self) { return self.consume(); });
}

void add_outgoing_request(abi::Host::Interface& types) {
  types.resource<OutgoingRequest>()
      .func("[constructor]outgoing-request",
            [](Call&, Own<HttpFields> headers) {
              return std::make_unique<OutgoingRequest>(std::move(headers));
            })
      .func("[method]outgoing-request.body",
            [](Call&, OutgoingRequest& self) { return self.body(); })
      .func("[method]outgoing-request.method",
            [](Call&, OutgoingRequest& self) { return self.method(); })
      .func("[method]outgoing-request.set-method",
            [](Call&, OutgoingRequest& self, HttpMethod method) {
              return self.set_method(std::move(method));
            })
      .func("[method]outgoing-request.path-with-query",
            [](Call&, OutgoingRequest& self) { return self.path_with_query(); })
      .func("[method]outgoing-request.set-path-with-query",
            [](Call&, OutgoingRequest& self, std::optional<std::string_view> path_with_query) {
              return self.set_path_with_query(path_with_query);
            })
      .func("[method]outgoing-request.scheme",
            [](Call&, OutgoingRequest& self) { return self.scheme(); })
      .func("[method]outgoing-request.set-scheme",
            [](Call&, OutgoingRequest& self, std::optional<HttpScheme> scheme) {
              return self.set_scheme(std::move(scheme));
            })
      .func("[method]outgoing-request.authority",
            [](Call&, OutgoingRequest& self) { return self.authority(); })
      .func("[method]outgoing-request.set-authority",
            [](Call&, OutgoingRequest& self, std::optional<std::string_view> authority) {
              return self.set_authority(authority);
            })
      .func("[method]outgoing-request.headers",
            [](Call&, OutgoingRequest& self) { return self.headers(); });
}

template <Timeout RequestOptions::* timeout>
Timeout get_timeout(Call&, RequestOptions& self) {
  return self.*timeout;
}

template <Timeout RequestOptions::* timeout>
std::expected<Unit, Unit> set_timeout(Call&, RequestOptions& self, Timeout value) {
  self.*timeout = value;
  return Unit();
}

void add_request_options(abi::Host::Interface& types) {
  types.resource<RequestOptions>()
      .func("[constructor]request-options",
            [](Call&) { return std::make_unique<RequestOptions>(); })
      .func("[method]request-options.connect-timeout", get_timeout<&RequestOptions::connect>)
      .func("[method]request-options.set-connect-timeout", set_timeout<&RequestOptions::connect>)
      .func("[method]request-options.first-byte-timeout", get_timeout<&RequestOptions::first_byte>)
      .func("[method]request-options.set-first-byte-timeout",
            set_timeout<&RequestOptions::first_byte>)
      .func("[method]request-options.between-bytes-timeout",
            get_timeout<&RequestOptions::between_bytes>)
      .func("[method]request-options.set-between-bytes-timeout",
            set_timeout<&RequestOptions::between_bytes>);
}

void add_outgoing_response(abi::Host::Interface& types) {
  types.resource<ResponseOutparam>()
      .func("[static]response-outparam.set",
            [](Call&, Own<ResponseOutparam> outparam,
               std::expected<Own<OutgoingResponse>, HttpErrorCode> response) {
              ResponseOutparam::set(std::move(outparam), std::move(response));
            })
      .resource<OutgoingResponse>()
      .func("[constructor]outgoing-response",
            [](Call&, Own<HttpFields> headers) {
              return std::make_unique<OutgoingResponse>(std::move(headers));
            })
      .func("[method]outgoing-response.status-code",
            [](Call&, OutgoingResponse& self) { return self.status_code(); })
      .func("[method]outgoing-response.set-status-code",
            [](Call&, OutgoingResponse& self, std::uint16_t status) {
              return self.set_status_code(status);
            })
      .func("[method]outgoing-response.headers",
            [](Call&, OutgoingResponse& self) { return self.headers(); })
      .func("[method]outgoing-response.body",
            [](Call&, OutgoingResponse& self) { return self.body(); });
}

void add_incoming_response(abi::Host::Interface& types) {
  types.resource<IncomingResponse>()
      .func("[method]incoming-response.status",
            [](Call&, IncomingResponse& self) { return self.status(); })
      .func("[method]incoming-response.headers",
            [](Call&, IncomingResponse& self) { return self.headers(); })
      .func("[method]incoming-response.consume",
            [](Call&, IncomingResponse& self) { return self.consume(); })
      .resource<FutureIncomingResponse>()
      .func("[method]future-incoming-response.subscribe", subscribe<FutureIncomingResponse>)
      .func("[method]future-incoming-response.get",
            [](Call&, FutureIncomingResponse& self) { return self.get(); });
}

void add_bodies(abi::Host::Interface& types) {
  types.resource<IncomingBody>()
      .func("[method]incoming-body.stream", [](Call&, IncomingBody& self) { return self.stream(); })
      .func("[static]incoming-body.finish",
            [](Call&, Own<IncomingBody> body) { return IncomingBody::finish(std::move(body)); })
      .resource<FutureTrailers>()
      .func("[method]future-trailers.subscribe", subscribe<FutureTrailers>)
      .func("[method]future-trailers.get", [](Call&, FutureTrailers& self) { return self.get(); })
      .resource<OutgoingBody>()
      .func("[method]outgoing-body.write", [](Call&, OutgoingBody& self) { return self.write(); })
      .func("[static]outgoing-body.finish",
            [](Call&, Own<OutgoingBody> body, std::optional<Own<HttpFields>> trailers) {
              return OutgoingBody::finish(std::move(body), std::move(trailers));
            });
}

std::expected<Own<FutureIncomingResponse>, HttpErrorCode> handle(
    Call& call, Own<OutgoingRequest> request, std::optional<Own<RequestOptions>> options) {
  return send_request(call.host<Context>(), call.component(), std::move(request),
                      options ? options->get() : nullptr);
}

}  // namespace

void add_http(abi::Host& host) {
  auto types = host.interface("wasi:http/types@0.2.12");
  add_fields(types);
  add_incoming_request(types);
  add_outgoing_request(types);
  add_request_options(types);
  add_outgoing_response(types);
  add_incoming_response(types);
  add_bodies(types);
  types.func("http-error-code", [](Call&, IoError& error) { return http_error_code(error); });
  host.interface("wasi:http/outgoing-handler@0.2.12").func("handle", handle);
}

}  // namespace favo::wasi
