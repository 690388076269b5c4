#include "server/answering.h"

#include <algorithm>
#include <chrono>

#include "base/format.h"

namespace favo::server {

RequestId::RequestId(const http::Exchange& exchange, std::uint64_t number) {
  const http::Caller* const caller = exchange.caller();
  const auto named =
      caller ? fmt::format_to_n(text_, sizeof text_, "{}.{}", caller->request_id, caller->number)
             : fmt::format_to_n(text_, sizeof text_, "{:016x}", number);
  size_ = std::min(named.size, sizeof text_);
}

void log_access(telemetry::Log& log, const http::Exchange& exchange, Loop::Clock::time_point now,
                std::string_view id, std::string_view app, std::string_view error) {
  const http::Tally& tally = exchange.tally();
  const http::RequestHead& head = exchange.request();
  const auto duration = now - tally.received_at;
  log.access({
      .time = std::chrono::system_clock::now() -
              std::chrono::duration_cast<std::chrono::system_clock::duration>(duration),
      .request_id = id,
      .app = app,
      .peer = exchange.peer(),
      .method = head.method,
      .path = head.target,
      .status = tally.status,
      .bytes_in = tally.bytes_received,
      .bytes_out = tally.bytes_sent,
      .duration = std::chrono::duration_cast<std::chrono::microseconds>(duration),
      .error = error,
  });
}

}  // namespace favo::server
