#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

struct wasm_engine_t;
struct wasmtime_module;
struct favo_module_export_t;

/// A thin, owning layer over Wasmtime's core C API: the only code that sees it. Components do not
/// exist here.
namespace favo::engine {

class Module;

/// Compiles and runs core modules; one per process. Instances come from a pool of slots that are
/// reset and used again, so starting one costs no `mmap`.
///
/// Threads: all methods from any thread.
class Engine {
 public:
  struct Options {
    /// Instances alive at once in the process; address space is reserved for them, not memory.
    std::uint32_t instances = 10'000;
    /// Memories and tables of all instances together.
    std::uint32_t memories = 12'000;
    std::uint32_t tables = 12'000;
    /// Written bytes of a memory that stay with the slot for its next use and are reset by copying;
    /// what lies beyond goes back to the kernel.
    std::size_t memory_keep_resident = std::size_t{64} << 20;
    std::size_t table_keep_resident = std::size_t{1} << 20;
    std::size_t fiber_stack = std::size_t{2} << 20;  ///< bytes, per suspended guest, reserved
    std::size_t wasm_stack = std::size_t{1} << 20;   ///< bytes a guest's frames may take
    bool exceptions = true;                          ///< the core language's proposal
  };

  static Result<Engine> create(const Options& options);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  /// Whether the engine accepts a core module; the error is its text.
  Result<void> validate(Bytes module) const;
  /// Cranelift, on all cores. Seconds for large modules.
  Result<Module> compile(Bytes module) const;
  /// Maps code written by `Module::serialize`. Only for files that Favo wrote itself and whose
  /// integrity was checked: it is native code.
  Result<Module> deserialize_file(const std::string& path) const;

  /// Ends the current time slice of every running guest. Async-signal-safe.
  void advance_epoch() const;

  /// What compiled code depends on: engine version and settings, as a line for cache keys.
  static std::string_view compatibility();
  /// Whether the kernel reports written pages, so that resetting a memory costs little.
  bool scans_pages() const { return scans_pages_; }

  wasm_engine_t* raw() const { return raw_; }

 private:
  Engine() = default;
  wasm_engine_t* raw_ = nullptr;
  bool scans_pages_ = false;
};

/// An export of one module, resolved once; `Store::export_of` finds an instance's item by it.
class ModuleExport {
 public:
  ModuleExport() = default;
  ModuleExport(ModuleExport&& other) noexcept;
  ModuleExport& operator=(ModuleExport&& other) noexcept;
  ~ModuleExport();
  const favo_module_export_t* raw() const { return raw_; }

 private:
  friend class Module;
  favo_module_export_t* raw_ = nullptr;
};

/// Compiled code. Threads: any.
class Module {
 public:
  Module(Module&&) noexcept;
  Module& operator=(Module&&) noexcept;
  ~Module();

  Result<std::vector<std::uint8_t>> serialize() const;
  Result<ModuleExport> find_export(std::string_view name) const;
  wasmtime_module* raw() const { return raw_; }

 private:
  friend class Engine;
  explicit Module(wasmtime_module* raw) : raw_(raw) {}
  wasmtime_module* raw_ = nullptr;
};

}  // namespace favo::engine
