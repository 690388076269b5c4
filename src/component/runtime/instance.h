#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "component/abi/guest.h"
#include "component/handles/call_scopes.h"
#include "component/runtime/pre_instance.h"
#include "component/runtime/snapshot.h"
#include "engine/store.h"
#include "engine/ticker.h"

namespace favo::runtime {

/// Memory that parts of an application have as budgets of their own, within that of all.
struct PartBudgets {
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Part {
    std::string name;
    std::uint64_t memory_bytes = 0;   ///< all that its memories may have together
    std::uint64_t initial_bytes = 0;  ///< that they have at first; no more than that
  };
  std::vector<Part> parts;
  std::vector<std::uint32_t> by_memory;  ///< Program::memories → into `parts`, or kNone
};

/// Budgets of one instance, summed over all components of the application.
struct Budget {
  std::uint64_t memory_bytes = std::uint64_t{128} << 20;
  std::uint64_t table_elements = 1'000'000;
  std::uint32_t handles = 100'000;
  std::chrono::nanoseconds cpu_time = std::chrono::seconds(1);
  const PartBudgets* parts = nullptr;  ///< null: none has its own; outlives the instance
};

/// A sandbox: one instance of an application, its memories, handles and fiber. Whoever owns it
/// drives it: `start`, then `resume` whenever it was woken, until it is done.
///
/// Tools that call more than one function, or one whose types they learn at run time, call
/// `instantiate` and then `enter` any number of times; see dynamic_call.h.
///
/// The object is meant to be used again: `close` frees the guest and keeps the tables' room.
///
/// Threads: one shard.
class Instance final : public abi::Guest {
 public:
  /// Told that a parked instance can go on. Called from a signal, so it only posts `resume`.
  class Owner {
   public:
    virtual void wake() = 0;
    /// Start functions have returned, and the function that `start` was given is called next, with
    /// these parameters: they can still be written. For handles, which start functions do not see.
    /// An error is the end of the instance.
    virtual Result<void> before_call(std::span<std::uint32_t> /*params*/) { return {}; }

   protected:
    ~Owner() = default;
  };

  enum class Progress : std::uint8_t {
    Parked,   ///< waits for a signal; the owner will be woken
    Yielded,  ///< used up its time slice: resume it after others had their turn
    Done,
    Failed,  ///< see `failure`; the instance is dead
  };

  Instance() = default;
  ~Instance() { close(); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Makes the sandbox ready; nothing of the guest runs yet. `host`: what `Call::host` gives.
  /// `snapshot`: of `pre`; begins with it instead of its start functions, or takes it. Null: none.
  /// REQUIRES: closed. Errors: LimitExceeded when its initial memories exceed the budget.
  Result<void> open(const PreInstance& pre, const Budget& budget, engine::Ticker& ticker,
                    Owner& owner, void* host, Snapshot* snapshot = nullptr);
  /// Unwinds the guest if it runs, and destroys its resources. Not from inside a host function.
  void close();

  /// Gives the guest a resource: the handle, in the table of `component`.
  template <typename R>
  Result<std::uint32_t> give(std::uint32_t component, std::unique_ptr<R> resource) {
    const std::uint32_t handle = FAVO_TRY(tables_[component].add(
        abi::resource_type<R>(), reinterpret_cast<handles::Rep>(resource.get())));
    resource.release();  // the table owns it now
    return handle;
  }

  /// Instantiates, then calls `func` with flat i32 parameters (at most 4). `results`: 1 when it has
  /// a flat result. REQUIRES: its type is that, which nobody checks any more.
  Progress start(const fuse::FuncExport& func, std::span<const std::uint32_t> params,
                 std::size_t results);
  /// Instantiates, and runs the start functions.
  Progress instantiate();
  /// Host code that runs on the guest's fiber, where it may use `call_core`. An error is the end of
  /// the instance, like a trap: hand on those of `call_core` at once.
  using Task = std::move_only_function<Result<void>()>;
  /// Runs `task`, once all that was begun is Done. An instance that failed before cannot be
  /// entered: that fails too, with a trap.
  Progress enter(Task task);
  /// Calls an exported core function. `values`: parameters come there, results go there; room for
  /// the larger number of them. REQUIRES: inside a task, or a host function.
  Result<void> call_core(fuse::Slot func, std::span<engine::Value> values);

  using Clock = std::chrono::steady_clock;
  /// Goes on for one more slice, or until `until`, when somebody ends the slice then
  /// (`engine::SliceTimer`): ends of other guests' slices before it mean nothing.
  /// REQUIRES: the last progress was Parked or Yielded.
  Progress resume();
  Progress resume(Clock::time_point until);
  /// Whether it has computed for more than a slice since it last waited for as long: others should
  /// go first.
  bool computes_long() const { return burst_ >= kSlice; }
  /// The flat i32 result. REQUIRES: Done, and a function with one.
  std::uint32_t result() const { return result_; }
  /// Why it failed: `Trap` with the guest's backtrace, or the limit that was exceeded.
  const Error& failure() const { return *failure_; }

  std::span<const handles::ResourceType* const> resource_types() const {
    return pre_->resource_types();
  }
  std::chrono::nanoseconds cpu_time() const { return cpu_time_; }
  std::uint64_t memory_bytes() const { return memory_bytes_; }
  /// What came of it, if it was this instance that took the snapshot.
  const std::optional<Result<void>>& snapshot_outcome() const { return snapshot_outcome_; }

  // abi::Guest
  std::span<std::uint8_t> memory(std::uint32_t slot) override;
  Result<std::uint32_t> allocate(const Options& options, std::uint32_t align,
                                 std::uint32_t size) override;
  handles::HandleTable& handles(std::uint32_t component) override { return tables_[component]; }
  void park(std::span<Signal* const> signals) override;

 private:
  friend class PreInstance;
  /// The least of what `Ticker` leaves to one slice.
  static constexpr std::chrono::nanoseconds kSlice = std::chrono::milliseconds(1);
  enum class Phase : std::uint8_t { Instantiating, Starting, Calling, Returning, InTask };

  /// What the engine calls; `env` is a `Binding`.
  static engine::Trap host_call(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                std::size_t);
  static engine::Trap resource_new(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                   std::size_t);
  static engine::Trap resource_rep(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                   std::size_t);
  static engine::Trap resource_drop(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                    std::size_t);
  static engine::Trap transcode_string(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                       std::size_t);
  static engine::Trap transfer_own(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                   std::size_t);
  static engine::Trap transfer_borrow(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                      std::size_t);
  static engine::Trap lend_rep(void* env, wasmtime_caller_t* caller, engine::Value* values,
                               std::size_t);
  static engine::Trap enter_call(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                 std::size_t);
  static engine::Trap exit_call(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                std::size_t);
  static engine::Trap trap_with(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                std::size_t);
  static engine::Trap memory_grow(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                  std::size_t);
  static engine::Trap table_grow(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                 std::size_t);
  static engine::Trap trap_call(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                std::size_t);
  static bool may_go_on(void* instance);

  /// `until`: the end of its slice; none: one of the usual length.
  Progress run(engine::Store::Progress (Instance::*step)(),
               std::optional<Clock::time_point> until = {});
  engine::Store::Progress begin() { return store_.instantiate(*pre_->pre_); }
  engine::Store::Progress proceed() { return store_.poll(); }
  engine::Store::Progress begin_task() { return store_.run(run_task, this); }
  static engine::Trap run_task(void* instance);
  /// The step after the one that is done, or none.
  std::optional<engine::Store::Progress> next();
  engine::Store::Progress call(fuse::Slot slot, std::span<const std::uint32_t> params);
  Progress fail(Error error);
  engine::Trap trap_of(Error error);
  Result<wasmtime_func_t> function(std::uint32_t slot);
  wasmtime_extern_t* slot(std::uint32_t index);
  void woken();

  /// What the part that a memory belongs to has of it, if it has a budget of its own.
  struct PartMemory {
    std::uint64_t& bytes;
    const PartBudgets::Part& part;
  };
  std::optional<PartMemory> part_memory(std::uint32_t memory);
  /// Accounts for more memory; false when that exceeds a limit, which is then noted.
  bool grant_memory(std::uint32_t memory, std::uint64_t pages);
  Result<void> apply_snapshot();
  void take_snapshot();

  struct Slot {
    bool known = false;
    wasmtime_extern_t item;
    std::span<std::uint8_t> memory;  ///< empty: to be asked again
  };

  const PreInstance* pre_ = nullptr;
  Budget budget_;
  engine::Ticker* ticker_ = nullptr;
  Owner* owner_ = nullptr;
  engine::Store store_;
  std::vector<Slot> slots_;
  std::uint32_t handles_ = 0;                 ///< in all tables
  std::vector<handles::HandleTable> tables_;  ///< by component
  handles::CallScopes scopes_;
  std::deque<Waiter> waiters_;  ///< kept for their room

  Snapshot* snapshot_ = nullptr;
  std::unique_ptr<const Snapshot::State> before_start_;  ///< while it takes the snapshot
  std::optional<Result<void>> snapshot_outcome_;

  const fuse::FuncExport* func_ = nullptr;
  std::uint32_t params_[4] = {};
  std::size_t param_count_ = 0, result_count_ = 0;
  std::uint32_t result_ = 0;
  Phase phase_ = Phase::Instantiating;
  Task task_;
  const Binding* asked_ = nullptr;  ///< the host call that said "not yet"
  bool parked_ = false;             ///< that call waits for a signal
  std::chrono::nanoseconds cpu_time_{};
  std::chrono::nanoseconds burst_{};  ///< CPU time, less what it waited since
  Clock::time_point paused_at_;       ///< when it last ran
  std::uint64_t memory_bytes_ = 0;
  std::vector<std::uint64_t> part_bytes_;  ///< of those in `budget_.parts`
  std::uint64_t table_elements_ = 0;
  std::optional<Error> exceeded_;  ///< a refused grow, told if the guest then traps
  std::optional<Error> failure_;
};

}  // namespace favo::runtime
