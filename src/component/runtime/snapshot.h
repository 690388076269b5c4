#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "component/handles/handle_table.h"
#include "component/runtime/pre_instance.h"
#include "engine/store.h"

namespace favo::runtime {

/// What start functions leave behind, taken from one instance and given to the later ones in their
/// place: their memories and globals begin as those of the first were when its start functions had
/// returned, and each gets its own of the streams and directories that it held. A language's
/// runtime then starts once for all instances of a process.
///
/// All of them share what start functions asked the host: times, the environment, and random
/// numbers, seeds of generators included. So this is for who asks for it.
///
/// Threads: any, once created; one instance takes it while the others run their start functions.
class Snapshot {
 public:
  /// Errors: Unsupported, for an application whose start functions may change more than memories
  ///         and globals of numbers.
  static Result<std::unique_ptr<Snapshot>> create(const PreInstance& pre);

  /// All memories and globals of one instance.
  struct State {
    struct Memory {
      std::uint64_t pages;
      std::vector<std::uint8_t> bytes;
    };
    std::vector<Memory> memories;
    std::vector<engine::GlobalValue> globals;
  };
  /// Asks whether to take it: what there is before the start functions run, for `take`. Null when
  /// it is there, is being taken, or cannot be had.
  std::unique_ptr<const State> begin(engine::Store& store);
  /// After them. Errors: Unsupported when they left behind what others cannot have: nobody tries
  /// again then.
  Result<void> take(engine::Store& store, const State& before,
                    std::span<const handles::HandleTable> tables);
  /// Instead: they did not return, and another instance may try.
  void abandon() { stage_.store(Stage::Wanted, std::memory_order_relaxed); }

  /// Whether it is there.
  bool taken() const { return stage_.load(std::memory_order_acquire) == Stage::Taken; }
  /// Pages by which a memory had grown. REQUIRES: taken.
  std::uint64_t grown_pages(std::size_t memory) const { return memories_[memory].grown_pages; }
  /// Bytes that differ from those of a fresh instance. REQUIRES: taken.
  std::size_t size() const { return bytes_.size(); }
  /// Gives it to a fresh instance. REQUIRES: taken, and nothing of the guest has run.
  /// Errors: LimitExceeded, when the engine cannot grow a memory; Trap, for too many handles.
  Result<void> apply(engine::Store& store, std::span<handles::HandleTable> tables,
                     void* host) const;

 private:
  enum class Stage : std::uint8_t { Wanted, BeingTaken, Taken, Impossible };
  struct Run {
    std::uint64_t to;  ///< in the memory
    std::size_t size;
  };
  struct Memory {
    std::uint64_t grown_pages = 0;
    std::vector<Run> runs;  ///< of bytes that differ, ascending
  };

  Snapshot() = default;
  void compare(Bytes before, Bytes after, Memory& memory);

  std::vector<engine::ModuleExport> memory_exports_, global_exports_;
  std::atomic<Stage> stage_ = Stage::Wanted;
  std::vector<Memory> memories_;
  std::vector<std::uint8_t> bytes_;  ///< of all runs, in order
  struct Global {
    std::size_t index;
    engine::GlobalValue value;
  };
  std::vector<Global> globals_;  ///< those that differ
  std::vector<handles::HandleTable::Copy> tables_;
};

}  // namespace favo::runtime
