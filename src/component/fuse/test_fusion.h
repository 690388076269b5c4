#pragma once

#include <gtest/gtest.h>
#include <wasmtime.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "component/fuse/fuse.h"
#include "wasm/module.h"
#include "wasm/test_engine.h"

/// For tests: plans made by hand from text modules, and a host that runs what comes out.
namespace favo::fuse::testing {

using types::Flat;
using wasm::testing::take_message;

/// A plan with one component, `app`.
class PlanBuilder {
 public:
  PlanBuilder() { plan.components.push_back({"app"}); }

  link::ModuleId module(std::string_view text) {
    bytes_.push_back(wasm::testing::wat(text));
    plan.modules.push_back(bytes_.back());
    return link::ModuleId(plan.modules.size() - 1);
  }

  link::CoreInstanceId instance(link::ModuleId module, std::vector<link::CoreDef> imports = {},
                                link::ComponentId component = link::ComponentId(0)) {
    plan.instances.push_back({component, module, std::move(imports)});
    return link::CoreInstanceId(plan.instances.size() - 1);
  }
  link::CoreInstanceId instance(std::string_view text, std::vector<link::CoreDef> imports = {}) {
    return instance(module(text), std::move(imports));
  }

  /// Lowers a host function of `test:host/api`.
  link::CoreDef host(std::string name, std::vector<Flat> params, std::vector<Flat> results,
                     link::Options options = {}) {
    link::HostImport import;
    import.interface = "test:host/api";
    import.name = std::move(name);
    import.type_text = "func()";
    import.signature = {std::move(params), std::move(results)};
    import.options = std::move(options);
    plan.imports.push_back(std::move(import));
    return link::HostCall{link::HostImportId(plan.imports.size() - 1)};
  }

  void export_func(std::string name, link::CoreDef func, link::Options options = {}) {
    plan.exports.push_back(
        {"", std::move(name), {std::move(func), std::move(options), {}, "func()"}});
  }

  link::Plan plan;

 private:
  std::deque<std::vector<std::uint8_t>> bytes_;
};

inline link::CoreDef func_of(link::CoreInstanceId instance, std::string name) {
  return link::InstanceExport{instance, link::CoreKind::Func, std::move(name)};
}
inline link::CoreDef table_of(link::CoreInstanceId instance, std::string name) {
  return link::InstanceExport{instance, link::CoreKind::Table, std::move(name)};
}
inline link::CoreDef memory_of(link::CoreInstanceId instance, std::string name) {
  return link::InstanceExport{instance, link::CoreKind::Memory, std::move(name)};
}
inline link::CoreDef global_of(link::CoreInstanceId instance, std::string name) {
  return link::InstanceExport{instance, link::CoreKind::Global, std::move(name)};
}
inline link::CoreDef tag_of(link::CoreInstanceId instance, std::string name) {
  return link::InstanceExport{instance, link::CoreKind::Tag, std::move(name)};
}

using Values = std::vector<std::int64_t>;

/// An instance of a fused module. Host functions are one C++ function that sees the import and its
/// arguments and returns the results.
class Host {
 public:
  using Handler = std::function<Values(const Import&, const Values&)>;

  Host(const Fused& fused, Handler handler) : handler_(std::move(handler)) {
    wasmtime_module_t* module = nullptr;
    wasmtime_error_t* error = wasmtime_module_new(wasm::testing::engine(), fused.module.data(),
                                                  fused.module.size(), &module);
    if (error) {
      failure_ = take_message(error);
      return;
    }
    store_.reset(wasmtime_store_new(wasm::testing::engine(), nullptr, nullptr));
    std::vector<wasmtime_extern_t> imports;
    for (const Import& import : fused.program.imports) imports.push_back(function(import));
    wasm_trap_t* trap = nullptr;
    error =
        wasmtime_instance_new(context(), module, imports.data(), imports.size(), &instance_, &trap);
    wasmtime_module_delete(module);
    if (error) failure_ = take_message(error);
    if (trap) failure_ = take_trap(trap);
    // As the runtime does, before anything else.
    const auto start = fused.program.start;
    if (start && failure_.empty() && !call(start->value)) failure_ = this->trap;
  }

  /// Why there is no instance; empty when there is one.
  const std::string& failure() const { return failure_; }

  /// The function of a slot, for calls with other types than integers.
  std::optional<wasmtime_func_t> func(Slot slot) {
    const std::string name = "s" + std::to_string(slot.value);
    wasmtime_extern_t item;
    if (!wasmtime_instance_export_get(context(), &instance_, name.data(), name.size(), &item)) {
      ADD_FAILURE() << "no export " << name;
      return std::nullopt;
    }
    return item.of.func;
  }
  wasmtime_context_t* context() { return wasmtime_store_context(store_.get()); }

  /// Calls slot `slot`; nothing when it traps (`trap` says why).
  std::optional<Values> call(std::size_t slot, const Values& arguments = {}) {
    if (!failure_.empty()) {
      ADD_FAILURE() << failure_;
      return std::nullopt;
    }
    const auto found = func(Slot(slot));
    if (!found) return std::nullopt;
    wasm_functype_t* type = wasmtime_func_type(context(), &*found);
    const wasm_valtype_vec_t* params = wasm_functype_params(type);
    std::vector<wasmtime_val_t> in(arguments.size());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      in[i] = to_raw(wasm_valtype_kind(params->data[i]), arguments[i]);
    }
    std::vector<wasmtime_val_t> out(wasm_functype_results(type)->size);
    wasm_functype_delete(type);
    wasm_trap_t* raised = nullptr;
    wasmtime_error_t* error = wasmtime_func_call(context(), &*found, in.data(), in.size(),
                                                 out.data(), out.size(), &raised);
    if (error) trap = take_message(error);
    if (raised) trap = take_trap(raised);
    if (error || raised) return std::nullopt;
    Values results;
    for (const wasmtime_val_t& value : out) results.push_back(from_raw(value));
    return results;
  }

  std::string trap;

 private:
  struct Binding {
    Host* host;
    Import import;
  };

  static std::string take_trap(wasm_trap_t* trap) {
    wasm_message_t text;
    wasm_trap_message(trap, &text);
    std::string message(text.data);
    wasm_byte_vec_delete(&text);
    wasm_trap_delete(trap);
    return message;
  }

  static wasmtime_val_t to_raw(wasm_valkind_t kind, std::int64_t value) {
    wasmtime_val_t raw{};
    raw.kind = kind;
    raw.of.i64 = value;
    if (kind == WASMTIME_I32) raw.of.i32 = static_cast<std::int32_t>(value);
    return raw;
  }
  static std::int64_t from_raw(const wasmtime_val_t& raw) {
    return raw.kind == WASMTIME_I32 ? raw.of.i32 : raw.of.i64;
  }

  static wasm_trap_t* on_call(void* env, wasmtime_caller_t*, const wasmtime_val_t* in,
                              std::size_t in_size, wasmtime_val_t* out, std::size_t out_size) {
    const auto& binding = *static_cast<Binding*>(env);
    if (const auto* stop = std::get_if<Trap>(&binding.import.kind)) {
      return wasmtime_trap_new(stop->message.data(), stop->message.size());
    }
    if (std::holds_alternative<TrapWith>(binding.import.kind)) {
      const auto message = to_string(static_cast<AdapterTrap>(in[0].of.i32));
      return wasmtime_trap_new(message.data(), message.size());
    }
    Values arguments;
    for (std::size_t i = 0; i < in_size; ++i) arguments.push_back(from_raw(in[i]));
    const Values results = binding.host->handler_(binding.import, arguments);
    EXPECT_EQ(results.size(), out_size) << binding.import.field;
    for (std::size_t i = 0; i < out_size; ++i) {
      out[i] =
          to_raw(binding.import.results[i] == Flat::I64 ? WASMTIME_I64 : WASMTIME_I32, results[i]);
    }
    return nullptr;
  }

  static wasm_valtype_vec_t to_raw(const std::vector<Flat>& flats) {
    wasm_valtype_vec_t types;
    wasm_valtype_vec_new_uninitialized(&types, flats.size());
    for (std::size_t i = 0; i < flats.size(); ++i) {
      types.data[i] = wasm_valtype_new(flats[i] == Flat::I64 ? WASM_I64 : WASM_I32);
    }
    return types;
  }

  wasmtime_extern_t function(const Import& import) {
    bindings_.push_back({this, import});
    wasm_valtype_vec_t params = to_raw(import.params), results = to_raw(import.results);
    wasm_functype_t* type = wasm_functype_new(&params, &results);
    wasmtime_extern_t item;
    item.kind = WASMTIME_EXTERN_FUNC;
    wasmtime_func_new(context(), type, &on_call, &bindings_.back(), nullptr, &item.of.func);
    wasm_functype_delete(type);
    return item;
  }

  Handler handler_;
  std::deque<Binding> bindings_;
  std::unique_ptr<wasmtime_store_t, decltype(&wasmtime_store_delete)> store_{
      nullptr, &wasmtime_store_delete};
  wasmtime_instance_t instance_{};
  std::string failure_;
};

/// For plans without host functions.
inline Values no_host(const Import& import, const Values&) {
  if (std::holds_alternative<MemoryGrow>(import.kind)) return {1};
  if (std::holds_alternative<TableGrow>(import.kind)) return {1};
  ADD_FAILURE() << "unexpected call of " << import.field;
  return {};
}

/// The plan fused, checked against the engine's validator and read back.
struct Fusion {
  explicit Fusion(const link::Plan& plan) {
    auto result = fuse(plan);
    if (!result) {
      ADD_FAILURE() << result.error().message();
      return;
    }
    fused = std::move(*result);
    EXPECT_EQ(wasm::testing::invalid(fused.module), "");
    module = wasm::read_module(fused.module).value();
  }

  Fused fused;
  wasm::Module module;  ///< borrows `fused`
};

}  // namespace favo::fuse::testing
