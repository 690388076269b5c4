#include "cli/explain.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>

#include "base/format.h"
#include "component/compose/compose.h"
#include "policy/manifest_form.h"
#include "policy/option.h"
#include "telemetry/line.h"

namespace favo::cli {
namespace {

using telemetry::Audit;
using Entries = std::vector<Audit::Entry>;

/// Whether more than one component turns up, so that each line has to say which.
bool are_several(const Entries& a, const Entries& b) {
  std::set<std::string_view> names;
  for (const Entries* entries : {&a, &b})
    for (const Audit::Entry& entry : *entries) names.insert(entry.component);
  return names.size() > 1;
}

void append_uses(std::string& text, std::string_view title, const Entries& entries, bool several,
                 const Audit& audit) {
  auto out = std::back_inserter(text);
  fmt::format_to(out, "{}:\n", title);
  if (entries.empty()) text += "  nothing\n";
  for (const Audit::Entry& entry : entries) {
    const std::string who = several ? format("{}: ", entry.component) : "";
    fmt::format_to(out, "  {}{} {}, {} time{}", who, entry.function, entry.target, entry.count,
                   entry.count == 1 ? "" : "s");
    if (!entry.grant.empty())
      fmt::format_to(out, "  ({})", audit.told(entry.component, entry.grant));
    text += '\n';
  }
  if (entries.size() == Audit::kMaxEntries) text += "  and more: only so many are told apart\n";
}

/// All that was used or would have been; what a wider grant of the same covers is left out.
std::set<std::string> enough(const Entries& granted, const Entries& refused) {
  std::set<std::string> options;
  for (const Entries* entries : {&granted, &refused})
    for (const Audit::Entry& entry : *entries)
      if (entry.exact && !entry.grant.empty()) options.insert(entry.grant);
  // A directory for writing is also one for reading.
  std::erase_if(options, [&](const std::string& option) {
    constexpr std::string_view kReadOnly = ":ro";
    for (const std::string_view end : {":ro", ":ro'"}) {
      if (!option.starts_with("--dir ") || !option.ends_with(end)) continue;
      std::string wider = option;
      wider.erase(option.size() - end.size(), kReadOnly.size());
      return options.contains(wider);
    }
    return false;
  });
  return options;
}

/// Those that cover no endpoint that was used by their option.
void append_unused(std::vector<std::string>& options, std::string_view option,
                   std::span<const policy::EndpointGrant> grants, const Entries& granted) {
  for (const policy::EndpointGrant& grant : grants) {
    const bool used = std::ranges::any_of(granted, [&](const Audit::Entry& entry) {
      if (!entry.grant.starts_with(option)) return false;
      const auto endpoint = policy::EndpointGrant::parse(entry.target);
      if (!endpoint) return false;
      // Any address to listen at, public or not.
      policy::EndpointGrant wide = *endpoint;
      if (grant.host.is_any()) wide.host = grant.host;
      return grant.covers(wide);
    });
    if (!used) options.push_back(std::string(option) + policy::shell_word(grant.print()));
  }
}

/// Grants that were not touched: they could be taken away.
std::vector<std::string> unused(const policy::Grants& grants, const Entries& granted) {
  const auto used = [&](std::string_view prefix, std::string_view target) {
    return std::ranges::any_of(granted, [&](const Audit::Entry& entry) {
      return entry.grant.starts_with(prefix) && entry.target == target;
    });
  };
  std::vector<std::string> options;
  for (const policy::DirectoryGrant& grant : grants.directories)
    if (!used("--dir ", grant.guest))
      options.push_back(policy::directory_option(grant.host, grant.guest, grant.write));
  for (const auto& [name, value] : grants.env)
    if (!used("--env ", name)) options.push_back("--env " + name + "=…");
  for (const policy::HttpGrant& grant : grants.http) {
    const bool covers_use = std::ranges::any_of(granted, [&](const Audit::Entry& entry) {
      if (!entry.grant.starts_with("--http ")) return false;
      const auto least = policy::HttpGrant::parse(entry.target);
      return least.ok() && grant.covers(*least);
    });
    if (!covers_use) options.push_back("--http " + policy::shell_word(grant.print()));
  }
  append_unused(options, "--tcp ", grants.tcp, granted);
  append_unused(options, "--udp ", grants.udp, granted);
  append_unused(options, "--listen-socket ", grants.listen_sockets, granted);
  return options;
}

void append_capabilities(std::string& text, std::span<const std::string_view> names) {
  text += format("It could ask for:\n  {}\n",
                 names.empty() ? "nothing" : format("{}", fmt::join(names, ", ")));
}

/// Those of a component of an application, what lies in it included.
Entries of_component(const Entries& entries, std::string_view component) {
  Entries some;
  std::ranges::copy_if(entries, std::back_inserter(some), [&](const Audit::Entry& entry) {
    return compose::part_of(entry.component) == component;
  });
  return some;
}

/// Lines that are already there, each further in.
void append_indented(std::string& text, std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n') + 1;
    text += format("  {}", lines.substr(0, end));
    lines.remove_prefix(end);
  }
}

/// Whether something was refused that no grant would allow.
bool has_inexact(const Entries& refused) {
  return std::ranges::any_of(refused, [](const Audit::Entry& entry) { return !entry.exact; });
}

}  // namespace

void ExplainOption::add_to(CLI::App& command) {
  command.add_flag("--explain", on,
                   "tell at the end what was used and refused, and what is enough");
}

Audit::Scope ExplainOption::scope() const {
  return on ? Audit::Scope::Explanation : Audit::Scope::Refusals;
}

std::shared_ptr<Audit> ExplainOption::audit() const { return std::make_shared<Audit>(scope()); }

void ExplainOption::print(std::string_view name, const fuse::Program& program,
                          const policy::Grants& grants, const Audit& audit) const {
  if (!on) return;
  std::fputs(explain(name, capabilities_of(program), grants, audit).c_str(), stderr);
}

void ExplainOption::print(const app::Manifest& manifest, std::span<const fuse::Program> programs,
                          const Audit& audit) const {
  if (!on) return;
  std::vector<std::string_view> names;
  for (const fuse::Program& program : programs) {
    for (const Capability& capability : capabilities_of(program)) {
      if (std::ranges::find(names, capability.name) == names.end())
        names.push_back(capability.name);
    }
  }
  std::fputs(explain(manifest, names, audit).c_str(), stderr);
}

Audit::Words words_of(const app::Manifest& manifest) {
  return [folder = manifest.folder](std::string_view component, std::string_view grant) {
    return policy::with_manifest_limits(
        policy::manifest_line(compose::part_of(component), grant, folder));
  };
}

std::string explain(const app::Manifest& manifest, std::span<const std::string_view> capabilities,
                    const Audit& audit) {
  const Entries granted = audit.granted_uses(), refused = audit.refused_uses();
  std::string text = format("\nfavo: what {} asked for\n", manifest.name);
  append_capabilities(text, capabilities);
  append_uses(text, "It used", granted, true, audit);
  append_uses(text, "It was refused", refused, true, audit);
  std::string idle, needed;
  for (const app::Component& component : manifest.components) {
    const Entries used = of_component(granted, component.name);
    const std::set<std::string> options = enough(used, of_component(refused, component.name));
    idle += policy::manifest_table(component.name, unused(component.grants, used), manifest.folder);
    needed += policy::manifest_table(
        component.name, std::vector<std::string>(options.begin(), options.end()), manifest.folder);
  }
  if (!idle.empty()) {
    text += "It was granted and did not use:\n";
    append_indented(text, idle);
  }
  text += "Enough for all of it:\n";
  append_indented(text, needed.empty() ? "no grant at all\n" : needed);
  if (has_inexact(refused)) text += "  beside refusals above that no grant undoes as it stands\n";
  return telemetry::printable(text);
}

std::string explain(std::string_view name, std::span<const Capability> capabilities,
                    const policy::Grants& grants, const Audit& audit) {
  const Entries granted = audit.granted_uses(), refused = audit.refused_uses();
  const bool several = are_several(granted, refused);
  std::string text = format("\nfavo: what {} asked for\n", name);
  auto out = std::back_inserter(text);

  std::vector<std::string_view> names;
  for (const Capability& capability : capabilities) names.push_back(capability.name);
  append_capabilities(text, names);
  append_uses(text, "It used", granted, several, audit);
  append_uses(text, "It was refused", refused, several, audit);

  const std::vector<std::string> idle = unused(grants, granted);
  if (!idle.empty())
    fmt::format_to(out, "It was granted and did not use:\n  {}\n", fmt::join(idle, " "));
  const std::set<std::string> options = enough(granted, refused);
  fmt::format_to(out, "Enough for all of it:\n  {}\n",
                 options.empty() ? "no grant at all" : format("{}", fmt::join(options, " ")));
  if (has_inexact(refused)) text += "  beside refusals above that no option undoes as it stands\n";
  return telemetry::printable(text);
}

}  // namespace favo::cli
