#include "component/runtime/explain.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/format.h"
#include "base/text.h"
#include "component/types/name.h"

namespace favo::runtime {
namespace {

constexpr std::size_t kMaxListed = 12;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMaxListed); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kMaxListed) text += format(" and {} more", names.size() - kMaxListed);
  return text;
}

/// `wasi:io/streams` of `wasi:io/streams@0.2`.
std::string_view without_version(std::string_view interface) {
  return interface.substr(0, interface.find('@'));
}

/// The name itself, or all when none is like it.
std::string meant(const std::string& name, const std::vector<std::string>& names) {
  const std::string_view near = nearest(name, names);
  return near.empty() ? listed(names) : std::string(near);
}

}  // namespace

std::string quoted(const std::string& interface, const std::string& name) {
  return interface.empty() ? format("{:?}", name) : format("{:?} of {:?}", name, interface);
}

std::string in_reach(const abi::Host& host, const std::string& interface, const std::string& name) {
  const std::string track = types::semver_track(interface);
  std::set<std::string> tracks, functions;
  for (const abi::Host::Entry& entry : host.entries()) {
    tracks.emplace(entry.track);
    if (entry.track == track) functions.emplace(entry.name);
  }
  if (!functions.empty()) {
    return format("provided of this interface: {}",
                  meant(name, {functions.begin(), functions.end()}));
  }
  std::vector<std::string> versions, names;
  for (const std::string& offered : tracks) {
    const std::string_view bare = without_version(offered);
    if (bare == without_version(track)) versions.push_back(offered);
    names.emplace_back(bare);
  }
  if (!versions.empty()) return format("provided: {}", listed(versions));
  const std::string_view near = nearest(without_version(track), names);
  if (!near.empty()) return format("the nearest that is provided: {}", near);
  return interface.empty() ? "only functions of interfaces are provided"
                           : "nothing of such a name is provided";
}

bool Unmet::add(Error error) {
  const auto same = [&](const Error& other) { return other.message() == error.message(); };
  if (std::ranges::none_of(errors_, same)) errors_.push_back(std::move(error));
  return errors_.size() < kMaxListed;
}

Result<void> Unmet::result() && {
  if (errors_.empty()) return {};
  if (errors_.size() == 1) return std::move(errors_[0]);
  std::string text = format("{} imports {}cannot be met:", errors_.size(),
                            errors_.size() < kMaxListed ? "" : "and perhaps more ");
  for (const Error& error : errors_) text += '\n' + error.message();
  return Error(errors_[0].code(), std::move(text));
}

}  // namespace favo::runtime
