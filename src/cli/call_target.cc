#include "cli/call_target.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "component/types/text.h"

namespace favo::cli {
namespace {

constexpr std::size_t kMostShown = 20;

std::string join(std::string_view interface, const std::string& name) {
  return interface.empty() ? name : format("{}.{}", interface, name);
}

/// All ways to write it, the fullest first.
std::vector<std::string> spellings(const link::FuncExport& func) {
  const std::string_view interface = func.interface;
  const std::string_view unversioned = interface.substr(0, interface.find('@'));
  const std::size_t slash = unversioned.rfind('/');
  std::vector<std::string> ways{join(interface, func.name), join(unversioned, func.name)};
  if (slash != std::string_view::npos)
    ways.push_back(join(unversioned.substr(slash + 1), func.name));
  ways.push_back(func.name);
  return ways;
}

std::string listed(const link::Plan& plan, const std::vector<std::size_t>& indices) {
  std::string text;
  for (std::size_t i = 0; i < indices.size() && i < kMostShown; ++i)
    text += format("\n  {}", signature(plan, plan.exports[indices[i]]));
  if (indices.size() > kMostShown) text += format("\n  and {} more", indices.size() - kMostShown);
  return text;
}

/// The likeliest alone, or all of them.
std::vector<std::size_t> suggestions(const link::Plan& plan, const std::string& name) {
  std::vector<std::size_t> near, all;
  for (std::size_t i = 0; i < plan.exports.size(); ++i) {
    all.push_back(i);
    if (!nearest(name, spellings(plan.exports[i])).empty()) near.push_back(i);
  }
  return near.empty() ? all : near;
}

}  // namespace

std::string written(const link::FuncExport& func) { return join(func.interface, func.name); }

std::string signature(const link::Plan& plan, const link::FuncExport& func) {
  const auto text = [&](types::TypeId type) {
    return types::text_of(plan.types, type, [&](types::ResourceId id) {
      const link::Resource& resource = plan.resources[id.value];
      return std::visit([](const auto& r) { return r.name; }, resource);
    });
  };
  const types::FuncType& type = func.func.type;
  std::string params;
  for (const types::Field& param : type.params)
    params += format("{}{}: {}", params.empty() ? "" : ", ", param.name, text(param.type));
  return format("{}: {}func({}){}", written(func), type.async ? "async " : "", params,
                type.result ? " -> " + text(*type.result) : "");
}

Result<std::size_t> find_function(const link::Plan& plan, std::string_view name) {
  constexpr std::size_t kSpellings = 4;
  std::vector<std::vector<std::string>> all;
  for (const link::FuncExport& func : plan.exports) all.push_back(spellings(func));
  for (std::size_t way = 0; way < kSpellings; ++way) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (way < all[i].size() && all[i][way] == name) found.push_back(i);
    if (found.size() == 1) return found[0];
    if (found.size() > 1)
      return error(Code::InvalidArgument, "{:?} could be any of{}", name, listed(plan, found));
  }
  if (plan.exports.empty())
    return error(Code::NotFound, "no function {:?}: the component exports none", name);
  const std::vector<std::size_t> meant = suggestions(plan, std::string(name));
  const bool near = meant.size() < plan.exports.size();
  return error(Code::NotFound, "no function {:?}; {}{}", name,
               near ? "did you mean" : "the component exports", listed(plan, meant));
}

}  // namespace favo::cli
