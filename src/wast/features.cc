#include "wast/features.h"

#include <iterator>

#include "base/format.h"

namespace favo::wast {
namespace {

struct ComponentFeature {
  std::string_view name;
  bool validate::Features::* enabled;
  bool standard;
};

constexpr ComponentFeature kComponentFeatures[] = {
    {"cm-async", &validate::Features::async, true},
    {"cm-more-async-builtins", &validate::Features::async_builtins, true},
    {"cm-async-stackful", &validate::Features::async_stackful, true},
    {"cm-threading", &validate::Features::threading, true},
    {"cm-error-context", &validate::Features::error_context, true},
    {"cm-fixed-length-lists", &validate::Features::fixed_length_lists, true},
    {"cm-map", &validate::Features::map, true},
    {"cm-implements", &validate::Features::implements, true},
    {"cm-values", &validate::Features::values, false},
    {"cm-nested-names", &validate::Features::nested_names, false},
    {"cm-canon-names", &validate::Features::canon_names, false},
    {"cm64", &validate::Features::cm64, false},
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

Features Features::standard() {
  Features features;
  for (const ComponentFeature& feature : kComponentFeatures)
    features.component.*feature.enabled = feature.standard;
  return features;
}

Features Features::base() {
  Features features;
  for (const ComponentFeature& feature : kComponentFeatures)
    features.component.*feature.enabled = false;
  return features;
}

Result<void> Features::set(std::string_view name, bool on) {
  bool* enabled = find(*this, name);
  if (!enabled)
    return error(Code::InvalidArgument, "unknown feature {:?}; there are {}, {}", name,
                 feature_list(true), feature_list(false));
  *enabled = on;
  return {};
}

bool Features::known(std::string_view name) {
  Features features;
  return find(features, name) != nullptr;
}

std::string feature_list(bool standard) {
  std::string list;
  for (const ComponentFeature& feature : kComponentFeatures)
    if (feature.standard == standard)
      list += format("{}{}", list.empty() ? "" : ", ", feature.name);
  if (standard) list += format(", {}", kExceptions);
  return list;
}

}  // namespace favo::wast
