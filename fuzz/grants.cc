// Lines as a grant, a host, an address: refused with a reason, or read, and then what is printed
// reads as the same. Addresses are what the C library takes for one, and nothing else.

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "fuzz/target.h"
#include "policy/http_grant.h"

namespace favo::fuzz {
namespace {

template <typename Grant>
void survives(std::string_view text) {
  const auto grant = Grant::parse(text);
  if (!grant) {
    require(grant.error().code() == Code::InvalidArgument, "a refusal of another kind", text);
    return require(!grant.error().message().empty(), "a refusal without a reason", text);
  }
  const std::string printed = grant->print();
  const auto again = Grant::parse(printed);
  if (!again) fail("what was printed is refused: " + again.error().message(), printed);
  require(*again == *grant, "what was printed reads as another grant", printed);
  require(grant->covers(*again), "a grant does not cover itself", printed);
}

void read_address(const std::string& text) {
  const auto address = policy::IpAddress::parse(text);
  std::array<std::uint8_t, 16> bytes;
  const bool known =
      text.find('\0') == text.npos && (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
                                       inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1);
  require(address.has_value() == known, "the C library thinks otherwise", text);
  if (!address) return;
  require(policy::IpAddress::parse(address->print()) == *address, "an address changes", text);
  require(!policy::HostName::parse(text), "an address is a name", text);
  require(policy::HostPattern::any().matches(*address) == address->is_public(),
          "a private address by `*`", text);
}

void read_host(std::string_view text) {
  const auto name = policy::HostName::parse(text);
  if (!name) return;
  require(policy::HostName::parse(name->text()) == *name, "a name changes", text);
  // What looks like an address to a resolver must not reach it as a name.
  in_addr address;
  require(inet_aton(name->text().c_str(), &address) == 0, "a name is an address", text);
  require(policy::HostPattern::of(*name).matches(*name), "a name does not match itself", text);
}

}  // namespace
}  // namespace favo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favo;
  std::string_view text = as_text(Bytes(data, size));
  while (!text.empty()) {
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    fuzz::survives<policy::EndpointGrant>(line);
    fuzz::survives<policy::HttpGrant>(line);
    fuzz::read_address(line);
    fuzz::read_host(line);
  }
  return 0;
}
