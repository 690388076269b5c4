#include <string>
#include <utility>

#include "base/unsupported.h"
#include "component/link/canon.h"

namespace favo::link {
namespace {

using binary::Builtin;
using types::Flat;

/// A core signature in letters: `i` for i32, `l` for i64.
struct Signature {
  std::string_view params, results;
};

/// Of the built-ins whose signature is fixed. Spec: CanonicalABI.md, "Canonical Definitions".
Signature fixed_signature(Builtin builtin) {
  switch (builtin) {
    case Builtin::BackpressureInc:
    case Builtin::BackpressureDec:
    case Builtin::TaskCancel:
      return {"", ""};

    case Builtin::StreamNew:
    case Builtin::FutureNew:
      return {"", "l"};  // both ends, packed
    case Builtin::StreamRead:
    case Builtin::StreamWrite:
      return {"iii", "i"};  // end, pointer, count
    case Builtin::FutureRead:
    case Builtin::FutureWrite:
      return {"ii", "i"};  // end, pointer

    case Builtin::SubtaskCancel:
    case Builtin::StreamCancelRead:
    case Builtin::StreamCancelWrite:
    case Builtin::FutureCancelRead:
    case Builtin::FutureCancelWrite:
      return {"i", "i"};

    case Builtin::SubtaskDrop:
    case Builtin::StreamDropReadable:
    case Builtin::StreamDropWritable:
    case Builtin::FutureDropReadable:
    case Builtin::FutureDropWritable:
    case Builtin::ErrorContextDrop:
    case Builtin::WaitableSetDrop:
    case Builtin::ThreadResumeLater:
      return {"i", ""};

    case Builtin::ErrorContextNew:
      return {"ii", "i"};  // pointer, length
    case Builtin::ErrorContextDebugMessage:
      return {"ii", ""};  // error context, pointer
    case Builtin::WaitableSetWait:
    case Builtin::WaitableSetPoll:
      return {"ii", "i"};  // set, pointer
    case Builtin::WaitableJoin:
      return {"ii", ""};  // waitable, set

    case Builtin::WaitableSetNew:
    case Builtin::ThreadIndex:
    case Builtin::ThreadSuspend:
    case Builtin::ThreadYield:
    case Builtin::ThreadAvailableParallelism:
      return {"", "i"};
    case Builtin::ThreadNewIndirect:
    case Builtin::ThreadSpawnIndirect:
      return {"ii", "i"};  // function, context
    case Builtin::ThreadSuspendThenResume:
    case Builtin::ThreadYieldThenResume:
    case Builtin::ThreadSuspendThenPromote:
    case Builtin::ThreadYieldThenPromote:
      return {"i", "i"};  // thread

    case Builtin::TaskReturn:
    case Builtin::ContextGet:
    case Builtin::ContextSet:
    case Builtin::ThreadSpawnRef:
      break;  // depend on their immediates
  }
  std::unreachable();
}

std::vector<Flat> flat_types(std::string_view letters) {
  std::vector<Flat> flat;
  for (const char letter : letters) flat.push_back(letter == 'l' ? Flat::I64 : Flat::I32);
  return flat;
}

/// Takes the lifted result like parameters: flat, or as one pointer when there are too many.
Result<std::vector<Flat>> task_return_params(State& state, TypeResolver& types, const Frame& frame,
                                             const binary::CanonBuiltin& builtin) {
  if (!builtin.result) return std::vector<Flat>();
  const TypeId result = FAVO_TRY(types.value_type(*builtin.result, frame));
  auto params = types::flatten(state.plan.types, result, types::kMaxFlatParams + 1);
  if (params.size() > types::kMaxFlatParams) params = {Flat::I32};
  return params;
}

std::string_view feature_of(Builtin builtin) {
  switch (builtin) {
    case Builtin::ErrorContextNew:
    case Builtin::ErrorContextDebugMessage:
    case Builtin::ErrorContextDrop:
      return "cm-error-context";
    case Builtin::ThreadIndex:
    case Builtin::ThreadNewIndirect:
    case Builtin::ThreadSpawnIndirect:
    case Builtin::ThreadSpawnRef:
    case Builtin::ThreadResumeLater:
    case Builtin::ThreadSuspend:
    case Builtin::ThreadSuspendThenResume:
    case Builtin::ThreadSuspendThenPromote:
    case Builtin::ThreadYieldThenResume:
    case Builtin::ThreadYieldThenPromote:
    case Builtin::ThreadAvailableParallelism:
      return "cm-threading";
    default:
      return "cm-async";
  }
}

}  // namespace

Result<TrapCall> trapping_builtin(State& state, TypeResolver& types, const Frame& frame,
                                  const binary::CanonBuiltin& builtin) {
  TrapCall trap{std::string(to_string(builtin.builtin)), {}, {}};
  state.plan.unbuilt.emplace(feature_of(builtin.builtin));
  switch (builtin.builtin) {
    case Builtin::TaskReturn:
      trap.params = FAVO_TRY(task_return_params(state, types, frame, builtin));
      return trap;
    case Builtin::ContextGet:
    case Builtin::ContextSet: {
      constexpr std::uint8_t i64 = 0x7e;
      const bool wide = builtin.value_type && builtin.value_type->code == i64;
      auto& slot = builtin.builtin == Builtin::ContextGet ? trap.results : trap.params;
      slot = {wide ? Flat::I64 : Flat::I32};
      return trap;
    }
    case Builtin::ThreadSpawnRef:
      // Takes a function reference, which no component-level type flattens to.
      return unsupported("cm-threading", "{}", trap.name);
    default: {
      const Signature signature = fixed_signature(builtin.builtin);
      trap.params = flat_types(signature.params);
      trap.results = flat_types(signature.results);
      return trap;
    }
  }
}

}  // namespace favo::link
