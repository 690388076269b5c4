#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace favo::policy {

/// What an application may use up. Every limit has a default that an ordinary service never meets;
/// each breach has its own error. Pure data: the engine, the runtime and the server keep them.
struct Limits {
  // One instance.
  std::uint64_t memory = 128ull << 20;           ///< bytes, summed over its memories
  std::uint64_t table_elements = 200'000;        ///< summed over its tables
  std::uint32_t handles = 10'000;                ///< held at once: streams, bodies, files
  std::chrono::milliseconds cpu{1'000};          ///< computing, without the time it waits
  std::chrono::milliseconds wall{30'000};        ///< from the request's head to its response's end
  std::chrono::milliseconds first_byte{20'000};  ///< … to the response's head
  std::uint64_t output = 1ull << 20;             ///< bytes of stdout and stderr logged per request

  // The application, over all shards.
  std::uint32_t outbound_connections = 1'024;  ///< of HTTP, in use or kept for later
  std::uint32_t open_files = 1'024;            ///< files and directories of guests, open at once
  std::uint32_t sockets = 1'024;               ///< TCP and UDP sockets of guests, open at once
  std::uint32_t concurrent_requests = 2'048;   ///< instances at work; more wait for their turn
  std::uint32_t queue = 1'024;                 ///< requests that wait; more get 503
  std::uint32_t connections = 16'384;          ///< open at once per shard; more wait in the kernel

  // HTTP.
  std::uint64_t header = 64ull << 10;                ///< bytes of a request's head
  std::uint32_t header_fields = 128;                 ///< fields in a head
  std::uint64_t request_body = 16ull << 30;          ///< bytes; streamed, so this costs no memory
  std::chrono::milliseconds header_timeout{10'000};  ///< first byte … head complete
  std::chrono::milliseconds body_timeout{30'000};    ///< without one byte read or written
  std::chrono::milliseconds idle_timeout{60'000};    ///< kept-alive connection without a request
  std::chrono::milliseconds shutdown{10'000};        ///< SIGTERM … running requests are cut off

  bool operator==(const Limits&) const = default;
};

/// One limit by name: for the command line, the manifest, and `favo inspect`.
struct LimitSpec {
  using Size = std::uint64_t Limits::*;
  using Count = std::uint32_t Limits::*;
  using Duration = std::chrono::milliseconds Limits::*;

  std::string_view name;  ///< `request-body`; the option is `--max-request-body`
  std::string_view help;  ///< one line, lower case, no full stop
  std::variant<Size, Count, Duration> member;
  bool plain_number = false;  ///< a Size that counts things, not bytes
  bool serve_only = false;    ///< has no meaning for `favo run`
  bool per_route = false;     ///< routes of a manifest may have their own

  /// As `parse_*` reads it: `128MiB`, `30s`, `10000`.
  std::string print(const Limits& limits) const;
  /// Errors: InvalidArgument, naming the limit.
  Result<void> parse(Limits& limits, std::string_view text) const;
};

/// All of them, in the order of the struct.
std::span<const LimitSpec> limit_specs();

}  // namespace favo::policy
