#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "http/client/limits.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "policy/http_grant.h"

namespace favo::http::client {

/// A request's head, and under what conditions it is sent.
struct Request {
  std::string method = "GET";
  policy::Origin origin;  ///< where to; also the Host field
  std::string target = "/";
  /// Sent but for those that belong to the connection, Host and Content-Length. May be null.
  std::shared_ptr<const Fields> fields;
  bool has_body = false;
  /// What the body's length will be, if that is known; without it the body is chunked, unless all
  /// of it is there when the head leaves.
  std::optional<std::uint64_t> content_length;
  Timeouts timeouts;

  /// Asked about each address before it is connected to, and about that of a connection which is
  /// used again. They outlive the exchange.
  std::span<const policy::HttpGrant> grants;
  /// Told of the address that a connection was made to, or of the first of those that may not be
  /// connected to when there are no others; null when the server is of this process. May be empty.
  std::function<void(const policy::IpAddress*, bool allowed)> judged;
  /// What a server of this process is told of who asks. For the call of `send`.
  Caller caller;
};

}  // namespace favo::http::client
