#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/index.h"
#include "component/link/plan.h"

namespace favo::fuse {

/// Which component instances need to know at run time whether they may be entered and left, and
/// the flags for it: mutable globals of the fused module, 1 when it may.
/// Spec: CanonicalABI.md, "Component Instances".
///
/// - `may_leave` is 0 while the instance's `realloc` or `post-return` runs. An instance without
///   these never needs the flag.
/// - `may_enter` is 0 while the instance or one of its children runs. It can be met as 0 only where
///   calls lead in a circle, which takes a parent whose destructor a child causes to run.
///   Everywhere else the flag would be written and never be found to be 0, so there is none.
///
/// A call between an instance and one that it encloses traps always: the specification's text lets
/// such calls pass, its test scripts and the engines do not yet.
class Guards {
 public:
  explicit Guards(const link::Plan& plan);

  /// A flag: the how-manieth of `count()` globals.
  using Flag = std::uint32_t;
  std::uint32_t count() const { return count_; }

  std::optional<Flag> may_leave(std::uint32_t component) const { return may_leave_[component]; }
  /// Whether calls from `caller` into `callee` trap: one encloses the other, or they are the same.
  bool never_enters(std::uint32_t caller, std::uint32_t callee) const {
    return encloses(caller, callee) || encloses(callee, caller);
  }
  /// The `may_enter` flags to test and clear when `caller` (or the host) calls into `callee`.
  /// Spec: `entering_set`.
  std::vector<Flag> entering(std::optional<std::uint32_t> caller, std::uint32_t callee) const;
  /// Whether `caller`'s code could run while a call from it into `callee` is under way.
  bool reaches_back(std::uint32_t caller, std::uint32_t callee) const {
    return circle_[caller] == circle_[callee];
  }

 private:
  void find_leaving(const link::Plan& plan);
  void find_circles(const link::Plan& plan);
  bool encloses(std::uint32_t outer, std::uint32_t inner) const;
  std::vector<std::uint32_t> entering_set(std::optional<std::uint32_t> caller,
                                          std::uint32_t callee) const;

  std::vector<std::optional<std::uint32_t>> parents_;
  std::vector<std::optional<Flag>> may_leave_, may_enter_;  ///< by component
  std::vector<std::uint32_t> circle_;  ///< by component: its strongly connected part
  std::uint32_t count_ = 0;
};

}  // namespace favo::fuse
