#include "component/link/print.h"

#include <string_view>

#include "base/format.h"

namespace favo::link {
namespace {

std::string_view to_string(CoreKind kind) {
  switch (kind) {
    case CoreKind::Func:
      return "func";
    case CoreKind::Table:
      return "table";
    case CoreKind::Memory:
      return "memory";
    case CoreKind::Global:
      return "global";
    case CoreKind::Tag:
      return "tag";
  }
  return "unknown";
}

std::string_view to_string(types::Flat flat) {
  switch (flat) {
    case types::Flat::I32:
      return "i32";
    case types::Flat::I64:
      return "i64";
    case types::Flat::F32:
      return "f32";
    case types::Flat::F64:
      return "f64";
  }
  return "unknown";
}

std::string to_string(const std::vector<types::Flat>& types) {
  std::string text = "(";
  for (const types::Flat flat : types) {
    if (text.size() > 1) text += ' ';
    text += to_string(flat);
  }
  return text + ")";
}

std::string to_string(const types::CoreSignature& signature) {
  return format("{} -> {}", to_string(signature.params), to_string(signature.results));
}

std::string to_string(const Options& options) {
  constexpr std::string_view encodings[] = {"utf8", "utf16", "latin1+utf16"};
  std::string text = format("component {} {}", options.component.value,
                            encodings[static_cast<std::size_t>(options.string_encoding)]);
  if (options.memory) text += format(" memory={}", link::to_string(CoreDef(*options.memory)));
  if (options.realloc) text += format(" realloc={}", link::to_string(*options.realloc));
  if (options.post_return) text += format(" post-return={}", link::to_string(*options.post_return));
  if (options.callback) text += format(" callback={}", link::to_string(*options.callback));
  if (options.async) text += " async";
  return text;
}

std::string qualified(std::string_view interface, std::string_view name) {
  return interface.empty() ? std::string(name) : format("{}#{}", interface, name);
}

struct CoreDefText {
  std::string operator()(const InstanceExport& def) const {
    return format("instance {} {} {:?}", def.instance.value, to_string(def.kind), def.name);
  }
  std::string operator()(const HostCall& def) const { return format("host {}", def.import.value); }
  std::string operator()(const AdapterCall& def) const {
    return format("adapter {}", def.adapter.value);
  }
  std::string operator()(const ResourceNew& def) const { return of("new", def); }
  std::string operator()(const ResourceDrop& def) const { return of("drop", def); }
  std::string operator()(const ResourceRep& def) const { return of("rep", def); }
  std::string operator()(const TrapCall& def) const {
    return format("trap {} {} -> {}", def.name, to_string(def.params), to_string(def.results));
  }

  template <typename Def>
  static std::string of(std::string_view what, const Def& def) {
    return format("resource.{} {} in component {}", what, def.resource.value, def.component.value);
  }
};

std::string to_string(const Resource& resource) {
  if (const auto* host = std::get_if<HostResource>(&resource)) {
    return "host " + qualified(host->interface, host->name);
  }
  const auto& guest = std::get<GuestResource>(resource);
  std::string text = format("component {} {:?}", guest.component.value, guest.name);
  if (guest.destructor) text += format(" destructor={}", link::to_string(*guest.destructor));
  return text;
}

}  // namespace

std::string to_string(const CoreDef& def) { return std::visit(CoreDefText(), def); }

std::string to_string(const Plan& plan) {
  std::string text;
  const auto line = [&text](std::string_view section, std::size_t id, std::string_view rest) {
    text += format("{} {}: {}\n", section, id, rest);
  };
  for (std::size_t i = 0; i < plan.components.size(); ++i) {
    line("component", i, plan.components[i].path);
  }
  for (std::size_t i = 0; i < plan.instances.size(); ++i) {
    const CoreInstance& instance = plan.instances[i];
    line("instance", i,
         format("component {} module {}", instance.component.value, instance.module.value));
    for (const CoreDef& def : instance.imports) text += "  " + to_string(def) + "\n";
  }
  for (std::size_t i = 0; i < plan.resources.size(); ++i) {
    line("resource", i, to_string(plan.resources[i]));
  }
  for (std::size_t i = 0; i < plan.imports.size(); ++i) {
    const HostImport& import = plan.imports[i];
    line("host", i,
         format("{}: {}\n  {}\n  {}", qualified(import.interface, import.name), import.type_text,
                to_string(import.signature), to_string(import.options)));
  }
  for (std::size_t i = 0; i < plan.adapters.size(); ++i) {
    const Adapter& adapter = plan.adapters[i];
    line("adapter", i,
         format("{}\n  callee {}: {}\n  caller {}: {}", adapter.callee.type_text,
                to_string(adapter.callee.func), to_string(adapter.callee.options),
                to_string(adapter.signature), to_string(adapter.caller)));
  }
  for (std::size_t i = 0; i < plan.exports.size(); ++i) {
    const FuncExport& exported = plan.exports[i];
    line("export", i,
         format("{}: {}\n  {}: {}", qualified(exported.interface, exported.name),
                exported.func.type_text, to_string(exported.func.func),
                to_string(exported.func.options)));
  }
  return text;
}

}  // namespace favo::link
