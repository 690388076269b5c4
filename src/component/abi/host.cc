#include "component/abi/host.h"

#include "base/check.h"
#include "component/types/name.h"

namespace favo::abi {
namespace {

std::string key(std::string_view track, std::string_view name) {
  std::string key(track);
  key += '#';
  key += name;
  return key;
}

}  // namespace

Host::Interface Host::interface(std::string_view name) {
  return Interface(*this, types::semver_track(name));
}

void Host::add(std::string_view track, std::string_view name, HostFunction function) {
  const bool added = functions_.emplace(key(track, name), function).second;
  FAVO_CHECK(added);
}

void Host::add_resource(std::string_view track, std::string_view name, const ResourceType& type) {
  resources_.emplace(key(track, name), &type);
}

const HostFunction* Host::find(std::string_view interface, std::string_view name) const {
  const auto found = functions_.find(key(types::semver_track(interface), name));
  return found == functions_.end() ? nullptr : &found->second;
}

const ResourceType* Host::find_resource(std::string_view interface, std::string_view name) const {
  const auto found = resources_.find(key(types::semver_track(interface), name));
  return found == resources_.end() ? nullptr : found->second;
}

std::vector<Host::Entry> Host::entries() const {
  std::vector<Entry> entries;
  for (const auto& [key, function] : functions_) {
    const std::size_t split = key.find('#');
    const std::string_view text = key;
    entries.push_back({text.substr(0, split), text.substr(split + 1), &function});
  }
  return entries;
}

}  // namespace favo::abi
