#pragma once

#include "component/binary/ast.h"
#include "component/link/scope.h"
#include "component/link/state.h"

/// Core instances and core index spaces of a component instance.
namespace favo::link {

/// What a core-level index refers to.
Result<CoreDef> core_item_at(const Frame& frame, binary::Sort sort, std::uint32_t index);

/// Defines a core instance: appended to the plan, or a bag of existing definitions.
Result<void> define_core_instance(State& state, Frame& frame, const binary::CoreInstance& instance);

/// Brings an export of a core instance into its index space.
Result<void> define_core_alias(Frame& frame, binary::Sort sort,
                               const binary::AliasCoreExport& alias);

}  // namespace favo::link
