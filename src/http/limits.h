#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace favo::http {

/// What one client may ask of a server, in size and in time. Times are kept to about a second: the
/// connections are swept, so that no request arms a timer.
struct Limits {
  std::size_t head_bytes = 64 * 1024;      ///< request line and fields; also trailers. Else 431
  std::size_t fields = 128;                ///< in a head, and again in trailers. Else 431
  std::size_t target_bytes = 16 * 1024;    ///< Else 414
  std::uint64_t body_bytes = 16ull << 30;  ///< streamed, so this is no memory. Else 413
  std::size_t connections = 16 * 1024;     ///< per shard; more wait in the kernel's queue
  std::uint32_t streams = 100;             ///< open at once on an HTTP/2 connection; advertised

  std::chrono::seconds head_time{10};   ///< from the first byte to the whole head. Else 408
  std::chrono::seconds body_time{30};   ///< a reader waits for the next bytes of the body
  std::chrono::seconds idle_time{60};   ///< kept alive between two requests
  std::chrono::seconds write_time{30};  ///< the client takes nothing of the response
};

}  // namespace favo::http
