#include "component/runtime/instance.h"

#include <algorithm>
#include <exception>

#include "base/check.h"
#include "component/runtime/transcode.h"

namespace favo::runtime {
namespace {

constexpr std::uint64_t kPageBytes = 65536;

Instance& instance_of(wasmtime_caller_t* caller) {
  return *static_cast<Instance*>(engine::caller_data(caller));
}

}  // namespace

Result<void> Instance::open(const PreInstance& pre, const Budget& budget, engine::Ticker& ticker,
                            engine::CpuClock& cpu_clock, Owner& owner, void* host_object,
                            Snapshot* snapshot) {
  const fuse::Program& program = pre.program();
  if (program.initial_memory_bytes > budget.memory_bytes) {
    return error(Code::LimitExceeded,
                 "the application starts with {} bytes of memory, its limit is {} (--max-memory)",
                 program.initial_memory_bytes, budget.memory_bytes);
  }
  if (program.initial_table_elements > budget.table_elements) {
    return error(Code::LimitExceeded,
                 "the application starts with {} table elements, its limit is {} "
                 "(--max-table-elements)",
                 program.initial_table_elements, budget.table_elements);
  }
  pre_ = &pre;
  budget_ = budget;
  ticker_ = &ticker;
  cpu_clock_ = &cpu_clock;
  owner_ = &owner;
  snapshot_ = snapshot;
  host = host_object;
  memory_bytes_ = program.initial_memory_bytes;
  part_bytes_.clear();
  if (budget.parts)
    for (const PartBudgets::Part& part : budget.parts->parts)
      part_bytes_.push_back(part.initial_bytes);
  table_elements_ = program.initial_table_elements;
  slots_.assign(program.slots.size(), {});
  tables_.resize(program.components.size());
  handles_ = 0;
  for (handles::HandleTable& table : tables_) table.set_limit(budget.handles, handles_);
  store_.open(pre.engine(), this, engine::kSliceEpochs);
  return {};
}

void Instance::close() {
  if (!pre_) return;
  if (before_start_) snapshot_->abandon();
  before_start_ = nullptr;
  snapshot_outcome_.reset();
  store_.close();
  for (Waiter& waiter : waiters_) waiter.cancel();
  scopes_.clear();
  for (handles::HandleTable& table : tables_) table.clear();
  pre_ = nullptr;
  func_ = nullptr;
  task_ = nullptr;
  asked_ = nullptr;
  parked_ = false;
  cpu_time_ = burst_ = {};
  exceeded_.reset();
  failure_.reset();
}

Instance::Progress Instance::start(const fuse::FuncExport& func,
                                   std::span<const std::uint32_t> params, std::size_t results) {
  func_ = &func;
  param_count_ = params.size();
  result_count_ = results;
  std::ranges::copy(params, params_);
  phase_ = Phase::Instantiating;
  return run(&Instance::begin);
}

Instance::Progress Instance::instantiate() {
  func_ = nullptr;
  phase_ = Phase::Instantiating;
  return run(&Instance::begin);
}

Instance::Progress Instance::enter(Task task) {
  if (failure_) return fail(Error(Code::Trap, "cannot enter component instance"));
  task_ = std::move(task);
  exceeded_.reset();
  phase_ = Phase::InTask;
  return run(&Instance::begin_task);
}

engine::Trap Instance::run_task(void* instance) {
  Instance& self = *static_cast<Instance*>(instance);
  Result<void> done = self.task_();
  if (done) return nullptr;
  engine::Trap trap = engine::make_trap(done.error().message());
  self.failure_ = std::move(done).error();
  return trap;
}

Result<void> Instance::call_core(fuse::Slot func, std::span<engine::Value> values) {
  const wasmtime_func_t callee = FAVO_TRY(function(func.value));
  auto called = engine::call_nested(store_.context(), callee, values.data(), values.size());
  if (!called && exceeded_)
    return error(Code::Trap, "{}\nnote: {}", called.error().message(), exceeded_->message());
  return called;
}

Instance::Progress Instance::resume() { return run(&Instance::proceed); }
Instance::Progress Instance::resume(Clock::time_point until) {
  return run(&Instance::proceed, until);
}

Instance::Progress Instance::run(engine::Store::Progress (Instance::*step)(),
                                 std::optional<Clock::time_point> until) {
  ticker_->busy();
  const engine::CpuClock::Mark began = cpu_clock_->mark();
  const auto is_over = [&] {
    const Clock::time_point now = Clock::now();
    // A slice in which the system ran something else has something left.
    return until ? now >= *until : cpu_clock_->since(began, now) >= kSlice;
  };
  engine::Store::Progress progress = (this->*step)();
  for (;;) {
    if (progress == engine::Store::Progress::Done) {
      const auto further = next();
      if (!further) break;
      progress = *further;
    } else if (progress == engine::Store::Progress::Suspended && !parked_ && !is_over()) {
      // Epochs are the engine's: it was another guest's slice that ended, or one long ago.
      progress = store_.poll();
    } else {
      break;
    }
  }
  paused_at_ = Clock::now();
  const std::chrono::nanoseconds used = cpu_clock_->since(began, paused_at_);
  cpu_time_ += used;
  burst_ += used;
  switch (progress) {
    case engine::Store::Progress::Done:
      return Progress::Done;
    case engine::Store::Progress::Failed: {
      if (failure_) return Progress::Failed;
      std::string text = store_.failure();
      if (exceeded_) text += "\nnote: " + exceeded_->message();
      return fail(Error(Code::Trap, std::move(text)));
    }
    case engine::Store::Progress::Suspended:
      break;
  }
  if (cpu_time_ > budget_.cpu_time) {
    return fail(error(
        Code::LimitExceeded, "the guest used {} ms of CPU time, its limit is {} ms (--max-cpu)",
        cpu_time_ / std::chrono::milliseconds(1), budget_.cpu_time / std::chrono::milliseconds(1)));
  }
  return parked_ ? Progress::Parked : Progress::Yielded;
}

std::optional<engine::Store::Progress> Instance::next() {
  switch (phase_) {
    case Phase::Instantiating:
      phase_ = Phase::Starting;
      if (snapshot_ && snapshot_->taken()) {
        if (auto applied = apply_snapshot(); !applied) {
          failure_ = std::move(applied).error();
          return engine::Store::Progress::Failed;
        }
      } else if (pre_->program_.start) {
        if (snapshot_) before_start_ = snapshot_->begin(store_);
        return call(*pre_->program_.start, {});
      }
      [[fallthrough]];
    case Phase::Starting:
      if (before_start_) take_snapshot();
      if (!func_) return std::nullopt;
      phase_ = Phase::Calling;
      if (auto ready = owner_->before_call(std::span(params_, param_count_)); !ready) {
        failure_ = std::move(ready).error();
        return engine::Store::Progress::Failed;
      }
      return call(func_->func, std::span(params_, param_count_));
    case Phase::Calling:
      result_ = store_.result();
      phase_ = Phase::Returning;
      if (!func_->options.post_return) return std::nullopt;
      return call(*func_->options.post_return, std::span(&result_, result_count_));
    case Phase::Returning:
    case Phase::InTask:
      break;
  }
  return std::nullopt;
}

engine::Store::Progress Instance::call(fuse::Slot slot, std::span<const std::uint32_t> params) {
  const auto func = function(slot.value);
  if (!func) {
    failure_ = func.error();
    return engine::Store::Progress::Failed;
  }
  return store_.call(*func, params);
}

Instance::Progress Instance::fail(Error error) {
  failure_ = std::move(error);
  return Progress::Failed;
}

wasmtime_extern_t* Instance::slot(std::uint32_t index) {
  Slot& slot = slots_[index];
  if (!slot.known) {
    if (!store_.export_of(pre_->slots_[index], slot.item)) return nullptr;
    slot.known = true;
  }
  return &slot.item;
}

Result<wasmtime_func_t> Instance::function(std::uint32_t index) {
  const wasmtime_extern_t* item = slot(index);
  if (!item || item->kind != WASMTIME_EXTERN_FUNC) return FAVO_BUG("an export slot is no function");
  return item->of.func;
}

std::span<std::uint8_t> Instance::memory(std::uint32_t index) {
  Slot& cached = slots_[index];
  if (cached.memory.empty()) {
    const wasmtime_extern_t* item = slot(index);
    if (!item || item->kind != WASMTIME_EXTERN_MEMORY) return {};
    cached.memory = engine::memory_bytes(store_.context(), item->of.memory);
  }
  return cached.memory;
}

Result<std::uint32_t> Instance::allocate(const Options& options, std::uint32_t align,
                                         std::uint32_t size) {
  if (!options.realloc) return Error(Code::Trap, "the function was lowered without a realloc");
  const wasmtime_func_t realloc = FAVO_TRY(function(*options.realloc));
  engine::Value values[4] = {};
  values[2].i32 = static_cast<std::int32_t>(align);
  values[3].i32 = static_cast<std::int32_t>(size);
  FAVO_TRY(engine::call_nested(store_.context(), realloc, values, 4));
  return static_cast<std::uint32_t>(values[0].i32);
}

void Instance::park(std::span<Signal* const> signals) {
  while (waiters_.size() < signals.size()) {
    waiters_.emplace_back([this] { woken(); });
  }
  for (std::size_t i = 0; i < signals.size(); ++i) {
    waiters_[i].cancel();
    signals[i]->add(waiters_[i]);
  }
  parked_ = true;
}

void Instance::woken() {
  if (!parked_) return;  // a second signal in the same turn
  parked_ = false;
  for (Waiter& waiter : waiters_) waiter.cancel();
  // Asked only of those that it can matter to: the clock is not free.
  if (computes_long())
    burst_ -= std::min<std::chrono::nanoseconds>(burst_, Clock::now() - paused_at_);
  owner_->wake();
}

bool Instance::may_go_on(void* instance) { return !static_cast<Instance*>(instance)->parked_; }

engine::Trap Instance::trap_of(Error error) { return engine::make_trap(error.message()); }

engine::Trap Instance::host_call(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                 std::size_t) {
  const Binding& binding = *static_cast<const Binding*>(env);
  Instance& self = instance_of(caller);
  const bool resumed = self.asked_ == &binding;
  if (!resumed) self.scratch = 0;
  self.asked_ = nullptr;
  abi::Context context(self, binding.options);
  abi::Call call(self, binding.options, resumed);
  abi::HostFunction::Outcome outcome;
  try {
    outcome = binding.function->invoke(*binding.function, context, call, values);
  } catch (const std::exception& exception) {
    // Nothing may unwind into the engine's frames.
    return self.trap_of(FAVO_BUG(exception.what()));
  }
  if (outcome == abi::HostFunction::Outcome::Failed) {
    return self.trap_of(std::move(*context.error()));
  }
  const bool pending = outcome == abi::HostFunction::Outcome::Pending;
  if (pending) self.asked_ = &binding;
  values[binding.results - 1].i32 = pending;
  return nullptr;
}

engine::Trap Instance::resource_new(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                    std::size_t) {
  const Binding& binding = *static_cast<const Binding*>(env);
  Instance& self = instance_of(caller);
  auto handle = self.handles(binding.options.component)
                    .add(*binding.resource, static_cast<std::uint32_t>(values[0].i32));
  if (!handle) return self.trap_of(std::move(handle).error());
  values[0].i32 = static_cast<std::int32_t>(*handle);
  return nullptr;
}

engine::Trap Instance::resource_rep(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                    std::size_t) {
  const Binding& binding = *static_cast<const Binding*>(env);
  Instance& self = instance_of(caller);
  auto rep = self.handles(binding.options.component)
                 .rep(*binding.resource, static_cast<std::uint32_t>(values[0].i32));
  if (!rep) return self.trap_of(std::move(rep).error());
  values[0].i32 = static_cast<std::int32_t>(*rep);
  return nullptr;
}

engine::Trap Instance::resource_drop(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                     std::size_t) {
  const Binding& binding = *static_cast<const Binding*>(env);
  Instance& self = instance_of(caller);
  auto dropped = self.handles(binding.options.component)
                     .drop(*binding.resource, static_cast<std::uint32_t>(values[0].i32));
  if (!dropped) return self.trap_of(std::move(dropped).error());
  // Where the guest has a destructor, generated code asks for what to destroy, and calls it.
  const bool asks = binding.results == 1;
  if (asks) values[0].i64 = -1;
  if (!dropped->own) {
    self.scopes_.dropped(dropped->scope);
  } else if (binding.resource->destroy) {
    binding.resource->destroy(dropped->rep);
  } else if (asks) {
    values[0].i64 = static_cast<std::int64_t>(dropped->rep);
  }
  return nullptr;
}

engine::Trap Instance::transcode_string(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                        std::size_t) {
  const Binding& binding = *static_cast<const Binding*>(env);
  Instance& self = instance_of(caller);
  const auto argument = [values](int i) { return static_cast<std::uint32_t>(values[i].i32); };
  const std::uint32_t extra = binding.parameters == 4 ? argument(3) : 0;
  const auto result = transcode(binding.strings.op, self.memory(binding.strings.from.value),
                                self.memory(binding.strings.to.value),
                                {argument(0), argument(1), argument(2), extra});
  if (!result) return self.trap_of(result.error());
  if (binding.results == 1) values[0].i64 = static_cast<std::int64_t>(*result);
  return nullptr;
}

engine::Trap Instance::transfer_own(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                    std::size_t) {
  const Binding& binding = *static_cast<const Binding*>(env);
  Instance& self = instance_of(caller);
  auto rep = self.handles(binding.options.component)
                 .remove_own(*binding.resource, static_cast<std::uint32_t>(values[0].i32));
  if (!rep) return self.trap_of(std::move(rep).error());
  auto handle = self.handles(binding.taker).add(*binding.resource, *rep);
  if (!handle) {
    if (binding.resource->destroy) binding.resource->destroy(*rep);
    return self.trap_of(std::move(handle).error());
  }
  values[0].i32 = static_cast<std::int32_t>(*handle);
  return nullptr;
}

engine::Trap Instance::transfer_borrow(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                       std::size_t) {
  const Binding& binding = *static_cast<const Binding*>(env);
  Instance& self = instance_of(caller);
  auto rep = self.scopes_.lend(self.handles(binding.options.component), *binding.resource,
                               static_cast<std::uint32_t>(values[0].i32));
  if (!rep) return self.trap_of(std::move(rep).error());
  auto handle = self.scopes_.borrow(self.handles(binding.taker), *binding.resource, *rep);
  if (!handle) return self.trap_of(std::move(handle).error());
  values[0].i32 = static_cast<std::int32_t>(*handle);
  return nullptr;
}

engine::Trap Instance::lend_rep(void* env, wasmtime_caller_t* caller, engine::Value* values,
                                std::size_t) {
  const Binding& binding = *static_cast<const Binding*>(env);
  Instance& self = instance_of(caller);
  auto rep = self.scopes_.lend(self.handles(binding.options.component), *binding.resource,
                               static_cast<std::uint32_t>(values[0].i32));
  if (!rep) return self.trap_of(std::move(rep).error());
  values[0].i32 = static_cast<std::int32_t>(*rep);
  return nullptr;
}

engine::Trap Instance::enter_call(void*, wasmtime_caller_t* caller, engine::Value*, std::size_t) {
  instance_of(caller).scopes_.enter();
  return nullptr;
}

engine::Trap Instance::exit_call(void*, wasmtime_caller_t* caller, engine::Value*, std::size_t) {
  Instance& self = instance_of(caller);
  auto ended = self.scopes_.exit();
  if (!ended) return self.trap_of(std::move(ended).error());
  return nullptr;
}

engine::Trap Instance::trap_with(void*, wasmtime_caller_t*, engine::Value* values, std::size_t) {
  return engine::make_trap(to_string(static_cast<fuse::AdapterTrap>(values[0].i32)));
}

std::optional<Instance::PartMemory> Instance::part_memory(std::uint32_t memory) {
  if (!budget_.parts || memory >= budget_.parts->by_memory.size()) return std::nullopt;
  const std::uint32_t index = budget_.parts->by_memory[memory];
  if (index == PartBudgets::kNone) return std::nullopt;
  return PartMemory{part_bytes_[index], budget_.parts->parts[index]};
}

bool Instance::grant_memory(std::uint32_t memory, std::uint64_t pages) {
  const auto part = part_memory(memory);
  const std::uint64_t free = budget_.memory_bytes - memory_bytes_;
  if (pages > free / kPageBytes) {
    exceeded_ = error(Code::LimitExceeded,
                      "the guest asked for {} bytes of memory more than the {} it has; its limit "
                      "is {} (--max-memory)",
                      pages * kPageBytes, memory_bytes_, budget_.memory_bytes);
    return false;
  }
  if (part && pages > (part->part.memory_bytes - part->bytes) / kPageBytes) {
    exceeded_ =
        error(Code::LimitExceeded,
              "the component {0} asked for {1} bytes of memory more than the {2} it has; its limit "
              "is {3} (memory in [component.{0}.limit])",
              part->part.name, pages * kPageBytes, part->bytes, part->part.memory_bytes);
    return false;
  }
  memory_bytes_ += pages * kPageBytes;
  if (part) part->bytes += pages * kPageBytes;
  for (Slot& slot : slots_) slot.memory = {};
  return true;
}

engine::Trap Instance::memory_grow(void*, wasmtime_caller_t* caller, engine::Value* values,
                                   std::size_t) {
  values[0].i32 = instance_of(caller).grant_memory(static_cast<std::uint32_t>(values[0].i32),
                                                   static_cast<std::uint64_t>(values[1].i64));
  return nullptr;
}

Result<void> Instance::apply_snapshot() {
  for (std::uint32_t i = 0; i < pre_->program_.memories.size(); ++i)
    if (!grant_memory(i, snapshot_->grown_pages(i))) return std::move(*exceeded_);
  return snapshot_->apply(store_, tables_, host);
}

void Instance::take_snapshot() {
  snapshot_outcome_ = snapshot_->take(store_, *before_start_, tables_);
  before_start_ = nullptr;
}

engine::Trap Instance::table_grow(void*, wasmtime_caller_t* caller, engine::Value* values,
                                  std::size_t) {
  Instance& self = instance_of(caller);
  const auto elements = static_cast<std::uint64_t>(values[1].i64);
  const bool granted = elements <= self.budget_.table_elements - self.table_elements_;
  if (granted) {
    self.table_elements_ += elements;
  } else {
    self.exceeded_ =
        error(Code::LimitExceeded,
              "the guest asked for {} table elements more than the {} it has; its limit is {} "
              "(--max-table-elements)",
              elements, self.table_elements_, self.budget_.table_elements);
  }
  values[0].i32 = granted;
  return nullptr;
}

engine::Trap Instance::trap_call(void* env, wasmtime_caller_t*, engine::Value*, std::size_t) {
  return engine::make_trap(static_cast<const Binding*>(env)->message);
}

}  // namespace favo::runtime
