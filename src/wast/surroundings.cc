#include "base/format.h"
#include "wast/instance.h"

namespace favo::wast {
namespace {

std::string quoted(std::string_view interface, std::string_view name) {
  return interface.empty() ? format("{:?}", name) : format("{:?} of {:?}", name, interface);
}

}  // namespace

Surroundings::Surroundings() {
  add_to(host_);
  modules_.emplace(std::pair("host", "simple-module"), simple_module());
}

Result<void> Surroundings::check(const link::Plan& plan) const {
  for (const link::RootImport& import : plan.root_imports) {
    if (const auto* func = std::get_if<link::ImportedFunc>(&import)) {
      FAVO_TRY(check(*func));
    } else {
      FAVO_TRY(check(std::get<link::ImportedResource>(import), plan));
    }
  }
  return {};
}

Result<void> Surroundings::check(const link::ImportedFunc& func) const {
  const abi::HostFunction* found = host_.find(func.interface, func.name);
  const std::string offered =
      found ? found->type_text() : std::string(async_type(func.interface, func.name));
  if (offered.empty())
    return error(Code::NotFound, "the function {} is imported, but nobody provides it: {}",
                 quoted(func.interface, func.name), func.type_text);
  if (offered == func.type_text) return {};
  return error(Code::InvalidComponent,
               "the function {} is imported with another type\n  imported: {}\n  provided: {}",
               quoted(func.interface, func.name), func.type_text, offered);
}

Result<void> Surroundings::check(const link::ImportedResource& resource,
                                 const link::Plan& plan) const {
  const auto* found = host_.find_resource(resource.interface, resource.name);
  if (!found && resource.alias) return {};  // follows from the other import
  if (!found)
    return error(Code::NotFound, "the resource {} is imported, but nobody provides it",
                 quoted(resource.interface, resource.name));
  // A resource that the component defines itself is never what an import stands for.
  const auto* meant = std::get_if<link::HostResource>(&plan.resources[resource.resource.value]);
  if (meant && host_.find_resource(meant->interface, meant->name) == found) return {};
  return error(Code::InvalidComponent,
               "the resource {} is imported as another one than is provided: mismatched types",
               quoted(resource.interface, resource.name));
}

void Surroundings::offer(const std::string& name, std::shared_ptr<const Definition> definition,
                         const link::Plan& plan) {
  const auto interface_of = [&](const std::string& inner) {
    return inner.empty() ? name : format("{}/{}", name, inner);
  };
  for (const link::ModuleExport& item : plan.module_exports)
    modules_.insert_or_assign(std::pair(interface_of(item.interface), item.name),
                              plan.modules[item.module.value]);
  std::map<types::ResourceId, const handles::ResourceType*> made;
  for (const link::ResourceExport& item : plan.resource_exports) {
    const handles::ResourceType*& type = made[item.resource];
    if (const auto* host = std::get_if<link::HostResource>(&plan.resources[item.resource.value]))
      type = host_.find_resource(host->interface, host->name);
    if (!type) {
      resource_types_.push_back(std::make_unique<handles::ResourceType>(
          handles::ResourceType{format("{}.{}", name, item.name), nullptr}));
      type = resource_types_.back().get();
    }
    host_.interface(interface_of(item.interface)).resource(item.name, *type);
  }
  kept_.push_back(std::move(definition));
}

}  // namespace favo::wast
