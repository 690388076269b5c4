#include "engine/store.h"

#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "engine/raw.h"

namespace favo::engine {
namespace {

wasm_valtype_t* to_raw(ValueType type) {
  switch (type) {
    case ValueType::I32:
      return wasm_valtype_new(WASM_I32);
    case ValueType::I64:
      return wasm_valtype_new(WASM_I64);
    case ValueType::F32:
      return wasm_valtype_new(WASM_F32);
    case ValueType::F64:
      return wasm_valtype_new(WASM_F64);
  }
  return nullptr;
}

wasm_valtype_vec_t to_raw(std::span<const ValueType> types) {
  wasm_valtype_vec_t raw;
  wasm_valtype_vec_new_uninitialized(&raw, types.size());
  for (std::size_t i = 0; i < types.size(); ++i) raw.data[i] = to_raw(types[i]);
  return raw;
}

extern "C" void begin_wait(void* ready, wasmtime_caller_t* caller, const wasmtime_val_t*, size_t,
                           wasmtime_val_t*, size_t, wasm_trap_t**,
                           wasmtime_async_continuation_t* continuation) {
  continuation->callback = reinterpret_cast<WaitReady>(ready);
  continuation->env = caller_data(caller);
  continuation->finalizer = nullptr;
}

}  // namespace

Trap make_trap(std::string_view message) {
  return wasmtime_trap_new(message.data(), message.size());
}

void* caller_data(wasmtime_caller_t* caller) {
  return wasmtime_context_get_data(wasmtime_caller_context(caller));
}

Linker::Linker(const Engine& engine) : raw_(wasmtime_linker_new(engine.raw())), engine_(engine) {}
Linker::~Linker() { wasmtime_linker_delete(raw_); }

Result<void> Linker::define(std::string_view module, std::string_view field,
                            std::span<const ValueType> params, std::span<const ValueType> results,
                            HostFunction function, void* env) {
  wasm_valtype_vec_t raw_params = to_raw(params);
  wasm_valtype_vec_t raw_results = to_raw(results);
  wasm_functype_t* type = wasm_functype_new(&raw_params, &raw_results);
  wasmtime_error_t* error = wasmtime_linker_define_func_unchecked(
      raw_, module.data(), module.size(), field.data(), field.size(), type, function, env, nullptr);
  wasm_functype_delete(type);
  if (error) return Error(Code::Internal, take_message(error));
  return {};
}

Result<void> Linker::define_wait(std::string_view module, std::string_view field, WaitReady ready) {
  wasm_functype_t* type = wasm_functype_new_0_0();
  wasmtime_error_t* error = wasmtime_linker_define_async_func(
      raw_, module.data(), module.size(), field.data(), field.size(), type, begin_wait,
      reinterpret_cast<void*>(ready), nullptr);
  wasm_functype_delete(type);
  if (error) return Error(Code::Internal, take_message(error));
  return {};
}

Result<PreInstance> Linker::finish(const Module& module) {
  wasmtime_instance_pre_t* pre = nullptr;
  if (wasmtime_error_t* error = wasmtime_linker_instantiate_pre(raw_, module.raw(), &pre)) {
    return Error(Code::Internal, take_message(error));
  }
  return PreInstance(pre);
}

PreInstance::PreInstance(PreInstance&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
PreInstance& PreInstance::operator=(PreInstance&& other) noexcept {
  std::swap(raw_, other.raw_);
  return *this;
}
PreInstance::~PreInstance() {
  if (raw_) wasmtime_instance_pre_delete(raw_);
}

void Store::open(const Engine& engine, void* data, std::uint64_t slice) {
  close();
  raw_ = wasmtime_store_new(engine.raw(), data, nullptr);
  context_ = wasmtime_store_context(raw_);
  wasmtime_context_set_epoch_deadline(context_, slice);
  wasmtime_context_epoch_deadline_async_yield_and_update(context_, slice);
}

void Store::close() {
  // The future first: it borrows the store.
  if (future_) favo_future_delete(std::exchange(future_, nullptr));
  if (error_) wasmtime_error_delete(std::exchange(error_, nullptr));
  if (raw_) wasmtime_store_delete(std::exchange(raw_, nullptr));
  context_ = nullptr;
  has_task_func_ = false;
}

Store::Progress Store::settle() {
  if (future_) return Progress::Suspended;
  if (!error_) return Progress::Done;
  failure_ = take_message(std::exchange(error_, nullptr));
  return Progress::Failed;
}

Store::Progress Store::instantiate(const PreInstance& pre) {
  future_ = favo_instantiate(pre.raw(), context_, &instance_, &error_);
  return settle();
}

Store::Progress Store::call(const wasmtime_func_t& func, std::span<const std::uint32_t> params) {
  for (std::size_t i = 0; i < params.size(); ++i)
    values_[i].i32 = static_cast<std::int32_t>(params[i]);
  func_ = func;
  future_ = favo_call(context_, &func_, values_, std::size(values_), &error_);
  return settle();
}

Trap Store::run_task(void* store, wasmtime_caller_t*, Value*, std::size_t) {
  const Store& self = *static_cast<const Store*>(store);
  return self.task_(self.task_data_);
}

Store::Progress Store::run(Task task, void* data) {
  if (!has_task_func_) {
    wasm_functype_t* type = wasm_functype_new_0_0();
    wasmtime_func_new_unchecked(context_, type, run_task, this, nullptr, &task_func_);
    wasm_functype_delete(type);
    has_task_func_ = true;
  }
  task_ = task;
  task_data_ = data;
  future_ = favo_call(context_, &task_func_, nullptr, 0, &error_);
  return settle();
}

Store::Progress Store::poll() {
  if (favo_future_poll(future_)) favo_future_delete(std::exchange(future_, nullptr));
  return settle();
}

bool Store::export_of(const ModuleExport& item, wasmtime_extern_t& out) {
  return favo_instance_export(context_, &instance_, item.raw(), &out);
}

Result<void> call_nested(wasmtime_context_t* context, const wasmtime_func_t& func, Value* values,
                         std::size_t count) {
  wasm_trap_t* trap = nullptr;
  wasmtime_error_t* error = wasmtime_func_call_unchecked(context, &func, values, count, &trap);
  if (error) return Error(Code::Trap, take_message(error));
  if (trap) return Error(Code::Trap, take_message(trap));
  return {};
}

std::span<std::uint8_t> memory_bytes(wasmtime_context_t* context, const wasmtime_memory_t& memory) {
  return {wasmtime_memory_data(context, &memory), wasmtime_memory_data_size(context, &memory)};
}

std::uint64_t memory_pages(wasmtime_context_t* context, const wasmtime_memory_t& memory) {
  return wasmtime_memory_size(context, &memory);
}

Result<void> grow_memory(wasmtime_context_t* context, const wasmtime_memory_t& memory,
                         std::uint64_t pages) {
  std::uint64_t before = 0;
  wasmtime_error_t* failed = wasmtime_memory_grow(context, &memory, pages, &before);
  if (failed) return Error(Code::LimitExceeded, take_message(failed));
  return {};
}

GlobalValue global_value(wasmtime_context_t* context, const wasmtime_global_t& global) {
  GlobalValue value;
  wasmtime_global_get(context, &global, &value);
  return value;
}

void set_global(wasmtime_context_t* context, const wasmtime_global_t& global,
                const GlobalValue& value) {
  wasmtime_error_t* failed = wasmtime_global_set(context, &global, &value);
  FAVO_CHECK(!failed);
}

}  // namespace favo::engine
