#pragma once

#include <memory>

#include "net/socket.h"
#include "wasi/io.h"
#include "wasi/sockets.h"

namespace favo::wasi::sockets {

/// What a function of `wasi:sockets` that can fail returns.
template <typename T>
using Answer = std::expected<T, ErrorCode>;

/// What a guest is told of an `errno`, where its function says nothing else; what the WIT has no
/// word for is `unknown`.
ErrorCode code_of(int error);
/// For functions that choose a local address by themselves: none being left is `address-in-use`.
ErrorCode code_of_connect(int error);
/// For datagrams: any failure of the path is `remote-unreachable`.
ErrorCode code_of_datagram(int error);

/// Why a stream failed; `network-error-code`, which would tell the code, is unstable.
std::unique_ptr<IoError> stream_failure(int error);

inline Answer<Unit> told(const net::Outcome<void>& outcome) {
  if (!outcome) return std::unexpected(code_of(outcome.error()));
  return Unit();
}

}  // namespace favo::wasi::sockets
