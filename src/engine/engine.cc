#include "engine/engine.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include <cstddef>
#include <utility>

#include "base/format.h"
#include "engine/proposals.h"
#include "engine/raw.h"
#include "engine/trap_text.h"

namespace favo::engine {
namespace {

constexpr std::ptrdiff_t kHugePage = std::ptrdiff_t{2} << 20;

/// Large code in few page faults: one for 2 MiB instead of one for 64 KiB, where the page cache
/// holds the file in huge pages. So it does if the file was written at one go; with this, also when
/// the kernel has to read it again.
void prefer_huge_pages(wasmtime_module_t* module) {
  void *begin, *end;
  wasmtime_module_image_range(module, &begin, &end);
  const std::ptrdiff_t size = static_cast<char*>(end) - static_cast<char*>(begin);
  if (size >= kHugePage) (void)madvise(begin, static_cast<std::size_t>(size), MADV_HUGEPAGE);
}

/// The engine has turned huge pages off for the process (docs/decisions/engine-changes.md): on
/// again for what asks for them by `madvise`, where the kernel knows this form (Linux 6.18).
void allow_huge_pages_of_code() {
  constexpr unsigned long kOn = 1, kExceptAdvised = 2, kNone = 0;
  (void)prctl(PR_SET_THP_DISABLE, kOn, kExceptAdvised, kNone, kNone);
}

}  // namespace

std::string take_message(wasmtime_error_t* error) {
  wasm_name_t text;
  wasmtime_error_message(error, &text);
  std::string message(text.data, text.size);
  wasm_byte_vec_delete(&text);
  wasmtime_error_delete(error);
  return cause_first(std::move(message));
}

std::string take_message(wasm_trap_t* trap) {
  wasm_message_t text;
  wasm_trap_message(trap, &text);
  // The C API terminates this text with a zero that is part of the size.
  std::string message(text.data, text.size ? text.size - 1 : 0);
  wasm_byte_vec_delete(&text);
  wasm_trap_delete(trap);
  return cause_first(std::move(message));
}

Result<Engine> Engine::create(const Options& options) {
  wasm_config_t* config = wasm_config_new();
  wasmtime_config_epoch_interruption_set(config, true);
  enable_proposals(config);
  wasmtime_config_wasm_exceptions_set(config, options.exceptions);
  wasmtime_config_parallel_compilation_set(config, true);
  // Nobody unwinds guests' frames by tables: the engine has frame pointers.
  wasmtime_config_native_unwind_info_set(config, false);
  wasmtime_config_async_stack_size_set(config, options.fiber_stack);
  wasmtime_config_max_wasm_stack_set(config, options.wasm_stack);
  favo_config_dense_image_size(config, std::uint64_t{256} << 20);

  wasmtime_pooling_allocation_config_t* pool = wasmtime_pooling_allocation_config_new();
  wasmtime_pooling_allocation_config_total_core_instances_set(pool, options.instances);
  wasmtime_pooling_allocation_config_total_stacks_set(pool, options.instances);
  wasmtime_pooling_allocation_config_total_memories_set(pool, options.memories);
  wasmtime_pooling_allocation_config_total_tables_set(pool, options.tables);
  wasmtime_pooling_allocation_config_max_memories_per_module_set(pool, 100);
  wasmtime_pooling_allocation_config_max_tables_per_module_set(pool, 100);
  wasmtime_pooling_allocation_config_max_core_instance_size_set(pool, std::size_t{16} << 20);
  wasmtime_pooling_allocation_config_table_elements_set(pool, 200'000);
  wasmtime_pooling_allocation_config_max_memory_size_set(pool, std::size_t{4} << 30);
  wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(pool,
                                                                     options.memory_keep_resident);
  wasmtime_pooling_allocation_config_table_keep_resident_set(pool, options.table_keep_resident);
  Engine engine;
  engine.scans_pages_ = favo_pooling_pagemap_scan(pool);
  wasmtime_pooling_allocation_strategy_set(config, pool);
  wasmtime_pooling_allocation_config_delete(pool);

  engine.raw_ = wasm_engine_new_with_config(config);
  if (!engine.raw_) return Error(Code::Internal, "the engine refused its configuration");
  allow_huge_pages_of_code();
  return engine;
}

Engine::Engine(Engine&& other) noexcept
    : raw_(std::exchange(other.raw_, nullptr)), scans_pages_(other.scans_pages_) {}
Engine& Engine::operator=(Engine&& other) noexcept {
  std::swap(raw_, other.raw_);
  scans_pages_ = other.scans_pages_;
  return *this;
}
Engine::~Engine() {
  if (raw_) wasm_engine_delete(raw_);
}

Result<void> Engine::validate(Bytes module) const {
  if (wasmtime_error_t* error = wasmtime_module_validate(raw_, module.data(), module.size())) {
    return Error(Code::InvalidComponent, take_message(error));
  }
  return {};
}

Result<Module> Engine::compile(Bytes module) const {
  wasmtime_module_t* raw = nullptr;
  if (wasmtime_error_t* error = wasmtime_module_new(raw_, module.data(), module.size(), &raw)) {
    return Error(Code::InvalidComponent, take_message(error));
  }
  return Module(raw);
}

Result<Module> Engine::deserialize_file(const std::string& path) const {
  wasmtime_module_t* raw = nullptr;
  if (wasmtime_error_t* error = wasmtime_module_deserialize_file(raw_, path.c_str(), &raw)) {
    return Error(Code::Io, take_message(error));
  }
  prefer_huge_pages(raw);
  return Module(raw);
}

void Engine::advance_epoch() const { wasmtime_engine_increment_epoch(raw_); }

std::string_view Engine::compatibility() {
  return "wasmtime " WASMTIME_VERSION " cranelift pooling epoch no-unwind-info all-proposals 3";
}

ModuleExport::ModuleExport(ModuleExport&& other) noexcept
    : raw_(std::exchange(other.raw_, nullptr)) {}
ModuleExport& ModuleExport::operator=(ModuleExport&& other) noexcept {
  std::swap(raw_, other.raw_);
  return *this;
}
ModuleExport::~ModuleExport() {
  if (raw_) favo_module_export_delete(raw_);
}

Module::Module(Module&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
Module& Module::operator=(Module&& other) noexcept {
  std::swap(raw_, other.raw_);
  return *this;
}
Module::~Module() {
  if (raw_) wasmtime_module_delete(raw_);
}

Result<std::vector<std::uint8_t>> Module::serialize() const {
  wasm_byte_vec_t bytes;
  if (wasmtime_error_t* error = wasmtime_module_serialize(raw_, &bytes)) {
    return Error(Code::Internal, take_message(error));
  }
  std::vector<std::uint8_t> copy(bytes.data, bytes.data + bytes.size);
  wasm_byte_vec_delete(&bytes);
  return copy;
}

Result<ModuleExport> Module::find_export(std::string_view name) const {
  ModuleExport found;
  found.raw_ =
      favo_module_export(raw_, reinterpret_cast<const std::uint8_t*>(name.data()), name.size());
  if (!found.raw_) return error(Code::NotFound, "the module has no export {:?}", name);
  return found;
}

}  // namespace favo::engine
