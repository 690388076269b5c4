#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/exchange.h"
#include "loop/loop.h"
#include "telemetry/log.h"

/// What all have in common that answer exchanges.
namespace favo::server {

/// Who answers an exchange: its `user`.
class Answering {
 public:
  /// The client is gone.
  virtual void cancel() = 0;

 protected:
  ~Answering() = default;
};

/// What a request is called in logs: its number; of a request that a guest sent, the id of the one
/// it was sent for, and which it is.
class RequestId {
 public:
  RequestId() = default;
  RequestId(const http::Exchange& exchange, std::uint64_t number);
  std::string_view text() const { return {text_, size_}; }

 private:
  char text_[128];  ///< the hops are few
  std::size_t size_ = 0;
};

/// The line of the access log. Before the exchange is released. `app`: who answered it.
void log_access(telemetry::Log& log, const http::Exchange& exchange, Loop::Clock::time_point now,
                std::string_view id, std::string_view app, std::string_view error);

}  // namespace favo::server
