#include "component/link/module.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "wasm/module.h"

namespace favo::link {
namespace {

constexpr std::string_view kInterface = "wasi_snapshot_preview1";
constexpr std::string_view kStart = "_start", kMemory = "memory";

Result<types::Flat> flat_of(const wasm::ValType& type) {
  switch (type.code) {
    case wasm::ValType::I32:
      return types::Flat::I32;
    case wasm::ValType::I64:
      return types::Flat::I64;
    case wasm::ValType::F32:
      return types::Flat::F32;
    case wasm::ValType::F64:
      return types::Flat::F64;
    default:
      return Error(Code::InvalidComponent, "preview 1 passes numbers only");
  }
}

std::string_view text_of(types::Flat flat) {
  constexpr std::string_view kNames[] = {"u32", "u64", "f32", "f64"};
  return kNames[static_cast<std::size_t>(flat)];
}

Result<types::CoreSignature> signature_of(const wasm::FuncType& type) {
  if (type.results.size() > 1)
    return Error(Code::InvalidComponent, "preview 1 returns one number at most");
  types::CoreSignature signature;
  for (const wasm::ValType& param : type.params)
    signature.params.push_back(FAVO_TRY(flat_of(param)));
  for (const wasm::ValType& result : type.results)
    signature.results.push_back(FAVO_TRY(flat_of(result)));
  return signature;
}

/// As host functions spell theirs.
std::string text_of(const types::CoreSignature& signature) {
  std::string text = "func(";
  for (std::size_t i = 0; i < signature.params.size(); ++i)
    text += format("{}{}", i ? ", " : "", text_of(signature.params[i]));
  text += ")";
  if (!signature.results.empty()) text += format(" -> {}", text_of(signature.results[0]));
  return text;
}

const wasm::Export* find(const wasm::Module& module, std::string_view name, wasm::ExternKind kind) {
  const auto found = std::ranges::find(module.exports, name, &wasm::Export::name);
  return found != module.exports.end() && found->kind == kind ? &*found : nullptr;
}

Result<HostImport> host_import(const wasm::Module& module, const wasm::Import& import,
                               const Options& options) {
  if (import.module != kInterface || import.kind() != wasm::ExternKind::Func)
    return error(Code::NotFound,
                 "the core module imports the {} {:?} of {:?}, which nobody provides: there are "
                 "the functions of {:?} only",
                 wasm::to_string(import.kind()), import.name, import.module, kInterface);
  const wasm::FuncType* type =
      FAVO_TRY(module.func_type(std::get<wasm::FuncRef>(import.type).type));
  Result<types::CoreSignature> signature = signature_of(*type);
  if (!signature) return std::move(signature).error().within(format("import {:?}", import.name));
  return HostImport{.interface = std::string(kInterface),
                    .name = std::string(import.name),
                    .type = {},
                    .type_text = text_of(*signature),
                    .signature = std::move(*signature),
                    .options = options};
}

Result<FuncExport> start_export(const wasm::Module& module, const Options& options) {
  const wasm::Export* start = find(module, kStart, wasm::ExternKind::Func);
  if (!start)
    return Error(Code::InvalidComponent,
                 "this is a core module, and neither a component nor a command of WASI preview 1, "
                 "which exports a function _start (wrap it with `wasm-tools component new`)");
  const wasm::FuncType* type = FAVO_TRY(module.func_type(module.functions[start->index]));
  if (!type->params.empty() || !type->results.empty())
    return Error(Code::InvalidComponent, "the core module's _start takes or returns values");
  const InstanceExport func{CoreInstanceId(0), CoreKind::Func, std::string(kStart)};
  return FuncExport{.interface = {},
                    .name = std::string(kStart),
                    .func = {.func = func, .options = options, .type = {}, .type_text = "func()"}};
}

}  // namespace

bool is_core_module(Bytes bytes) {
  constexpr std::array<std::uint8_t, 8> kPreamble{0, 'a', 's', 'm', 1, 0, 0, 0};
  return bytes.size() >= kPreamble.size() &&
         std::ranges::equal(bytes.first(kPreamble.size()), kPreamble);
}

Result<Plan> link_module(Bytes bytes, const std::string& name) {
  const wasm::Module module = FAVO_TRY(wasm::read_module(bytes));
  Options options{.component = ComponentId(0)};
  if (find(module, kMemory, wasm::ExternKind::Memory))
    options.memory = InstanceExport{CoreInstanceId(0), CoreKind::Memory, std::string(kMemory)};
  Plan plan;
  plan.modules = {bytes};
  plan.components = {{name}};
  plan.exports.push_back(FAVO_TRY(start_export(module, options)));
  CoreInstance instance{ComponentId(0), ModuleId(0), {}};
  for (const wasm::Import& import : module.imports) {
    instance.imports.emplace_back(HostCall{HostImportId(plan.imports.size())});
    plan.imports.push_back(FAVO_TRY(host_import(module, import, options)));
  }
  plan.instances.push_back(std::move(instance));
  return plan;
}

}  // namespace favo::link
