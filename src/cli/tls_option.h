#pragma once

#include <memory>
#include <string>

#include "cli/options.h"
#include "confine/confine.h"
#include "net/tls.h"

namespace favo::cli {

/// `--tls-cert` and `--tls-key`: two PEM files, both or none.
struct TlsOption {
  std::string certificate, key;

  void add_to(CLI::App& command);
  bool given() const { return !certificate.empty(); }
  /// Errors: InvalidArgument when only one was given.
  Result<void> check() const;
  /// What a confined process must still reach, to read the files again when they are renewed: the
  /// folders they are in, and those they are links into, since a new file is another one.
  void add_reach(confine::Reach& reach) const;
  /// Null when not given. Errors: see `net::ServerContext::load`.
  Result<std::shared_ptr<const net::ServerContext>> load() const;
};

}  // namespace favo::cli
