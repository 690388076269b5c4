#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "component/link/plan.h"

namespace favo::link {

/// Whether these bytes begin as a core module does, rather than a component.
bool is_core_module(Bytes bytes);

/// A command of WASI preview 1 as an application of one core instance: each function it imports
/// from `wasi_snapshot_preview1` is a host function of that interface, whose WIT type is the core
/// type spelled with u32, u64, f32 and f64; `_start` is an export at the root. The memory it
/// exports as `memory` is the one its pointers are meant for.
///
/// `bytes` must have been validated and outlive the plan.
/// Errors: InvalidComponent for a module that is no such command, with the reason; NotFound for
///         imports that preview 1 does not have.
Result<Plan> link_module(Bytes bytes, const std::string& name);

}  // namespace favo::link
