#include "component/link/state.h"

#include <utility>

namespace favo::link {

Result<void> State::charge(std::uint64_t count) {
  if (count > kMaxSteps - steps_) {
    return error(Code::LimitExceeded, "the component unfolds to more than {} definitions",
                 kMaxSteps);
  }
  steps_ += count;
  return {};
}

Result<ModuleId> State::add_module(const binary::CoreModule& module) {
  const auto known = module_ids.find(module.bytes.data());
  if (known != module_ids.end()) return known->second;
  auto read = FAVO_TRY(wasm::read_module(module.bytes, module.offset));
  const ModuleId id(plan.modules.size());
  plan.modules.push_back(module.bytes);
  module_bytes_ += module.bytes.size();
  modules.push_back({std::move(read.imports)});
  module_ids.emplace(module.bytes.data(), id);
  return id;
}

Result<void> State::charge_instance(ModuleId module) {
  instantiated_bytes_ += plan.modules[module.value].size();
  const std::uint64_t limit = kMaxInstancesOfAllModules * module_bytes_ + kMaxMoreInstantiatedBytes;
  if (instantiated_bytes_ <= limit) return {};
  return error(Code::LimitExceeded,
               "the core instances take more than {} bytes, {} times the size "
               "of all core modules and {} bytes more",
               limit, kMaxInstancesOfAllModules, kMaxMoreInstantiatedBytes);
}

const Func* State::add_func(Func func) { return &funcs.emplace_back(std::move(func)); }

std::string State::path_of(const Frame& frame, std::uint32_t index) {
  const auto [entry, is_new] = names_.try_emplace(frame.component);
  if (is_new) entry->second = binary::instance_names(*frame.component);
  const auto named = entry->second.find(index);
  if (named != entry->second.end()) {
    std::string path = format("{}.{}", frame.path, named->second);
    if (paths_.insert(path).second) return path;
  }
  std::string path = format("{}.{}", frame.path, index);
  while (!paths_.insert(path).second) path += '\'';
  return path;
}

ResourceId State::host_resource(std::string_view interface, std::string_view name) {
  const auto [entry, is_new] = host_resources.try_emplace(
      {std::string(interface), std::string(name)}, ResourceId(plan.resources.size()));
  if (is_new) add_resource(HostResource{std::string(interface), std::string(name)});
  return entry->second;
}

ResourceId State::add_resource(Resource resource) {
  const ResourceId id(plan.resources.size());
  plan.resources.push_back(std::move(resource));
  return id;
}

void State::name_resource(const Item& item, std::string_view name) {
  const auto* type = std::get_if<TypeDef>(&item);
  const auto* id = type == nullptr ? nullptr : std::get_if<ResourceId>(type);
  if (id == nullptr) return;
  auto* resource = std::get_if<GuestResource>(&plan.resources[id->value]);
  if (resource != nullptr && resource->name.empty()) resource->name = name;
}

}  // namespace favo::link
