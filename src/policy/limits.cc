#include "policy/limits.h"

#include <type_traits>

#include "base/format.h"
#include "policy/units.h"

namespace favo::policy {
namespace {

constexpr LimitSpec kSpecs[] = {
    {"memory", "linear memory of an instance, all its memories together", &Limits::memory},
    {"table-elements", "table elements of an instance", &Limits::table_elements, true},
    {"handles", "resources an instance holds at once", &Limits::handles},
    {"cpu", "computing time per request, waiting not counted", &Limits::cpu, false, false, true},
    {"wall", "time per request, waiting included", &Limits::wall, false, false, true},
    {"first-byte", "time per request until its response begins", &Limits::first_byte, false, true,
     true},
    {"outbound-connections", "connections to other servers, over all instances",
     &Limits::outbound_connections},
    {"open-files", "files and directories open at once, over all instances", &Limits::open_files},
    {"sockets", "TCP and UDP sockets open at once, over all instances", &Limits::sockets},
    {"output", "stdout and stderr that is logged per request", &Limits::output, false, true},
    {"concurrent-requests", "requests at work at once; more wait", &Limits::concurrent_requests,
     false, true},
    {"queue", "requests that wait for their turn; more get 503", &Limits::queue, false, true},
    {"connections", "open connections per core; more wait", &Limits::connections, false, true},
    {"header", "a request's head", &Limits::header, false, true},
    {"header-fields", "fields in a request's head", &Limits::header_fields, false, true},
    {"request-body", "a request's body", &Limits::request_body, false, true, true},
    {"header-time", "time for a request's head to arrive", &Limits::header_timeout, false, true},
    {"body-wait", "time without one byte of a body moving", &Limits::body_timeout, false, true},
    {"idle", "time a kept-alive connection may wait", &Limits::idle_timeout, false, true},
    {"shutdown", "time running requests get after SIGTERM", &Limits::shutdown, false, true},
};

}  // namespace

std::span<const LimitSpec> limit_specs() { return kSpecs; }

std::string LimitSpec::print(const Limits& limits) const {
  return std::visit(
      [&](auto member) -> std::string {
        using Member = decltype(member);
        if constexpr (std::is_same_v<Member, Duration>) return format_duration(limits.*member);
        if constexpr (std::is_same_v<Member, Size>)
          if (!plain_number) return format_size(limits.*member);
        if constexpr (!std::is_same_v<Member, Duration>) return format("{}", limits.*member);
      },
      member);
}

Result<void> LimitSpec::parse(Limits& limits, std::string_view text) const {
  auto set = [&](auto member) -> Result<void> {
    using Member = decltype(member);
    if constexpr (std::is_same_v<Member, Duration>) {
      limits.*member = FAVO_TRY(parse_duration(text));
    } else if constexpr (std::is_same_v<Member, Size>) {
      if (plain_number) {
        limits.*member = FAVO_TRY(parse_count(text));
      } else {
        limits.*member = FAVO_TRY(parse_size(text));
      }
    } else {
      limits.*member = FAVO_TRY(parse_count(text));
    }
    return {};
  };
  Result<void> result = std::visit(set, member);
  if (!result) return std::move(result).error().within(format("limit {}", name));
  return {};
}

}  // namespace favo::policy
