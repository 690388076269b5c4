#pragma once

#include <memory>
#include <string>

#include "http/served_connection.h"
#include "http/stream.h"

namespace favo::http {

/// A connection in its TLS handshake. Once that is done it is replaced by an `H2Connection` or a
/// `Connection`, as ALPN chose. It has the time of a request's head.
class TlsHandshake final : public ServedConnection {
 public:
  /// REQUIRES: stream.secure()
  TlsHandshake(std::shared_ptr<ConnectionContext> context, Stream stream);

  void start() override;
  void sweep() override;
  void drain() override { close(); }
  void abort() override { close(); }

 private:
  using Pointer = boost::intrusive_ptr<TlsHandshake>;

  void go_on();
  void finish();
  void close();

  std::shared_ptr<ConnectionContext> context_;
  Stream stream_;
  TimePoint deadline_ = kNever;
  bool over_ = false;
};

}  // namespace favo::http
