#include "component/handles/call_scopes.h"

#include "base/format.h"

namespace favo::handles {

Result<> CallScopes::exit() {
  const Scope scope = scopes_.back();
  if (scope.borrows != 0) {
    return error(Code::Trap, "{} borrowed handles still remain at the end of the call",
                 scope.borrows);
  }
  for (; lenders_.size() > scope.lenders; lenders_.pop_back()) {
    lenders_.back().table->end_lend(lenders_.back().handle);
  }
  scopes_.pop_back();
  return {};
}

Result<Rep> CallScopes::lend(HandleTable& from, const ResourceType& type, std::uint32_t handle) {
  const Rep rep = FAVO_TRY(from.lend(type, handle));
  lenders_.push_back({&from, handle});
  return rep;
}

Result<std::uint32_t> CallScopes::borrow(HandleTable& to, const ResourceType& type, Rep rep) {
  const auto scope = static_cast<std::uint32_t>(scopes_.size() - 1);
  const std::uint32_t handle = FAVO_TRY(to.add_borrow(type, rep, scope));
  ++scopes_[scope].borrows;
  return handle;
}

void CallScopes::clear() {
  scopes_.clear();
  lenders_.clear();
}

}  // namespace favo::handles
