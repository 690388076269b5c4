#pragma once

#include "component/binary/ast.h"
#include "component/link/scope.h"
#include "component/link/state.h"
#include "component/link/type_resolver.h"

namespace favo::link {

/// Interprets a canonical definition: a lift adds a function to the frame, everything else a core
/// function. Spec: CanonicalABI.md, "Canonical Definitions".
///
/// Errors: `Unsupported` for a built-in whose core signature `TrapCall` cannot express.
Result<void> define_canon(State& state, TypeResolver& types, Frame& frame,
                          const binary::Canon& canon);

/// A function of the host as a core function. Those that are lowered alike share one import; type
/// texts come at the end, when all resources have their names. REQUIRES: `func` is a `HostFunc`.
CoreDef lower_host(State& state, const Func* func, Options options);

/// The core function of a built-in that only traps so far, with the core signature that the
/// specification gives it, so that modules importing it still link.
Result<TrapCall> trapping_builtin(State& state, TypeResolver& types, const Frame& frame,
                                  const binary::CanonBuiltin& builtin);

}  // namespace favo::link
