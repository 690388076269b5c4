#include "component/link/link.h"

#include <algorithm>
#include <utility>

#include "base/unsupported.h"
#include "component/link/canon.h"
#include "component/link/core.h"
#include "component/link/host.h"
#include "component/link/scope.h"
#include "component/link/state.h"
#include "component/link/type_resolver.h"
#include "component/types/facts.h"
#include "component/types/name.h"
#include "component/types/text.h"

namespace favo::link {
namespace {

/// Walks the definitions of component instances, in the order in which instantiation would perform
/// them, and writes what each does into the plan.
class Linker {
 public:
  explicit Linker(const HostModules& modules) : host_(state_, types_, modules) {}

  Result<Plan> run(const binary::Component& component, std::string_view name);

 private:
  Result<Frame*> instantiate(const ComponentClosure& closure, const Exports* args, std::string path,
                             const Frame* parent);
  Result<const Exports*> instantiate_nested(Frame& frame, const binary::Instantiate& instantiation);

  Result<void> interpret(Frame& frame, const binary::Definition& definition);
  Result<void> define(Frame& frame, const binary::CoreModule& module);
  Result<void> define(Frame& frame, const binary::CoreInstance& instance);
  Result<void> define(Frame& frame, const binary::CoreType& type);
  Result<void> define(Frame& frame, const std::unique_ptr<binary::Component>& component);
  Result<void> define(Frame& frame, const binary::Instance& instance);
  Result<void> define(Frame& frame, const binary::Alias& alias);
  Result<void> define(Frame& frame, const binary::Type& type);
  Result<void> define(Frame& frame, const binary::Canon& canon);
  Result<void> define(Frame& frame, const binary::Start& start);
  Result<void> define(Frame& frame, const binary::Import& import);
  Result<void> define(Frame& frame, const binary::Export& exported);
  Result<void> define(Frame& frame, const binary::Value& value);
  Result<void> define(Frame& frame, const binary::Custom& custom);

  Result<const Exports*> bundle(const Frame& frame, const binary::InlineExports& exports);
  Result<Item> ascribe(const Frame& frame, const Item& item, const binary::ExternType& type);

  void export_func(std::string_view interface, std::string_view name, const Func* func);
  bool fits_core_values(const types::FuncType& type) const;
  Result<void> export_all(const std::string& interface, const Exports& exports);
  Result<void> write_type_texts();
  std::string resource_name(ResourceId id) const;

  State state_;
  TypeResolver types_{state_};
  HostImports host_;
};

Result<Plan> Linker::run(const binary::Component& component, std::string_view name) {
  const Frame* root =
      FAVO_TRY(instantiate({&component, nullptr}, nullptr, std::string(name), nullptr));
  FAVO_TRY(export_all("", *root->exports));
  FAVO_TRY(write_type_texts());
  return std::move(state_.plan);
}

Result<Frame*> Linker::instantiate(const ComponentClosure& closure, const Exports* args,
                                   std::string path, const Frame* parent) {
  const std::uint32_t depth = parent == nullptr ? 0 : parent->depth + 1;
  if (depth > kMaxInstantiationDepth) {
    return error(Code::LimitExceeded, "{}: components instantiate one another deeper than {}", path,
                 kMaxInstantiationDepth);
  }
  if (state_.plan.components.size() >= kMaxComponentInstances) {
    return error(Code::LimitExceeded, "{}: more than {} component instances", path,
                 kMaxComponentInstances);
  }
  Frame& frame = state_.frames.emplace_back();
  frame.parent = closure.enclosing;
  frame.id = ComponentId(state_.plan.components.size());
  frame.path = path;
  frame.component = closure.component;
  frame.args = args;
  frame.exports = &state_.exports.emplace_back();
  frame.depth = depth;
  state_.plan.components.push_back(
      {std::move(path), parent == nullptr ? std::nullopt : std::optional(parent->id)});
  for (const auto& definition : closure.component->definitions) {
    FAVO_TRY(interpret(frame, definition));
  }
  return &frame;
}

Result<void> Linker::interpret(Frame& frame, const binary::Definition& definition) {
  FAVO_TRY(state_.charge(1));
  auto done = std::visit([&](const auto& node) { return define(frame, node); }, definition);
  const bool refused =
      !done && (done.error().code() == Code::Unsupported || done.error().code() == Code::NotFound);
  if (refused) {
    return std::move(done).error().within(frame.path);
  }
  return done;
}

Result<void> Linker::define(Frame& frame, const binary::CoreModule& module) {
  frame.core_modules.push_back(FAVO_TRY(state_.add_module(module)));
  return {};
}

Result<void> Linker::define(Frame& frame, const binary::CoreInstance& instance) {
  return define_core_instance(state_, frame, instance);
}

Result<void> Linker::define(Frame& frame, const binary::CoreType& type) {
  // A group counts by its types: small definitions can be interpreted many times.
  const auto* group = std::get_if<binary::CoreRecType>(&type.type);
  if (group != nullptr) FAVO_TRY(state_.charge(group->count));
  frame.add(type);
  return {};
}

Result<void> Linker::define(Frame& frame, const std::unique_ptr<binary::Component>& component) {
  frame.components.push_back({component.get(), &frame});
  return {};
}

Result<void> Linker::define(Frame& frame, const binary::Instance& instance) {
  if (const auto* instantiation = std::get_if<binary::Instantiate>(&instance.instance)) {
    frame.instances.push_back(FAVO_TRY(instantiate_nested(frame, *instantiation)));
  } else {
    const auto& exports = std::get<binary::InlineExports>(instance.instance);
    frame.instances.push_back(FAVO_TRY(bundle(frame, exports)));
  }
  return {};
}

Result<const Exports*> Linker::instantiate_nested(Frame& frame,
                                                  const binary::Instantiate& instantiation) {
  FAVO_TRY(state_.charge(instantiation.args.size()));
  const ComponentClosure closure =
      FAVO_TRY(at(frame.components, instantiation.component, "component"));
  Exports& args = state_.exports.emplace_back();
  for (const auto& arg : instantiation.args) {
    args.add(arg.name, FAVO_TRY(item_at(frame, arg.item.sort, arg.item.index)));
  }
  std::string path = state_.path_of(frame, static_cast<std::uint32_t>(frame.instances.size()));
  const Frame* made = FAVO_TRY(instantiate(closure, &args, std::move(path), &frame));
  return made->exports;
}

Result<const Exports*> Linker::bundle(const Frame& frame, const binary::InlineExports& exports) {
  FAVO_TRY(state_.charge(exports.exports.size()));
  Exports& made = state_.exports.emplace_back();
  for (const auto& exported : exports.exports) {
    const Item item = FAVO_TRY(item_at(frame, exported.item.sort, exported.item.index));
    state_.name_resource(item, exported.name.name);
    made.add(exported.name.name, item);
  }
  return &made;
}

Result<void> Linker::define(Frame& frame, const binary::Alias& alias) {
  if (const auto* exported = std::get_if<binary::AliasCoreExport>(&alias.target)) {
    return define_core_alias(frame, alias.sort, *exported);
  }
  if (alias.sort == binary::Sort::CoreType) return alias_core_type(frame, alias);
  frame.add(FAVO_TRY(resolve_alias(frame, alias)));
  return {};
}

Result<void> Linker::define(Frame& frame, const binary::Type& type) {
  const auto* resource = std::get_if<binary::ResourceType>(&type.type);
  if (resource == nullptr) {
    frame.types.push_back(FAVO_TRY(types_.define(type, frame)));
    return {};
  }
  GuestResource made{frame.id, "", std::nullopt};
  if (resource->destructor) {
    made.destructor = FAVO_TRY(at(frame.core_funcs, *resource->destructor, "core function"));
  }
  frame.types.push_back(state_.add_resource(std::move(made)));
  return {};
}

Result<void> Linker::define(Frame& frame, const binary::Canon& canon) {
  return define_canon(state_, types_, frame, canon);
}

Result<void> Linker::define(Frame&, const binary::Start&) {
  return unsupported("cm-values", "a component start function");
}

Result<void> Linker::define(Frame& frame, const binary::Import& import) {
  if (frame.args == nullptr) {
    frame.add(FAVO_TRY(host_.provide(import.name, import.type, frame)));
    return {};
  }
  const Item* arg = frame.args->find(import.name.name);
  if (arg == nullptr) {
    return FAVO_BUG(
        format("{}: the import {:?} was given no argument", frame.path, import.name.name));
  }
  frame.add(*arg);
  return {};
}

/// What is left of an exported item when the export states a type: an instance shows only what its
/// type declares. All else is as it was, since interpretation looks through abstract types.
Result<Item> Linker::ascribe(const Frame& frame, const Item& item, const binary::ExternType& type) {
  const auto* ref = std::get_if<binary::InstanceRef>(&type);
  if (ref == nullptr) return item;
  const auto* instance = std::get_if<const Exports*>(&item);
  const TypeDef stated = FAVO_TRY(at(frame.types, ref->type, "type"));
  const auto* closure = std::get_if<InstanceTypeClosure>(&stated);
  if (instance == nullptr || closure == nullptr) {
    return FAVO_BUG("an export's type is of another sort than its item");
  }
  FAVO_TRY(state_.charge(closure->type->declarations.size()));
  Exports& shown = state_.exports.emplace_back();
  for (const auto& declaration : closure->type->declarations) {
    const auto* declared = std::get_if<binary::ExportDecl>(&declaration);
    if (declared == nullptr) continue;
    const Item* part = (*instance)->find(declared->name.name);
    if (part == nullptr) {
      return FAVO_BUG(format("an instance lacks the export {:?}", declared->name.name));
    }
    shown.add(declared->name.name, *part);
  }
  return Item(&std::as_const(shown));
}

Result<void> Linker::define(Frame& frame, const binary::Export& exported) {
  Item item = FAVO_TRY(item_at(frame, exported.item.sort, exported.item.index));
  if (exported.type) item = FAVO_TRY(ascribe(frame, item, *exported.type));
  state_.name_resource(item, exported.name.name);
  frame.add(item);
  frame.exports->add(exported.name.name, item);
  return {};
}

Result<void> Linker::define(Frame&, const binary::Value&) {
  return unsupported("cm-values", "a component-level value");
}

Result<void> Linker::define(Frame&, const binary::Custom&) { return {}; }

/// What the outermost component exports: by itself, or as a member of an instance.
Result<void> Linker::export_all(const std::string& interface, const Exports& exports) {
  FAVO_TRY(state_.charge(exports.entries().size()));
  for (const auto& [name, item] : exports.entries()) {
    if (const auto* func = std::get_if<const Func*>(&item)) {
      export_func(interface, name, *func);
    } else if (const auto* instance = std::get_if<const Exports*>(&item)) {
      FAVO_TRY(export_all(member_interface(interface, name), **instance));
    } else if (const auto* module = std::get_if<ModuleId>(&item)) {
      state_.plan.module_exports.push_back({interface, std::string(name), *module});
    } else if (const auto* type = std::get_if<TypeDef>(&item)) {
      if (const auto* resource = std::get_if<ResourceId>(type))
        state_.plan.resource_exports.push_back({interface, std::string(name), *resource});
    }
  }
  return {};
}

/// A function of the host that goes out again is lowered and lifted by the outermost component,
/// where its values need no memory for that; else it is the host's alone.
void Linker::export_func(std::string_view interface, std::string_view name, const Func* func) {
  Lifted exported;
  if (const auto* lifted = std::get_if<LiftedFunc>(func)) {
    exported = {lifted->func, lifted->options, lifted->type, ""};
  } else {
    const types::FuncType& type = std::get<HostFunc>(*func).type;
    if (!fits_core_values(type)) return;
    const Options options{.component = ComponentId(0)};
    exported = {lower_host(state_, func, options), options, type, ""};
  }
  state_.plan.exports.push_back({std::string(interface), std::string(name), std::move(exported)});
}

bool Linker::fits_core_values(const types::FuncType& type) const {
  const types::TypeTable& table = state_.plan.types;
  const types::CoreSignature signature = types::lower_signature(table, type);
  const auto has_pointer = [&](const types::Field& param) {
    return table.facts(param.type).contains_pointer;
  };
  return !type.async && !signature.params_in_memory && !signature.result_in_memory &&
         std::ranges::none_of(type.params, has_pointer) &&
         !(type.result && table.facts(*type.result).contains_pointer);
}

/// As `types::ResourceNamer` wants it: the host's by interface without version, a component's by
/// its path.
std::string Linker::resource_name(ResourceId id) const {
  const Resource& resource = state_.plan.resources[id.value];
  if (const auto* guest = std::get_if<GuestResource>(&resource)) {
    const std::string& path = state_.plan.components[guest->component.value].path;
    if (guest->name.empty()) return format("{}.#{}", path, id.value);
    return format("{}.{}", path, guest->name);
  }
  const auto& host = std::get<HostResource>(resource);
  if (host.interface.empty()) return host.name;
  const auto interface = types::parse_interface_name(host.interface);
  if (!interface) return format("{}.{}", host.interface, host.name);
  return format("{}/{}.{}", interface->package, interface->interface, host.name);
}

Result<void> Linker::write_type_texts() {
  const types::ResourceNamer namer = [this](ResourceId id) { return resource_name(id); };
  const auto write = [&](const types::FuncType& type, std::string& text) -> Result<void> {
    text = types::text_of(state_.plan.types, type, namer);
    return state_.charge(text.size() / 16);
  };
  for (auto& import : state_.plan.imports) FAVO_TRY(write(import.type, import.type_text));
  for (auto& import : state_.plan.root_imports) {
    if (auto* func = std::get_if<ImportedFunc>(&import))
      FAVO_TRY(write(func->type, func->type_text));
  }
  for (auto& adapter : state_.plan.adapters) {
    FAVO_TRY(write(adapter.callee.type, adapter.callee.type_text));
  }
  for (auto& exported : state_.plan.exports) {
    FAVO_TRY(write(exported.func.type, exported.func.type_text));
  }
  return {};
}

}  // namespace

Result<Plan> link(const binary::Component& component, std::string_view name,
                  const HostModules& modules) {
  return Linker(modules).run(component, name);
}

}  // namespace favo::link
