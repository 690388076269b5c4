#include "cli/capability_diff.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "telemetry/line.h"

namespace favo::cli {
namespace {

std::string_view without_version(std::string_view interface) {
  return interface.substr(0, interface.find('@'));
}

const Capability* find(std::span<const Capability> all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &Capability::name);
  return found == all.end() ? nullptr : &*found;
}

/// What `all` asks for and `others` does not.
std::vector<Capability> beyond(std::span<const Capability> all,
                               std::span<const Capability> others) {
  std::vector<Capability> rest;
  for (const Capability& capability : all) {
    Capability left{capability.name, capability.grant, {}};
    const Capability* other = find(others, capability.name);
    for (const std::string& interface : capability.interfaces) {
      const auto same = [&](const std::string& known) {
        return without_version(known) == without_version(interface);
      };
      if (!other || std::ranges::none_of(other->interfaces, same))
        left.interfaces.push_back(interface);
    }
    if (!left.interfaces.empty()) rest.push_back(std::move(left));
  }
  return rest;
}

/// A function of preview 1 and not an interface: those who have one of a capability may use others.
bool is_function(const std::string& interface) { return interface.find(':') == std::string::npos; }

void append(std::string& text, std::string_view title, std::span<const Capability> all) {
  if (all.empty()) return;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "{}:\n", title);
  for (const Capability& capability : all) {
    fmt::format_to(out, "  {:<8} {}\n", capability.name, capability.grant);
    for (const std::string& interface : capability.interfaces)
      fmt::format_to(out, "           {}\n", interface);
  }
}

}  // namespace

CapabilityDiff diff(std::span<const Capability> before, std::span<const Capability> after) {
  CapabilityDiff diff;
  diff.added = beyond(after, before);
  diff.removed = beyond(before, after);
  diff.more = std::ranges::any_of(diff.added, [&](const Capability& capability) {
    const Capability* known = find(before, capability.name);
    return !known || known->name == kOther ||
           !std::ranges::all_of(capability.interfaces, is_function);
  });
  return diff;
}

std::string to_text(const CapabilityDiff& diff) {
  std::string text = format("{} → {}\n", diff.old_name, diff.new_name);
  append(text, "Could newly ask for", diff.added);
  append(text, "No longer asks for", diff.removed);
  if (!diff.more) text += "Nothing that needs another look.\n";
  return telemetry::printable(text);
}

std::string to_json(const CapabilityDiff& diff) {
  const auto by_name = [](std::span<const Capability> all) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const Capability& capability : all)
      json[std::string(capability.name)] = capability.interfaces;
    return json;
  };
  nlohmann::ordered_json json;
  json["old"] = diff.old_name;
  json["new"] = diff.new_name;
  json["more"] = diff.more;
  json["added"] = by_name(diff.added);
  json["removed"] = by_name(diff.removed);
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace favo::cli
