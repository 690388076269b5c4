#pragma once

#include <gtest/gtest.h>
#include <wasmtime.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/format.h"
#include "component/fuse/test_fusion.h"

/// For tests: one plan in two forms, fused and as the engine would run it without the fuser.
namespace favo::fuse::testing {

using RawValues = std::vector<wasmtime_val_t>;

/// What a call came to, as text: results bit by bit, or why it trapped.
inline std::string outcome(const RawValues& results) {
  std::string text;
  for (const wasmtime_val_t& value : results) {
    switch (value.kind) {
      case WASMTIME_I32:
      case WASMTIME_F32:
        text += format("{:08x} ", static_cast<std::uint32_t>(value.of.i32));
        break;
      case WASMTIME_I64:
      case WASMTIME_F64:
        text += format("{:016x} ", static_cast<std::uint64_t>(value.of.i64));
        break;
      default:
        text += "reference ";
    }
  }
  return text;
}
/// Consumes both. Texts hold function names and indices, which differ; a code, or the cause in the
/// last line, does not.
inline std::string outcome(wasmtime_error_t* error, wasm_trap_t* trap) {
  wasmtime_trap_code_t code;
  std::string text;
  if (trap) {
    if (wasmtime_trap_code(trap, &code)) {
      wasm_trap_delete(trap);
      return format("trap {}", code);
    }
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    text = message.data;
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
  } else {
    text = take_message(error);
  }
  while (text.ends_with('\n')) text.pop_back();
  return "error: " + text.substr(std::min(text.size(), text.rfind('\n') + 1));
}

/// Calls a function, which gives the number and types of its results.
inline std::string call(wasmtime_context_t* context, const wasmtime_func_t& func,
                        const RawValues& arguments) {
  wasm_functype_t* type = wasmtime_func_type(context, &func);
  RawValues results(wasm_functype_results(type)->size);
  wasm_functype_delete(type);
  wasm_trap_t* trap = nullptr;
  wasmtime_error_t* error = wasmtime_func_call(context, &func, arguments.data(), arguments.size(),
                                               results.data(), results.size(), &trap);
  if (error || trap) return outcome(error, trap);
  std::string text = outcome(results);
  for (wasmtime_val_t& value : results) wasmtime_val_unroot(&value);
  return text;
}

/// Each core instance of a plan as an instance of its own. Only for plans without host functions.
class Unfused {
 public:
  explicit Unfused(const link::Plan& plan)
      : store_(wasmtime_store_new(wasm::testing::engine(), nullptr, nullptr),
               &wasmtime_store_delete) {
    for (const link::CoreInstance& instance : plan.instances) {
      if (!failure_.empty()) return;
      start(plan.modules[instance.module.value], instance.imports);
    }
    for (const link::FuncExport& item : plan.exports) exports_.push_back(item.func.func);
  }

  /// Why there is no instance; empty when there is one.
  const std::string& failure() const { return failure_; }

  std::string call(std::size_t exported, const RawValues& arguments) {
    return testing::call(context(), find(exports_[exported]).of.func, arguments);
  }

  /// Of an exported function.
  std::vector<wasm_valkind_t> parameters(std::size_t exported) {
    const wasmtime_extern_t item = find(exports_[exported]);
    wasm_functype_t* type = wasmtime_func_type(context(), &item.of.func);
    const wasm_valtype_vec_t* params = wasm_functype_params(type);
    std::vector<wasm_valkind_t> kinds;
    for (std::size_t i = 0; i < params->size; ++i) {
      kinds.push_back(wasm_valtype_kind(params->data[i]));
    }
    wasm_functype_delete(type);
    return kinds;
  }

 private:
  wasmtime_context_t* context() { return wasmtime_store_context(store_.get()); }

  wasmtime_extern_t find(const link::CoreDef& def) {
    const auto& item = std::get<link::InstanceExport>(def);
    wasmtime_extern_t found{};
    EXPECT_TRUE(wasmtime_instance_export_get(context(), &instances_[item.instance.value],
                                             item.name.data(), item.name.size(), &found))
        << item.name;
    return found;
  }

  void start(Bytes bytes, const std::vector<link::CoreDef>& imports) {
    wasmtime_module_t* module = nullptr;
    wasmtime_error_t* error =
        wasmtime_module_new(wasm::testing::engine(), bytes.data(), bytes.size(), &module);
    wasm_trap_t* trap = nullptr;
    if (!error) {
      std::vector<wasmtime_extern_t> items;
      for (const link::CoreDef& def : imports) items.push_back(find(def));
      error = wasmtime_instance_new(context(), module, items.data(), items.size(),
                                    &instances_.emplace_back(), &trap);
      wasmtime_module_delete(module);
    }
    if (error || trap) failure_ = outcome(error, trap);
  }

  std::unique_ptr<wasmtime_store_t, decltype(&wasmtime_store_delete)> store_;
  std::vector<wasmtime_instance_t> instances_;
  std::vector<link::CoreDef> exports_;
  std::string failure_;
};

/// Of a type that is no reference; empty for references.
inline std::string_view number_type(const wasm::ValType& type) {
  switch (type.code) {
    case wasm::ValType::I32:
      return "i32";
    case wasm::ValType::I64:
      return "i64";
    case wasm::ValType::F32:
      return "f32";
    case wasm::ValType::F64:
      return "f64";
    case wasm::ValType::V128:
      return "v128";
    default:
      return {};
  }
}
inline bool has_vector(const wasm::FuncType& type) {
  const auto is_vector = [](const wasm::ValType& v) { return v.code == wasm::ValType::V128; };
  return std::ranges::any_of(type.params, is_vector) ||
         std::ranges::any_of(type.results, is_vector);
}

/// A function in text that calls the function `$f` of that type, with each vector, which the C API
/// cannot pass, as two i64. Empty when references are among its types.
inline std::string split_vectors(const wasm::FuncType& type, std::string_view f) {
  std::string params, results, locals, arguments, take, give;
  std::size_t next = 0;
  for (const wasm::ValType& param : type.params) {
    const std::string_view name = number_type(param);
    if (name.empty()) return {};
    if (name == "v128") {
      params += " i64 i64";
      arguments += format("(i64x2.replace_lane 1 (i64x2.splat (local.get {})) (local.get {})) ",
                          next, next + 1);
      next += 2;
    } else {
      params += format(" {}", name);
      arguments += format("(local.get {}) ", next++);
    }
  }
  for (const wasm::ValType& result : type.results) {
    const std::string_view name = number_type(result);
    if (name.empty()) return {};
    const std::size_t local = next++;
    locals += format(" {}", name);
    take = format("(local.set {}) ", local) + take;
    results += name == "v128" ? std::string(" i64 i64") : format(" {}", name);
    give += name == "v128" ? format(
                                 "(i64x2.extract_lane 0 (local.get {0})) "
                                 "(i64x2.extract_lane 1 (local.get {0})) ",
                                 local)
                           : format("(local.get {}) ", local);
  }
  return format("(param{}) (result{}) (local{}) {}(call {}) {}{}", params, results, locals,
                arguments, f, take, give);
}

/// Exports the functions that a core instance exports, by their names; with vectors split.
inline void export_functions(PlanBuilder& builder, link::CoreInstanceId instance,
                             const wasm::Module& module) {
  std::string imports, functions;
  std::vector<link::CoreDef> wrapped;
  std::vector<std::string> names;
  for (const wasm::Export& item : module.exports) {
    if (item.kind != wasm::ExternKind::Func) continue;
    const wasm::FuncType& type = *module.func_type(module.functions[item.index]).value();
    const std::string name(item.name);
    if (!has_vector(type)) {
      builder.export_func(name, func_of(instance, name));
      continue;
    }
    const std::string func = format("$f{}", names.size());
    const std::string body = split_vectors(type, func);
    if (body.empty()) continue;
    imports += format("(import \"m\" \"f\" (func {}", func);
    for (const wasm::ValType& param : type.params)
      imports += format("(param {})", number_type(param));
    for (const wasm::ValType& result : type.results)
      imports += format("(result {})", number_type(result));
    imports += "))\n";
    functions += format("(func (export \"{}\") {})\n", names.size(), body);
    wrapped.push_back(func_of(instance, name));
    names.push_back(name);
  }
  if (names.empty()) return;
  const auto wrapper = builder.instance("(module " + imports + functions + ")", wrapped);
  for (std::size_t i = 0; i < names.size(); ++i) {
    builder.export_func(names[i], func_of(wrapper, std::to_string(i)));
  }
}

}  // namespace favo::fuse::testing
