#include "wast/features.h"

#include <iterator>

#include "base/format.h"

namespace favo::wast {
namespace {

struct ComponentFeature {
  std::string_view name;
  bool validate::Features::* enabled;
};

constexpr ComponentFeature kComponentFeatures[] = {
    {"cm-async", &validate::Features::async},
    {"cm-more-async-builtins", &validate::Features::async_builtins},
    {"cm-async-stackful", &validate::Features::async_stackful},
    {"cm-threading", &validate::Features::threading},
    {"cm-error-context", &validate::Features::error_context},
    {"cm-fixed-length-lists", &validate::Features::fixed_length_lists},
    {"cm-map", &validate::Features::map},
    {"cm-implements", &validate::Features::implements},
    {"cm-values", &validate::Features::values},
    {"cm-nested-names", &validate::Features::nested_names},
    {"cm-canon-names", &validate::Features::canon_names},
    {"cm64", &validate::Features::cm64},
};
// One for each member, all of them bools.
static_assert(sizeof(validate::Features) == std::size(kComponentFeatures));
constexpr std::string_view kExceptions = "exceptions";

bool* find(Features& features, std::string_view name) {
  for (const ComponentFeature& feature : kComponentFeatures)
    if (feature.name == name) return &(features.component.*feature.enabled);
  return name == kExceptions ? &features.exceptions : nullptr;
}

}  // namespace

Features Features::all() {
  Features features;
  for (const ComponentFeature& feature : kComponentFeatures)
    features.component.*feature.enabled = true;
  return features;
}

Result<void> Features::set(std::string_view name, bool on) {
  bool* enabled = find(*this, name);
  if (!enabled)
    return error(Code::InvalidArgument, "unknown feature {:?}; there are {}", name, feature_list());
  *enabled = on;
  return {};
}

bool Features::known(std::string_view name) {
  Features features;
  return find(features, name) != nullptr;
}

std::string feature_list() {
  std::string list;
  for (const ComponentFeature& feature : kComponentFeatures) list += format("{}, ", feature.name);
  return list += kExceptions;
}

}  // namespace favo::wast
