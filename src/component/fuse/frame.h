#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "component/fuse/code.h"
#include "component/fuse/graph.h"

namespace favo::fuse {

/// The start and the end of functions that keep flags (`Guards`).
class Frame {
 public:
  Frame(Graph& graph, const std::vector<types::Flat>& params) : graph_(graph), code_(params) {}

  CodeBuilder& code() { return code_; }

  /// `global`: a flag.
  void trap_unless(std::uint32_t global, AdapterTrap why) {
    code_.op(wasm::Op::GlobalGet, global);
    code_.op(wasm::Op::I32Eqz);
    code_.open(wasm::Op::If);
    code_.i32(static_cast<std::uint32_t>(why));
    code_.call(graph_.trap_with());
    code_.op(wasm::Op::Unreachable);
    code_.end();
  }
  /// Spec: `trap_if(not inst.may_leave)`.
  void check_may_leave(std::uint32_t component) {
    const auto flag = graph_.guards.may_leave(component);
    if (flag) trap_unless(graph_.global(*flag), AdapterTrap::CannotLeave);
  }
  void set_may_leave(std::uint32_t component, std::uint32_t value) {
    const auto flag = graph_.guards.may_leave(component);
    if (flag) set(graph_.global(*flag), value);
  }
  /// Spec: `may_enter_from`, `enter_from`; the host has no `caller`.
  void enter(std::optional<std::uint32_t> caller, std::uint32_t callee) {
    entered_ = graph_.guards.entering(caller, callee);
    for (const auto flag : entered_) trap_unless(graph_.global(flag), AdapterTrap::CannotEnter);
    for (const auto flag : entered_) set(graph_.global(flag), 0);
  }
  /// Spec: `leave_to`, for what `enter` entered.
  void leave() {
    for (const auto flag : entered_) set(graph_.global(flag), 1);
  }

 private:
  void set(std::uint32_t global, std::uint32_t value) {
    code_.i32(value);
    code_.op(wasm::Op::GlobalSet, global);
  }

  Graph& graph_;
  CodeBuilder code_;
  std::vector<Guards::Flag> entered_;
};

}  // namespace favo::fuse
