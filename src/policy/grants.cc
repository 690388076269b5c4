#include "policy/grants.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/format.h"

namespace favo::policy {

Result<void> Grants::add_env(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos)
    return error(Code::InvalidArgument,
                 "environment {:?}: expected KEY=VALUE (the guest does not inherit ours)",
                 assignment);
  if (equals == 0)
    return error(Code::InvalidArgument, "environment {:?}: the name is empty", assignment);
  if (assignment.find('\0') != std::string_view::npos)
    return error(Code::InvalidArgument, "environment {:?}: contains a NUL", assignment);
  std::string name(assignment.substr(0, equals));
  std::string value(assignment.substr(equals + 1));
  const auto found = std::ranges::find(env, name, &std::pair<std::string, std::string>::first);
  if (found != env.end()) {
    found->second = std::move(value);
  } else {
    env.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

Result<void> Grants::add_directory(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(':', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  const bool has_mode = parts.size() == 3;
  if (parts.size() > 3 || (has_mode && parts[2] != "ro" && parts[2] != "rw"))
    return error(Code::InvalidArgument,
                 "directory {:?}: expected HOST, HOST:GUEST, HOST:GUEST:ro or HOST:GUEST:rw", text);
  if (std::ranges::any_of(parts, &std::string_view::empty))
    return error(Code::InvalidArgument, "directory {:?}: a name is empty", text);
  DirectoryGrant grant{.host = std::string(parts[0]),
                       .guest = std::string(parts[parts.size() > 1 ? 1 : 0]),
                       .write = !has_mode || parts[2] == "rw"};
  if (text.find('\0') != text.npos || !is_utf8(as_bytes(grant.guest)))
    return error(Code::InvalidArgument, "directory {:?}: the guest's name is not UTF-8", text);
  if (std::ranges::find(directories, grant.guest, &DirectoryGrant::guest) != directories.end())
    return error(Code::InvalidArgument, "directory {:?}: the guest has a {:?} already", text,
                 grant.guest);
  directories.push_back(std::move(grant));
  return {};
}

namespace {

template <typename Grant>
Result<void> add_to(std::vector<Grant>& grants, std::string_view text) {
  Grant grant = FAVO_TRY(Grant::parse(text));
  if (std::ranges::find(grants, grant) == grants.end()) grants.push_back(std::move(grant));
  return {};
}

}  // namespace

Result<void> Grants::add_http(std::string_view text) { return add_to(http, text); }
Result<void> Grants::add_tcp(std::string_view text) { return add_to(tcp, text); }
Result<void> Grants::add_udp(std::string_view text) { return add_to(udp, text); }
Result<void> Grants::add_listen_socket(std::string_view text) {
  const EndpointGrant grant = FAVO_TRY(EndpointGrant::parse(text));
  if (!grant.host.is_range() && !grant.host.is_any())
    return error(Code::InvalidArgument,
                 "{:?}: a guest listens at addresses of this machine: expected ADDRESS:PORT, as in "
                 "127.0.0.1:8080, [::]:8080 or *:8080",
                 text);
  return add_to(listen_sockets, text);
}

namespace {

template <typename Grant>
std::optional<std::string> first_beyond(std::string_view kind, const std::vector<Grant>& narrower,
                                        const std::vector<Grant>& wider) {
  for (const Grant& grant : narrower) {
    const auto covers = [&](const Grant& other) { return other.covers(grant); };
    if (std::ranges::none_of(wider, covers)) return format("{} {:?}", kind, grant.print());
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Grants::beyond(const Grants& wider) const {
  for (const auto& variable : env)
    if (std::ranges::find(wider.env, variable) == wider.env.end())
      return format("env {:?}", variable.first);
  for (const DirectoryGrant& directory : directories) {
    const auto covers = [&](const DirectoryGrant& other) {
      return other.host == directory.host && (other.write || !directory.write);
    };
    if (std::ranges::none_of(wider.directories, covers))
      return format("dir {:?}{}", directory.host, directory.write ? " for writing" : "");
  }
  if (auto more = first_beyond("http", http, wider.http)) return more;
  if (auto more = first_beyond("tcp", tcp, wider.tcp)) return more;
  if (auto more = first_beyond("udp", udp, wider.udp)) return more;
  return first_beyond("listen", listen_sockets, wider.listen_sockets);
}

}  // namespace favo::policy
