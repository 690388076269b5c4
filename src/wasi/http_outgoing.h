#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include "policy/http_grant.h"
#include "wasi/context.h"
#include "wasi/http_error.h"
#include "wasi/http_request.h"
#include "wasi/http_response.h"

namespace favo::wasi {

/// `wasi:http/outgoing-handler.handle`: sends a request, if a grant of `component` allows where to.
///
/// Errors: `HTTP-request-denied` for what is not granted; what cannot be sent as it is. All else is
///         told by the future.
std::expected<std::unique_ptr<FutureIncomingResponse>, HttpErrorCode> send_request(
    Context& context, std::uint32_t component, std::unique_ptr<OutgoingRequest> request,
    const RequestOptions* options);

/// The server that a request is for. Without a scheme it is https; without a port, the scheme's.
/// Errors: HTTP-protocol-error for another scheme; HTTP-request-URI-invalid without an authority,
///         with a user name in it, or with a host that is neither a name nor an address in its
///         notation.
std::expected<policy::Origin, HttpErrorCode> origin_of(const OutgoingRequest& request);

}  // namespace favo::wasi
