// Grants of networks as people write them, and hosts as guests do: what is printed reads as the
// same, a grant covers itself, and no odd notation of an address passes for a name, which would be
// looked up.

#include <algorithm>
#include <string>
#include <string_view>

#include "fuzz/target.h"
#include "policy/http_grant.h"

namespace favo::fuzz {
namespace {

template <typename Grant>
void check_grant(std::string_view text) {
  const auto grant = Grant::parse(text);
  if (!grant) return;
  const std::string printed = grant->print();
  const auto again = Grant::parse(printed);
  require(again.ok() && *again == *grant, "a grant that prints as another", printed);
  require(grant->covers(*grant), "a grant that does not cover itself", text);
}

void check_host(std::string_view text) {
  const auto host = policy::parse_host(text);
  if (!host) return;
  if (const auto* address = std::get_if<policy::IpAddress>(&*host)) {
    require(policy::IpAddress::parse(address->print()) == *address, "an address", text);
    const bool granted = policy::HostPattern::any().matches(*address);
    require(granted == address->is_public(), "a private address by `*`", text);
    return;
  }
  const std::string& name = std::get<policy::HostName>(*host).text();
  const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
  require(!last.empty() && !std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; }),
          "an address taken for a name", text);
  require(!last.starts_with("0x") ||
              last.find_first_not_of("0123456789abcdef", 2) != std::string_view::npos,
          "a hexadecimal address taken for a name", text);
  require(policy::HostName::parse(name).has_value(), "a name", text);
}

}  // namespace
}  // namespace favo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favo::fuzz;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    check_grant<favo::policy::HttpGrant>(line);
    check_grant<favo::policy::EndpointGrant>(line);
    check_host(line);
  }
  return 0;
}
