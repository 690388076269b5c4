#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <variant>
#include <vector>

#include "component/fuse/code.h"
#include "component/fuse/graph.h"

/// Values on their way from one component instance into another: lifting and lowering in one step,
/// as code of the fused module. Private to `component/fuse`.
/// Spec: CanonicalABI.md, "Loading" to "Flat Lowering".
namespace favo::fuse {

/// Canonical options of one side, as the fused module numbers things.
struct Side {
  std::uint32_t component = 0;
  std::optional<std::uint32_t> memory;
  std::optional<FuncId> realloc;
  link::StringEncoding encoding = link::StringEncoding::Utf8;
  auto operator<=>(const Side&) const = default;
};

/// From where to where. `lends`: the handles that are borrowed must be kept from being dropped
/// meanwhile, so the call has a scope.
struct Crossing {
  Side from, to;
  bool lends = false;
  auto operator<=>(const Crossing&) const = default;
};

/// Where a value lies: at a checked address, or flat in locals.
struct InMemory {
  Local address;
  std::uint32_t offset = 0;

  InMemory at(std::uint64_t more) const {
    return {address, offset + static_cast<std::uint32_t>(more)};
  }
};
using Flats = std::span<const Local>;
using Place = std::variant<InMemory, Flats>;

/// Of a record with these fields.
types::Layout layout_of_fields(const types::TypeTable& table,
                               std::span<const types::TypeId> fields);

/// The helper functions that translations share: one for each type of some size and each crossing,
/// so that code stays as small as the types are written, however often their parts recur.
class Translations {
 public:
  explicit Translations(Graph& graph) : graph_(graph) {}

  /// `from_memory`: takes an address instead of flat values; `to_memory`: takes one more, and
  /// returns nothing.
  FuncId helper(const Crossing& crossing, types::TypeId type, bool from_memory, bool to_memory);
  /// (pointer, length) -> (pointer, length).
  FuncId string_helper(const Crossing& crossing);
  /// Writes all helpers that were asked for. Errors: a plan whose options lack what types need.
  Result<> write_helpers();

  /// What a type contains, at any depth.
  struct Contents {
    bool owns = false;
    bool asynchronous = false;  ///< streams, futures, error contexts
    std::set<types::ResourceId> borrows = {};
  };
  const Contents& contents(types::TypeId type);

  /// About how much code a value takes; saturates.
  std::uint32_t weight(types::TypeId type);
  /// Whether a value is its bytes: no padding, and every combination of bits is valid.
  bool is_plain(types::TypeId type);
  /// The same for a value in core values, where narrow integers are not.
  bool is_plain_flat(types::TypeId type);
  /// Bytes of a value in memory that belong to none of its parts.
  struct Padding {
    std::uint32_t offset, size;
  };
  /// The padding of a record with these fields, if it is its bytes except for a few of these.
  std::optional<std::vector<Padding>> paddings(std::span<const types::TypeId> fields);

  void fail(Error error) {
    if (!failure_) failure_ = std::move(error);
  }

 private:
  friend class Translator;
  struct Helper {
    const Crossing* crossing;
    types::TypeId type;
    bool from_memory, to_memory;
    std::size_t written;
  };
  void write(const Helper& helper);
  Contents compute_contents(types::TypeId type);
  std::uint32_t compute_weight(types::TypeId type);
  bool compute_plain(types::TypeId type);
  bool find_paddings(std::span<const types::TypeId> fields, std::uint32_t offset,
                     std::vector<Padding>& found);

  Graph& graph_;
  std::map<std::tuple<Crossing, types::TypeId, bool, bool>, FuncId> known_;
  std::map<Crossing, FuncId> strings_;
  std::deque<Helper> pending_;
  std::map<types::TypeId, Contents> contents_;
  std::map<types::TypeId, std::uint32_t> weights_;
  std::map<types::TypeId, bool> plain_;
  std::optional<Error> failure_;
};

/// Writes translations into one function.
class Translator {
 public:
  Translator(Graph& graph, Translations& shared, CodeBuilder& code, const Crossing& crossing)
      : graph_(graph), shared_(shared), code_(code), crossing_(crossing) {}

  /// A part of what the function translates: inline, or by a helper when it is large.
  void value(types::TypeId type, const Place& from, const Place& to);
  /// The fields of a record, or the parameters of a function.
  void fields(std::span<const types::TypeId> types, const Place& from, const Place& to);
  /// Inline, whatever its size.
  void inline_value(types::TypeId type, const Place& from, const Place& to);

  /// Room in the destination from its `realloc`, checked; `old` and `size` are locals with byte
  /// counts, `old` may be null. Spec: `LiftLowerContext.reallocate`.
  struct Reallocation {
    const Local* pointer = nullptr;  ///< null: a fresh allocation
    const Local* old_size = nullptr;
    std::uint32_t align = 1;
    Local size;
  };
  void reallocate(const Reallocation& wanted, Local pointer);

  /// Traps unless `pointer` is a multiple of `align`.
  void check_aligned(Local pointer, std::uint32_t align);
  /// Traps unless `size` bytes at `pointer` lie inside the memory of `side`.
  void check_bounds(const Side& side, Local pointer, Local size);
  void check_bounds(const Side& side, Local pointer, std::uint64_t size);
  /// Traps if the i32 on the stack is not 0.
  void trap_if(AdapterTrap why);
  /// Core exceptions must not leave a component: calls stand between these two.
  void begin_call();
  void end_call();

  std::uint32_t memory_of(const Side& side);
  CodeBuilder& code() { return code_; }
  Graph& graph() { return graph_; }

  /// The string function of this crossing: (pointer, length) are parameters 0 and 1, results are
  /// left on the stack. In translate_strings.cc.
  void string_body();

 private:
  void translate(types::Primitive primitive, const Place& from, const Place& to);
  void translate(const types::Record& record, const Place& from, const Place& to);
  void translate(const types::Tuple& tuple, const Place& from, const Place& to);
  void translate(const types::Flags& flags, const Place& from, const Place& to);
  void translate(const types::List& list, const Place& from, const Place& to);
  void translate(const types::Map& map, const Place& from, const Place& to);
  void translate(const types::Own& own, const Place& from, const Place& to);
  void translate(const types::Borrow& borrow, const Place& from, const Place& to);
  void variant(types::TypeId type, const Place& from, const Place& to);
  void unsupported();

  void character(const Place& from, const Place& to);
  void string(const Place& from, const Place& to);
  void list(std::span<const types::TypeId> element, const Place& from, const Place& to);
  void fixed_list(types::TypeId element, std::uint32_t length, const Place& from, const Place& to);
  void elements(std::span<const types::TypeId> element, std::uint32_t size, Local from, Local to,
                Local from_end);
  void clear(std::span<const Translations::Padding> paddings, std::uint32_t size, Local from,
             Local bytes);
  void clear(Local address, std::uint32_t offset, std::uint32_t length);
  void handle(Generated host, const Place& from, const Place& to);

  /// Consecutive cases of a variant with the same payload.
  struct Run {
    std::uint32_t first;
    std::optional<types::TypeId> payload;
  };
  void cases(std::span<const Run> runs, Local discriminant, const Place& from, const Place& to);
  void payload(types::TypeId type, const Place& from, const Place& to);

  void begin_store(const Place& to);
  void load(wasm::Op op, const Place& from, std::uint32_t more = 0);
  void store(wasm::Op op, const Place& to, std::uint32_t more = 0);
  void call_helper(types::TypeId type, const Place& from, const Place& to);
  void push(const Place& place);

  Graph& graph_;
  Translations& shared_;
  CodeBuilder& code_;
  const Crossing& crossing_;
};

}  // namespace favo::fuse
