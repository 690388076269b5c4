#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "net/resolver.h"
#include "wasi/io.h"
#include "wasi/sockets.h"
#include "wasi/sockets_error.h"

namespace favo::wasi::sockets {

class Access;

/// `wasi:sockets/ip-name-lookup.resolve-address-stream`: an address that was written as one, or
/// what a lookup finds and the guest may use.
class ResolveAddressStream final : public Subscribable {
 public:
  /// `resolve-addresses`.
  static Answer<std::unique_ptr<ResolveAddressStream>> resolve(Access& access,
                                                               std::string_view name);

  Answer<std::optional<IpAddress>> next();
  bool ready() override { return answered_; }
  Signal& signal() override { return signal_; }

 private:
  ResolveAddressStream() = default;
  void answer(Access& access, const policy::HostName& name, net::Resolver::Answer found);

  net::Resolver::Lookup lookup_;  ///< unheard once this is gone
  bool answered_ = false;
  net::Resolver::Addresses addresses_;
  std::size_t given_ = 0;
  std::optional<ErrorCode> failure_;
  Signal signal_;
};

}  // namespace favo::wasi::sockets
