#include "component/runtime/snapshot.h"

#include <algorithm>
#include <cstring>

#include "base/format.h"

namespace favo::runtime {
namespace {

/// What is compared at once: whoever differs in one byte of it is copied whole.
constexpr std::size_t kBlock = 64;

bool is_zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

bool same(const engine::GlobalValue& a, const engine::GlobalValue& b) {
  switch (a.kind) {
    case WASMTIME_I32:
    case WASMTIME_F32:
      return a.of.i32 == b.of.i32;
    case WASMTIME_I64:
    case WASMTIME_F64:
      return a.of.i64 == b.of.i64;
    default:
      return std::memcmp(a.of.v128, b.of.v128, sizeof a.of.v128) == 0;
  }
}

wasmtime_extern_t item_of(engine::Store& store, const engine::ModuleExport& from) {
  wasmtime_extern_t item{};
  store.export_of(from, item);
  return item;
}

}  // namespace

Result<std::unique_ptr<Snapshot>> Snapshot::create(const PreInstance& pre) {
  const fuse::Program& program = pre.program();
  if (!program.other_state.empty())
    return error(Code::Unsupported, "no snapshot of its start can be taken: {}",
                 program.other_state);
  std::unique_ptr<Snapshot> made(new Snapshot);
  for (std::size_t i = 0; i < program.memories.size(); ++i)
    made->memory_exports_.push_back(FAVO_TRY(pre.module().find_export(format("m{}", i))));
  for (std::size_t i = 0; i < program.globals; ++i)
    made->global_exports_.push_back(FAVO_TRY(pre.module().find_export(format("g{}", i))));
  return made;
}

std::unique_ptr<const Snapshot::State> Snapshot::begin(engine::Store& store) {
  Stage expected = Stage::Wanted;
  if (!stage_.compare_exchange_strong(expected, Stage::BeingTaken, std::memory_order_acquire))
    return nullptr;
  auto state = std::make_unique<State>();
  for (const engine::ModuleExport& from : memory_exports_) {
    const wasmtime_memory_t memory = item_of(store, from).of.memory;
    const auto bytes = engine::memory_bytes(store.context(), memory);
    state->memories.push_back(
        {engine::memory_pages(store.context(), memory), {bytes.begin(), bytes.end()}});
  }
  for (const engine::ModuleExport& from : global_exports_)
    state->globals.push_back(engine::global_value(store.context(), item_of(store, from).of.global));
  return state;
}

Result<void> Snapshot::take(engine::Store& store, const State& before,
                            std::span<const handles::HandleTable> tables) {
  tables_.clear();
  for (const handles::HandleTable& table : tables) {
    auto copy = table.copy();
    if (!copy) {
      stage_.store(Stage::Impossible, std::memory_order_relaxed);
      return std::move(copy).error();
    }
    tables_.push_back(std::move(*copy));
  }
  memories_.assign(memory_exports_.size(), {});
  bytes_.clear();
  for (std::size_t i = 0; i < memories_.size(); ++i) {
    const wasmtime_memory_t memory = item_of(store, memory_exports_[i]).of.memory;
    memories_[i].grown_pages =
        engine::memory_pages(store.context(), memory) - before.memories[i].pages;
    compare(before.memories[i].bytes, engine::memory_bytes(store.context(), memory), memories_[i]);
  }
  globals_.clear();
  for (std::size_t i = 0; i < global_exports_.size(); ++i) {
    const engine::GlobalValue value =
        engine::global_value(store.context(), item_of(store, global_exports_[i]).of.global);
    if (!same(before.globals[i], value)) globals_.push_back({i, value});
  }
  stage_.store(Stage::Taken, std::memory_order_release);
  return {};
}

void Snapshot::compare(Bytes before, Bytes after, Memory& memory) {
  for (std::size_t at = 0; at < after.size(); at += kBlock) {
    const Bytes now = after.subspan(at, std::min(kBlock, after.size() - at));
    // What it has grown by was zero.
    const bool differs = at < before.size()
                             ? !std::ranges::equal(now, before.subspan(at, now.size()))
                             : !is_zero(now);
    if (!differs) continue;
    if (!memory.runs.empty() && memory.runs.back().to + memory.runs.back().size == at) {
      memory.runs.back().size += now.size();
    } else {
      memory.runs.push_back({at, now.size()});
    }
    bytes_.insert(bytes_.end(), now.begin(), now.end());
  }
}

Result<void> Snapshot::apply(engine::Store& store, std::span<handles::HandleTable> tables,
                             void* host) const {
  const std::uint8_t* from = bytes_.data();
  for (std::size_t i = 0; i < memories_.size(); ++i) {
    const Memory& memory = memories_[i];
    if (memory.grown_pages == 0 && memory.runs.empty()) continue;
    const wasmtime_memory_t item = item_of(store, memory_exports_[i]).of.memory;
    if (memory.grown_pages > 0)
      FAVO_TRY(engine::grow_memory(store.context(), item, memory.grown_pages));
    std::uint8_t* const to = engine::memory_bytes(store.context(), item).data();
    for (const Run& run : memory.runs) {
      std::memcpy(to + run.to, from, run.size);
      from += run.size;
    }
  }
  for (const Global& changed : globals_) {
    const wasmtime_global_t global = item_of(store, global_exports_[changed.index]).of.global;
    engine::set_global(store.context(), global, changed.value);
  }
  for (std::size_t i = 0; i < tables_.size(); ++i) FAVO_TRY(tables[i].begin_with(tables_[i], host));
  return {};
}

}  // namespace favo::runtime
