#include "cli/inspection.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "cli/options.h"
#include "component/compile/compile.h"
#include "component/fuse/fuse.h"
#include "component/wit/print.h"
#include "policy/limits.h"
#include "telemetry/line.h"

namespace favo::cli {
namespace {

constexpr std::pair<std::string_view, std::string_view> kTriggers[] = {
    {"wasi:http/incoming-handler@", "favo serve"},
    {"wasi:cli/run@", "favo run"},
};

/// The commands that can start it.
std::vector<std::string_view> commands_for(const fuse::Program& program) {
  std::vector<std::string_view> commands;
  for (const auto& [interface, command] : kTriggers)
    if (std::ranges::any_of(program.exports, [&](const fuse::FuncExport& exported) {
          return exported.interface.starts_with(interface);
        }))
      commands.push_back(command);
  const auto starts = [](const fuse::FuncExport& exported) {
    return exported.interface.empty() && exported.name == "_start";
  };
  if (std::ranges::any_of(program.exports, starts)) commands.push_back("favo run");
  return commands;
}

/// Figures of the fused module: key for JSON, value.
std::array<std::pair<std::string_view, std::uint64_t>, 9> figures_of(const Inspection& inspection) {
  const fuse::Program& program = inspection.program;
  return {{{"bytes", inspection.fused_bytes},
           {"functions", program.functions},
           {"memories", program.memories.size()},
           {"tables", program.tables},
           {"direct_calls", program.direct_calls},
           {"imports", program.imports.size()},
           {"exports", program.exports.size()},
           {"initial_memory_bytes", program.initial_memory_bytes},
           {"initial_table_elements", program.initial_table_elements}}};
}

/// What stands for the WIT of a core module.
std::string print_module(const link::Plan& plan) {
  std::string text = "module {\n";
  for (const link::HostImport& import : plan.imports)
    text += format("  import {}.{}: {};\n", import.interface, import.name, import.type_text);
  for (const link::FuncExport& exported : plan.exports)
    text += format("  export {}: {};\n", exported.name, exported.func.type_text);
  return text + "}\n";
}

std::string joined(const std::vector<std::string>& parts) {
  return format("{}", fmt::join(parts, ", "));
}

}  // namespace

Result<Inspection> inspect(const engine::Engine& engine, std::string name, Bytes component) {
  compile::Options options;
  options.application = false;
  const compile::Linked linked = FAVO_TRY(compile::link_component(engine, component, options));
  fuse::Fused fused = FAVO_TRY(fuse::fuse(linked.plan));
  Inspection inspection;
  inspection.name = std::move(name);
  inspection.bytes = component.size();
  inspection.preview1 = !linked.component;
  if (linked.component) {
    inspection.wit = FAVO_TRY(wit::print_world(*linked.component));
  } else {
    inspection.wit = print_module(linked.plan);
  }
  inspection.capabilities = capabilities_of(fused.program);
  for (const Bytes module : linked.plan.modules) inspection.modules.push_back({module.size(), {}});
  for (const link::CoreInstance& instance : linked.plan.instances)
    inspection.modules[instance.module.value].instances.push_back(
        linked.plan.components[instance.component.value].path);
  inspection.fused_bytes = fused.module.size();
  inspection.program = std::move(fused.program);
  return inspection;
}

std::string to_text(const Inspection& inspection) {
  std::string text = format("{}: {}, {}\n", inspection.name,
                            inspection.preview1 ? "core module for WASI preview 1" : "component",
                            human_size(inspection.bytes));
  auto out = std::back_inserter(text);
  const auto commands = commands_for(inspection.program);
  fmt::format_to(out, "Starts with: {}\n",
                 commands.empty() ? "nothing (no HTTP handler, no command)"
                                  : format("{}", fmt::join(commands, ", ")));
  fmt::format_to(out, "\n{}", inspection.wit);

  text += "\nCould ask for:\n";
  if (inspection.capabilities.empty()) text += "  nothing\n";
  for (const Capability& capability : inspection.capabilities) {
    fmt::format_to(out, "  {:<8} {}\n", capability.name, capability.grant);
    for (const std::string& interface : capability.interfaces)
      fmt::format_to(out, "           {}\n", interface);
  }

  text += "\nCore modules:\n";
  for (std::size_t i = 0; i < inspection.modules.size(); ++i)
    fmt::format_to(out, "  {:>3}  {:>9}  {}\n", i, human_size(inspection.modules[i].bytes),
                   inspection.modules[i].instances.empty()
                       ? "not instantiated"
                       : "in " + joined(inspection.modules[i].instances));

  text += "\nFused into one:\n";
  for (const auto& [key, value] : figures_of(inspection)) {
    std::string label(key);
    std::ranges::replace(label, '_', ' ');
    fmt::format_to(out, "  {:<24} {}\n", label,
                   key.ends_with("bytes") ? human_size(value) : format("{}", value));
  }

  text += "\nLimits, unless set otherwise:\n";
  for (const policy::LimitSpec& spec : policy::limit_specs())
    fmt::format_to(out, "  {:<28} {:<8} {}\n", format("--max-{}", spec.name),
                   spec.print(policy::Limits{}), spec.help);
  return telemetry::printable(text);
}

std::string to_json(const Inspection& inspection) {
  nlohmann::ordered_json json;
  json["name"] = inspection.name;
  json["kind"] = inspection.preview1 ? "preview1" : "component";
  json["bytes"] = inspection.bytes;
  json["commands"] = commands_for(inspection.program);
  json["wit"] = inspection.wit;
  json["capabilities"] = nlohmann::ordered_json::object();
  for (const Capability& capability : inspection.capabilities)
    json["capabilities"][std::string(capability.name)] = capability.interfaces;
  json["core_modules"] = nlohmann::ordered_json::array();
  for (const Inspection::CoreModule& module : inspection.modules)
    json["core_modules"].push_back({{"bytes", module.bytes}, {"instances", module.instances}});
  for (const auto& [key, value] : figures_of(inspection)) json["fused"][std::string(key)] = value;
  for (const policy::LimitSpec& spec : policy::limit_specs())
    json["limits"][std::string(spec.name)] = spec.print(policy::Limits{});
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace favo::cli
