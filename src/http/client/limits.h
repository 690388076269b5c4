#pragma once

#include <chrono>
#include <cstddef>

namespace favo::http::client {

/// What a server may ask of a client, and how many connections are kept for later requests.
struct Limits {
  std::size_t head_bytes = 64 * 1024;  ///< status line and fields; also trailers
  std::size_t fields = 256;            ///< in a head, and again in trailers
  int interim_responses = 16;          ///< 1xx before the response

  std::size_t idle_per_origin = 64;
  std::size_t idle = 256;
  std::chrono::seconds idle_time{30};
};

/// How long a request waits; each for one of its stages.
struct Timeouts {
  std::chrono::nanoseconds connect = std::chrono::seconds(10);  ///< lookup and handshake included
  /// From the request's last byte sent to the response's whole head.
  std::chrono::nanoseconds first_byte = std::chrono::minutes(10);
  /// For more of the response's body, and for the server to take more of the request's.
  std::chrono::nanoseconds between_bytes = std::chrono::minutes(10);
};

}  // namespace favo::http::client
