#include "wasi/sockets_name_lookup.h"

#include <string>
#include <utility>

#include "net/idna.h"
#include "wasi/sockets_access.h"
#include "wasi/sockets_address.h"

namespace favo::wasi::sockets {
namespace {

constexpr Function kResolve{"wasi:sockets/ip-name-lookup", "resolve-addresses"};

ErrorCode code_of(net::Resolver::Failure failure) {
  switch (failure) {
    case net::Resolver::Failure::NotFound:
    case net::Resolver::Failure::NoAddress:
      return ErrorCode::NameUnresolvable;
    case net::Resolver::Failure::Temporary:
    case net::Resolver::Failure::Overloaded:
      return ErrorCode::TemporaryResolverFailure;
    case net::Resolver::Failure::Permanent:
      break;
  }
  return ErrorCode::PermanentResolverFailure;
}

/// An address in the notations that the WIT knows, IPv6 also in brackets.
std::optional<policy::IpAddress> literal(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']') && text.contains(':'))
    text = text.substr(1, text.size() - 2);
  return policy::IpAddress::parse(text);
}

}  // namespace

Answer<std::unique_ptr<ResolveAddressStream>> ResolveAddressStream::resolve(Access& access,
                                                                            std::string_view text) {
  std::unique_ptr<ResolveAddressStream> stream(new ResolveAddressStream());
  if (const auto address = literal(text)) {
    stream->addresses_.push_back(*address);
    stream->answered_ = true;
    return stream;
  }
  const auto ascii = net::to_ascii(text);
  const auto name = ascii ? policy::HostName::parse(*ascii) : std::nullopt;
  if (!name) return std::unexpected(ErrorCode::InvalidArgument);
  if (!access.may_resolve(*name, kResolve)) return std::unexpected(ErrorCode::AccessDenied);
  stream->lookup_ = access.resolver()->resolve(
      access.loop(), *name,
      [self = stream.get(), &access, name = *name](net::Resolver::Answer found) {
        self->answer(access, name, std::move(found));
      });
  return stream;
}

void ResolveAddressStream::answer(Access& access, const policy::HostName& name,
                                  net::Resolver::Answer found) {
  answered_ = true;
  if (!found) {
    failure_ = code_of(found.error());
  } else {
    addresses_ = std::move(*found);
    access.learn(name, addresses_, kResolve);
    if (addresses_.empty()) failure_ = ErrorCode::AccessDenied;
  }
  signal_.notify();
}

Answer<std::optional<IpAddress>> ResolveAddressStream::next() {
  if (!answered_) return std::unexpected(ErrorCode::WouldBlock);
  if (failure_) return std::unexpected(*failure_);
  if (given_ == addresses_.size()) return std::nullopt;
  return guest_address(addresses_[given_++]);
}

}  // namespace favo::wasi::sockets
