#pragma once

#include <optional>

#include "http/exchange.h"
#include "http/limits.h"
#include "policy/http_grant.h"

namespace favo::http::client {

/// Servers of this very process, which are asked without a connection.
///
/// Threads: the loop's.
class Neighbours {
 public:
  struct Neighbour {
    Handler& handler;     ///< on the same loop; outlives its exchanges
    http::Limits limits;  ///< of a request's head, trailers and body
  };

  /// The one that answers for a server; nothing when that is elsewhere.
  virtual std::optional<Neighbour> find(const policy::Origin& origin) = 0;

 protected:
  ~Neighbours() = default;
};

}  // namespace favo::http::client
