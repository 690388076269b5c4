#pragma once

#include <cstdint>

#include "net/socket.h"
#include "wasi/sockets.h"
#include "wasi/sockets_error.h"

/// The options of sockets as the WIT has them: 0 is an error, and every other value is good, though
/// it may be clamped to what the system takes.
namespace favo::wasi::sockets {

Answer<std::uint8_t> hop_limit(const net::Socket& socket, IpAddressFamily family);
Answer<Unit> set_hop_limit(net::Socket& socket, IpAddressFamily family, std::uint8_t value);

/// Bytes of the kernel. Linux takes as much again for its bookkeeping, and counts that too; here
/// it is not counted.
enum class Buffer : std::uint8_t { Receive, Send };
Answer<std::uint64_t> buffer_size(const net::Socket& socket, Buffer buffer);
Answer<Unit> set_buffer_size(net::Socket& socket, Buffer buffer, std::uint64_t bytes);

Answer<bool> keep_alive_enabled(const net::Socket& socket);
Answer<Unit> set_keep_alive_enabled(net::Socket& socket, bool value);
/// Nanoseconds; whole seconds for the system, rounded up.
enum class KeepAlive : std::uint8_t { IdleTime, Interval };
Answer<std::uint64_t> keep_alive_time(const net::Socket& socket, KeepAlive which);
Answer<Unit> set_keep_alive_time(net::Socket& socket, KeepAlive which, std::uint64_t nanoseconds);
Answer<std::uint32_t> keep_alive_count(const net::Socket& socket);
Answer<Unit> set_keep_alive_count(net::Socket& socket, std::uint32_t count);

}  // namespace favo::wasi::sockets
