#pragma once

#include <cstdint>
#include <vector>

#include "component/handles/handle_table.h"

namespace favo::handles {

/// What the calls under way have borrowed, innermost last. While a call lasts, a lent handle stays
/// in its table, and handles that were borrowed for it count; all must be gone when it returns.
/// Spec: CanonicalABI.md, `Task.num_borrows`, `Subtask.lenders`.
///
/// Ownership: borrows the tables given to `lend`; they outlive the calls.
/// Threads:   one shard.
class CallScopes {
 public:
  void enter() { scopes_.push_back({0, lenders_.size()}); }
  /// Gives back what was lent. Errors: Trap when the callee kept something. REQUIRES: entered.
  Result<> exit();

  /// What a handle stands for, lent to the innermost call. REQUIRES: entered.
  Result<Rep> lend(HandleTable& from, const ResourceType& type, std::uint32_t handle);
  /// A handle borrowed for the innermost call. REQUIRES: entered.
  Result<std::uint32_t> borrow(HandleTable& to, const ResourceType& type, Rep rep);
  /// A handle that was borrowed for call `scope` is dropped.
  void dropped(std::uint32_t scope) {
    if (scope < scopes_.size()) --scopes_[scope].borrows;
  }

  bool entered() const { return !scopes_.empty(); }
  /// After a trap: the tables are cleared too.
  void clear();

 private:
  struct Scope {
    std::uint32_t borrows;
    std::size_t lenders;  ///< how many handles earlier calls have lent
  };
  struct Lender {
    HandleTable* table;
    std::uint32_t handle;
  };
  std::vector<Scope> scopes_;
  std::vector<Lender> lenders_;
};

}  // namespace favo::handles
