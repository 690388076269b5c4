#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace favo::http::client {

/// Why a request got no response, or its response no end. The kinds are those that callers tell
/// apart (`wasi:http/types.error-code`; RFC 9209, 2.3).
struct Failure {
  enum class Kind : std::uint8_t {
    // Before there is a connection.
    DnsTimeout,
    DnsError,           ///< `detail`: the RCODE's name, as far as the system tells
    Unavailable,        ///< the system could not connect, for another reason than those below
    AddressProhibited,  ///< no address that the host has may be connected to
    AddressUnroutable,
    ConnectionRefused,
    ConnectionTimeout,
    ConnectionLimit,  ///< the application has as many connections as it may
    TlsProtocol,
    TlsCertificate,
    TlsAlert,  ///< `number`: the alert
    // On a connection.
    ConnectionTerminated,  ///< it ended before a byte of the response came
    ReadTimeout,
    WriteTimeout,
    RequestAborted,      ///< by the one who sends it: its body was not finished
    ResponseIncomplete,  ///< the connection ended within the response
    ResponseTimeout,     ///< the head did not come to its end in time
    ResponseHeadSize,    ///< `number`: of bytes, as far as is known
    ResponseTrailerSize,
    TransferCoding,  ///< `detail`: the one we do not know
    UpgradeFailed,   ///< 101, which was not asked for
    Protocol,
  };

  Kind kind = Kind::Protocol;
  std::string detail;  ///< for people; may be empty
  std::uint32_t number = 0;
};

}  // namespace favo::http::client
