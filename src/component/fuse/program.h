#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/index.h"
#include "base/result.h"
#include "component/link/plan.h"

/// What the runtime must know about a fused module, beside its code. It is stored in the artifact,
/// so it holds no pointer into the component and is small (a few KiB).
namespace favo::fuse {

using Slot = Index<struct SlotTag>;  ///< into Program::slots

/// An export of the fused module, for the host's use; named `s0`, `s1`, … in slot order.
enum class SlotKind : std::uint8_t { Func, Memory };

/// Canonical options, resolved to exports.
struct Options {
  std::uint32_t component = 0;  ///< into Program::components
  link::StringEncoding string_encoding = link::StringEncoding::Utf8;
  std::optional<Slot> memory, realloc, post_return, callback;
  bool async = false;
};

/// What an import of the fused module stands for. Its core signature is the lowered one plus a last
/// result, an i32: 0 done, 1 pending (see fuse.h).
struct HostCall {
  std::string interface, name, type_text;
  Options options;
};
struct ResourceNew {
  std::uint32_t component, resource;
};
/// (handle: i32) -> (), or, for a resource with a guest's destructor, -> i64: the representation to
/// destroy, or -1.
struct ResourceDrop {
  std::uint32_t component, resource;
};
struct ResourceRep {
  std::uint32_t component, resource;
};
/// Strings on their way from one memory to another, where code of the engine is faster than wasm.
/// `src`, `dst` are addresses that were checked, `n` counts code units of the source; a pair is
/// code units read | bytes written << 32. Malformed text traps. Spec: `store_string_into_range`.
enum class Transcode : std::uint8_t {
  Utf8,                 ///< (src, n, dst) -> (): validates and copies
  Utf16,                ///< (src, n, dst) -> (): validates and copies
  Latin1ToUtf16,        ///< (src, n, dst) -> ()
  Utf8ToUtf16,          ///< (src, n, dst) -> code units
  Latin1ToUtf8,         ///< (src, n, dst, room) -> pair: as much as fits
  Utf16ToUtf8,          ///< (src, n, dst, room) -> pair: as much as fits
  Utf8ToLatin1,         ///< (src, n, dst) -> pair: up to what Latin-1 cannot express
  Utf16ToLatin1,        ///< (src, n, dst) -> pair: up to what Latin-1 cannot express
  Utf8ToCompactUtf16,   ///< (src, n, dst, latin1) -> code units: widens that many bytes at `dst`,
  Utf16ToCompactUtf16,  ///< (src, n, dst, latin1) -> code units: then appends the rest
  Utf16ToCompact,       ///< (src, n, dst) -> tagged length: UTF-16, narrowed if all is Latin-1
};
struct TranscodeString {
  Transcode op;
  Slot from, to;  ///< memories
};
/// (handle: i32) -> i32: an owned handle moves from one component's table to another's.
struct TransferOwn {
  std::uint32_t from, to, resource;
};
/// (handle: i32) -> i32: lends to a component, for the call that `EnterCall` began, what a handle
/// stands for.
struct TransferBorrow {
  std::uint32_t from, to, resource;
};
/// (handle: i32) -> i32: the same for the component that defines the resource: its `rep`.
struct LendRep {
  std::uint32_t component, resource;
};
/// () -> (): a call begins that borrows.
struct EnterCall {};
/// () -> (): it ends: traps if the callee kept what it borrowed.
struct ExitCall {};
/// (memory: i32, pages: i64) -> i32: 1 when within the budget.
struct MemoryGrow {};
/// (table: i32, elements: i64) -> i32.
struct TableGrow {};
/// () -> (): never returns.
struct Trap {
  std::string message;
};
/// () -> (): the one import that suspends.
struct Wait {};
/// (`AdapterTrap`: i32) -> (): never returns.
struct TrapWith {};

/// Why generated code traps.
enum class AdapterTrap : std::uint8_t {
  CannotLeave,
  CannotEnter,
  InvalidChar,
  InvalidDiscriminant,
  ListTooLong,
  StringTooLong,
  UnalignedPointer,
  PointerOutOfBounds,
  UncaughtException,
};
constexpr AdapterTrap kLastAdapterTrap = AdapterTrap::UncaughtException;
std::string_view to_string(AdapterTrap trap);

using ImportKind = std::variant<HostCall, ResourceNew, ResourceDrop, ResourceRep, TranscodeString,
                                TransferOwn, TransferBorrow, LendRep, EnterCall, ExitCall,
                                MemoryGrow, TableGrow, Trap, Wait, TrapWith>;

/// An import of the fused module, in its order; `module`/`field` as written there.
struct Import {
  std::string module;
  std::string field;
  std::vector<types::Flat> params, results;  ///< the core signature
  ImportKind kind;
};

struct HostResource {
  std::string interface, name;
};
struct GuestResource {
  std::uint32_t component;
  std::string name;
  std::optional<Slot> destructor;
};
using Resource = std::variant<HostResource, GuestResource>;

struct FuncExport {
  std::string interface, name, type_text;
  Slot func;
  Options options;
};

/// A memory of the fused module, in its order.
struct Memory {
  std::uint32_t component = 0;  ///< whose it is: into Program::components
  std::uint64_t initial_bytes = 0;
};

struct Program {
  std::vector<SlotKind> slots;
  std::vector<std::string> components;  ///< paths
  std::vector<Import> imports;
  std::vector<Resource> resources;
  std::vector<FuncExport> exports;
  /// What the embedder calls first, `() -> ()`: the start functions of all core instances, in
  /// order.
  std::optional<Slot> start;
  std::uint64_t initial_memory_bytes = 0;    ///< summed over all memories
  std::uint64_t initial_table_elements = 0;  ///< summed over all tables
  std::vector<Memory> memories;
  /// Memories are exported as `m0`, `m1`, …, mutable globals as `g0`, `g1`, …: so many.
  std::uint32_t globals = 0;
  /// Why these are not all that a start function may change, as a clause about "it"; empty: they
  /// are.
  std::string other_state;
  std::uint32_t tables = 0;
  /// Figures for `favo inspect`.
  std::uint32_t core_modules = 0, functions = 0, direct_calls = 0;
};

}  // namespace favo::fuse
