#include "net/resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace favo::net {
namespace {

std::optional<policy::IpAddress> address_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
    return policy::IpAddress::v4(bytes);
  }
  if (address->sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, 16);
    return policy::IpAddress::v6(bytes);
  }
  return std::nullopt;
}

Resolver::Failure failure_of(int code) {
  switch (code) {
    case EAI_NONAME:
      return Resolver::Failure::NotFound;
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
      return Resolver::Failure::NoAddress;
    case EAI_AGAIN:
      return Resolver::Failure::Temporary;
    default:
      return Resolver::Failure::Permanent;
  }
}

/// Blocks.
Resolver::Answer look_up(const policy::HostName& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;  // else each address comes once per kind of socket
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(name.text().c_str(), nullptr, &hints, &found);
  if (failed) return std::unexpected(failure_of(failed));
  Resolver::Addresses addresses;
  for (const addrinfo* info = found; info; info = info->ai_next) {
    const auto address = address_of(info->ai_addr);
    if (address && std::ranges::find(addresses, *address) == addresses.end())
      addresses.push_back(*address);
  }
  freeaddrinfo(found);
  if (addresses.empty()) return std::unexpected(Resolver::Failure::NoAddress);
  return addresses;
}

}  // namespace

Resolver::Lookup Resolver::resolve(Loop& loop, const policy::HostName& name, Done done) {
  auto pending = std::make_shared<Lookup::Pending>();
  pending->done = std::move(done);
  start(loop, name, pending);
  return Lookup(std::move(pending));
}

void Resolver::finish(const Pending& pending) {
  if (Done done = std::exchange(pending->done, nullptr)) done(std::move(pending->answer));
}

void SystemResolver::start(Loop& loop, const policy::HostName& name, Pending pending) {
  if (waiting_.fetch_add(1) >= kMostWaiting) {
    --waiting_;
    answer_of(pending) = std::unexpected(Failure::Overloaded);
    return loop.post([pending] { finish(pending); });
  }
  helpers_.run(
      loop,
      [this, pending, name] {
        answer_of(pending) = look_up(name);
        --waiting_;
      },
      [pending] { finish(pending); });
}

}  // namespace favo::net
