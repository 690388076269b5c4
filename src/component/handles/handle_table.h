#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace favo::handles {

/// What a handle stands for: a pointer for the host's resources, 32 bits for a guest's.
using Rep = std::uintptr_t;

/// How another instance gets its own of a resource that all instances have alike: made for the
/// component that asked for it, whoever holds it now.
struct Recipe {
  /// `host`: what its host functions get as `Call::host`. Null: only its own instance has it.
  Rep (*make)(void* host, const Recipe& recipe) = nullptr;
  std::uint32_t component = 0, index = 0;  ///< tell several apart
};

/// A resource type at run time. Its address is its identity.
struct ResourceType {
  std::string name;  ///< for messages: `wasi:io/streams.input-stream`
  /// Destroys what `rep` stands for; null for a guest's resource, whose destructor is the guest's.
  void (*destroy)(Rep rep) = nullptr;
  /// Null: no resource of this type has one.
  Recipe (*recipe)(Rep rep) = nullptr;
};

/// The handles one component instance holds: a dense map from `u32` to resources.
/// Spec: CanonicalABI.md, "Table State".
///
/// Index 0 is never given out, so a guest's forgotten zero traps instead of aliasing. Freed
/// indices are reused last in, first out: guests can see the order, so it is part of the contract.
///
/// Ownership: the table owns the host's resources in it; `clear` destroys them, youngest index
///            first. A guest's destructors are run by whoever drops the handle, never by the table.
/// Threads:   one shard.
/// Cost:      O(1) per operation; memory follows the highest live index and is kept by `clear`.
/// Errors:    every failure is a `Trap`, because only a guest can cause one.
class HandleTable {
 public:
  /// `limit`: handles alive at once.
  explicit HandleTable(std::uint32_t limit = 100'000) : limit_(limit) {}
  /// From now on the limit counts the handles of all tables that share `total`, which starts at 0,
  /// outlives this and is not reset by `clear`. REQUIRES: empty
  void set_limit(std::uint32_t limit, std::uint32_t& total) {
    limit_ = limit;
    total_ = &total;
  }
  HandleTable(HandleTable&&) noexcept = default;
  HandleTable& operator=(HandleTable&&) noexcept = default;
  ~HandleTable() { clear(); }

  Result<std::uint32_t> add(const ResourceType& type, Rep rep) { return add(type, rep, true, 0); }
  /// A handle that is borrowed for a call, and must be dropped before that ends.
  Result<std::uint32_t> add_borrow(const ResourceType& type, Rep rep, std::uint32_t scope) {
    return add(type, rep, false, scope);
  }
  /// What a handle stands for, owned or borrowed.
  Result<Rep> rep(const ResourceType& type, std::uint32_t handle) const;
  /// Gives up an owned handle: the caller owns the resource. Traps while it is lent.
  Result<Rep> remove_own(const ResourceType& type, std::uint32_t handle);

  struct Dropped {
    Rep rep;
    bool own;
    std::uint32_t scope;  ///< of a borrowed handle
  };
  /// `resource.drop`: the caller destroys the resource if it was owned. Traps while it is lent.
  Result<Dropped> drop(const ResourceType& type, std::uint32_t handle);

  /// What a handle stands for; it cannot be given up until `end_lend`.
  Result<Rep> lend(const ResourceType& type, std::uint32_t handle);
  /// REQUIRES: lent before.
  void end_lend(std::uint32_t handle) { --entries_[handle - 1].lends; }

  std::uint32_t size() const { return live_; }
  void clear();

  /// What is in a table, for others to begin with.
  struct Copy {
    struct Entry {
      const ResourceType* type;  ///< null: free
      Recipe recipe;
      std::uint32_t next_free;
    };
    std::vector<Entry> entries;
    std::uint32_t first_free = 0;
  };
  /// Errors: Unsupported, naming what others cannot have.
  Result<Copy> copy() const;
  /// REQUIRES: empty. Errors: as `add`.
  Result<void> begin_with(const Copy& copy, void* host);

 private:
  struct Entry {
    const ResourceType* type = nullptr;  ///< null: free
    Rep rep = 0;                         ///< of a free entry: the next free index
    bool own = false;
    std::uint32_t scope = 0;  ///< of a borrowed handle: the call it is borrowed for
    std::uint32_t lends = 0;
  };
  Result<std::uint32_t> add(const ResourceType& type, Rep rep, bool own, std::uint32_t scope);
  Result<const Entry*> find(const ResourceType& type, std::uint32_t handle) const;
  static Result<> check_not_lent(const Entry& entry, std::uint32_t handle);
  void free(std::uint32_t handle);

  std::vector<Entry> entries_;    ///< entries_[0] is handle 1
  std::uint32_t first_free_ = 0;  ///< a handle, or 0
  std::uint32_t live_ = 0;
  std::uint32_t limit_;
  std::uint32_t* total_ = nullptr;  ///< null: `live_` alone counts
};

}  // namespace favo::handles
