#include "wasi/sockets_error.h"

#include <cerrno>
#include <cstring>

namespace favo::wasi::sockets {
namespace {

struct Row {
  int number;
  ErrorCode code;
};

constexpr Row kRows[] = {
    {EACCES, ErrorCode::AccessDenied},
    {EPERM, ErrorCode::AccessDenied},
    {EOPNOTSUPP, ErrorCode::NotSupported},
    {EAFNOSUPPORT, ErrorCode::NotSupported},
    {EPROTONOSUPPORT, ErrorCode::NotSupported},
    {ENOPROTOOPT, ErrorCode::NotSupported},
    {EINVAL, ErrorCode::InvalidArgument},
    {EDESTADDRREQ, ErrorCode::InvalidArgument},
    {ENOMEM, ErrorCode::OutOfMemory},
    {ENOBUFS, ErrorCode::OutOfMemory},
    {ETIMEDOUT, ErrorCode::Timeout},
    {EALREADY, ErrorCode::ConcurrencyConflict},
    {EAGAIN, ErrorCode::WouldBlock},
    {EISCONN, ErrorCode::InvalidState},
    {ENOTCONN, ErrorCode::InvalidState},
    {EPIPE, ErrorCode::InvalidState},
    {EBADF, ErrorCode::InvalidState},
    {EMFILE, ErrorCode::NewSocketLimit},
    {ENFILE, ErrorCode::NewSocketLimit},
    {EADDRNOTAVAIL, ErrorCode::AddressNotBindable},
    {ENODEV, ErrorCode::AddressNotBindable},
    {EADDRINUSE, ErrorCode::AddressInUse},
    {EHOSTUNREACH, ErrorCode::RemoteUnreachable},
    {EHOSTDOWN, ErrorCode::RemoteUnreachable},
    {ENETUNREACH, ErrorCode::RemoteUnreachable},
    {ENETDOWN, ErrorCode::RemoteUnreachable},
    {ENONET, ErrorCode::RemoteUnreachable},
    {ECONNREFUSED, ErrorCode::ConnectionRefused},
    {ECONNRESET, ErrorCode::ConnectionReset},
    {ECONNABORTED, ErrorCode::ConnectionAborted},
    {EPROTO, ErrorCode::ConnectionAborted},
    {EMSGSIZE, ErrorCode::DatagramTooLarge},
};

}  // namespace

ErrorCode code_of(int error) {
  for (const Row& row : kRows)
    if (row.number == error) return row.code;
  return ErrorCode::Unknown;
}

ErrorCode code_of_connect(int error) {
  return error == EADDRNOTAVAIL ? ErrorCode::AddressInUse : code_of(error);
}

ErrorCode code_of_datagram(int error) {
  if (error == ECONNRESET || error == ENETRESET) return ErrorCode::RemoteUnreachable;
  return code_of_connect(error);
}

std::unique_ptr<IoError> stream_failure(int error) {
  return std::make_unique<IoError>(std::strerror(error));
}

}  // namespace favo::wasi::sockets
