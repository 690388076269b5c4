#pragma once

#include <wasmtime.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"

struct favo_future_t;

namespace favo::engine {

/// A core value without its type: 16 bytes, as the engine's unchecked calls take it.
using Value = wasmtime_val_raw_t;

/// Core value types of host functions and calls.
enum class ValueType : std::uint8_t { I32, I64, F32, F64 };

/// A trap on its way into the guest; owned by the engine once returned.
using Trap = wasm_trap_t*;
/// A trap with this message. Cost: renders no backtrace until it is asked for one.
Trap make_trap(std::string_view message);

/// A host function: parameters come in `values`, results go out there. `env` as given to `define`.
/// Must not throw; returns null or a trap. Runs on the guest's fiber: small frames, no recursion.
using HostFunction = Trap (*)(void* env, wasmtime_caller_t* caller, Value* values,
                              std::size_t count);
/// The store's `data` during a host call.
void* caller_data(wasmtime_caller_t* caller);

/// What a suspending import polls: false keeps the fiber parked.
using WaitReady = bool (*)(void* data);

class PreInstance;

/// Resolves a module's imports by name. Build, then `finish`.
class Linker {
 public:
  explicit Linker(const Engine& engine);
  ~Linker();
  Linker(const Linker&) = delete;
  Linker& operator=(const Linker&) = delete;

  Result<void> define(std::string_view module, std::string_view field,
                      std::span<const ValueType> params, std::span<const ValueType> results,
                      HostFunction function, void* env);
  /// Defines the one import that suspends, `() -> ()`: the fiber is parked until `ready` of the
  /// store's data, which is asked at once and by each resumption.
  Result<void> define_wait(std::string_view module, std::string_view field, WaitReady ready);
  Result<PreInstance> finish(const Module& module);

 private:
  wasmtime_linker_t* raw_;
  const Engine& engine_;
};

/// A module with all imports resolved: instantiating needs no look-up. Threads: any.
class PreInstance {
 public:
  PreInstance(PreInstance&& other) noexcept;
  PreInstance& operator=(PreInstance&& other) noexcept;
  ~PreInstance();
  wasmtime_instance_pre_t* raw() const { return raw_; }

 private:
  friend class Linker;
  explicit PreInstance(wasmtime_instance_pre_t* raw) : raw_(raw) {}
  wasmtime_instance_pre_t* raw_ = nullptr;
};

/// One instance, its memory and its fiber. At most one of `instantiate` and `call` is under way;
/// `poll` drives it.
///
/// Threads: one shard. Destroying it while a call is suspended unwinds the guest.
class Store {
 public:
  enum class Progress : std::uint8_t {
    Suspended,  ///< parked in `wait`, or at the end of its time slice
    Done,
    Failed,  ///< see `failure()`; the instance is dead
  };

  Store() = default;
  ~Store() { close(); }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// `data`: what host functions get. `slice`: epochs until a computing guest yields to the loop.
  void open(const Engine& engine, void* data, std::uint64_t slice);
  bool is_open() const { return raw_ != nullptr; }
  /// Frees everything; an unfinished call is unwound.
  void close();

  Progress instantiate(const PreInstance& pre);
  /// Starts calling `func` on a fiber. REQUIRES: it takes these i32 parameters, at most 4, and
  /// returns at most one value, an i32: nothing is checked.
  Progress call(const wasmtime_func_t& func, std::span<const std::uint32_t> params);
  /// Runs host code on a fiber: it may call guest functions by `call_nested`, one after another,
  /// and is suspended with them. It must not throw; returns null or a trap. `data` as given here.
  using Task = Trap (*)(void* data);
  Progress run(Task task, void* data);
  /// Goes on with what is suspended. REQUIRES: the last progress was Suspended.
  Progress poll();
  /// The i32 result of the finished call.
  std::uint32_t result() const { return static_cast<std::uint32_t>(values_[0].i32); }
  /// The engine's text with the guest's backtrace. REQUIRES: Failed.
  const std::string& failure() const { return failure_; }

  /// Finds an export of the instance. Cost: an array access, no name.
  bool export_of(const ModuleExport& item, wasmtime_extern_t& out);
  wasmtime_context_t* context() const { return context_; }

 private:
  /// After a step; `future_` is what is left to be done.
  Progress settle();
  static Trap run_task(void* store, wasmtime_caller_t*, Value*, std::size_t);

  wasmtime_store_t* raw_ = nullptr;
  wasmtime_context_t* context_ = nullptr;
  favo_future_t* future_ = nullptr;
  wasmtime_instance_t instance_{};
  wasmtime_func_t func_{};
  wasmtime_func_t task_func_{};  ///< calls `task_`; made when first wanted
  bool has_task_func_ = false;
  Task task_ = nullptr;
  void* task_data_ = nullptr;
  Value values_[4] = {};  ///< a call's parameters, and then its result
  wasmtime_error_t* error_ = nullptr;
  std::string failure_;
};

/// Calls a guest function from inside a host function, on the same fiber. The text of the trap when
/// it fails: the caller must then return a trap at once.
Result<void> call_nested(wasmtime_context_t* context, const wasmtime_func_t& func, Value* values,
                         std::size_t count);

/// The bytes of a memory now; they move or grow only by a call into the guest, or `grow_memory`.
std::span<std::uint8_t> memory_bytes(wasmtime_context_t* context, const wasmtime_memory_t& memory);
/// In pages of its own size.
std::uint64_t memory_pages(wasmtime_context_t* context, const wasmtime_memory_t& memory);
/// Errors: LimitExceeded, when it cannot have so many more.
Result<void> grow_memory(wasmtime_context_t* context, const wasmtime_memory_t& memory,
                         std::uint64_t pages);

/// A global's value, and its type.
using GlobalValue = wasmtime_val_t;
GlobalValue global_value(wasmtime_context_t* context, const wasmtime_global_t& global);
/// REQUIRES: the global is mutable, and of the value's type.
void set_global(wasmtime_context_t* context, const wasmtime_global_t& global,
                const GlobalValue& value);

}  // namespace favo::engine
