#include "component/validate/canon.h"

/// The core types of built-ins. Spec: CanonicalABI.md, "Canonical Definitions"; Explainer.md,
/// "Canonical Built-ins".
namespace favo::validate {

namespace {

using binary::Builtin;
using wasm::ValType;

constexpr ValType kI32{ValType::I32};
constexpr ValType kI64{ValType::I64};

wasm::FuncType type(std::vector<ValType> params, std::vector<ValType> results) {
  return {std::move(params), std::move(results)};
}

class BuiltinTyper {
 public:
  BuiltinTyper(const TypeArena& arena, const CoreTypes& core, Scope& scope,
               const Features& features, const binary::CanonBuiltin& builtin, std::size_t offset)
      : arena_(arena),
        core_(core),
        scope_(scope),
        features_(features),
        builtin_(builtin),
        offset_(offset) {}

  Result<wasm::FuncType> type_of() {
    FAVO_TRY(check_enabled());
    switch (builtin_.builtin) {
      case Builtin::BackpressureInc:
      case Builtin::BackpressureDec:
      case Builtin::TaskCancel:
        return type({}, {});
      case Builtin::TaskReturn:
        return task_return();
      case Builtin::ContextGet:
        return type({}, {FAVO_TRY(context())});
      case Builtin::ContextSet:
        return type({FAVO_TRY(context())}, {});
      case Builtin::SubtaskCancel:
        FAVO_TRY(require_more_builtins(builtin_.async));
        return type({kI32}, {kI32});

      case Builtin::StreamNew:
      case Builtin::FutureNew:
        FAVO_TRY(element());
        return type({}, {kI64});
      case Builtin::StreamRead:
      case Builtin::StreamWrite: {
        const ValType pointer = FAVO_TRY(copy());
        return type({kI32, pointer, pointer}, {pointer});
      }
      case Builtin::FutureRead:
      case Builtin::FutureWrite:
        return type({kI32, FAVO_TRY(copy())}, {kI32});
      case Builtin::StreamCancelRead:
      case Builtin::StreamCancelWrite:
      case Builtin::FutureCancelRead:
      case Builtin::FutureCancelWrite:
        FAVO_TRY(element());
        FAVO_TRY(require_more_builtins(builtin_.async));
        return type({kI32}, {kI32});
      case Builtin::StreamDropReadable:
      case Builtin::StreamDropWritable:
      case Builtin::FutureDropReadable:
      case Builtin::FutureDropWritable:
        FAVO_TRY(element());
        return type({kI32}, {});

      case Builtin::ErrorContextNew: {
        const ValType pointer = FAVO_TRY(error_context(false));
        return type({pointer, pointer}, {kI32});
      }
      case Builtin::ErrorContextDebugMessage:
        return type({kI32, FAVO_TRY(error_context(true))}, {});

      case Builtin::WaitableSetWait:
      case Builtin::WaitableSetPoll:
        return type({kI32, FAVO_TRY(event_pointer())}, {kI32});
      case Builtin::WaitableJoin:
        return type({kI32, kI32}, {});

      case Builtin::SubtaskDrop:
      case Builtin::ErrorContextDrop:
      case Builtin::WaitableSetDrop:
      case Builtin::ThreadResumeLater:
        return type({kI32}, {});
      case Builtin::WaitableSetNew:
      case Builtin::ThreadIndex:
      case Builtin::ThreadSuspend:
      case Builtin::ThreadYield:
        return type({}, {kI32});
      case Builtin::ThreadNewIndirect:
        return new_thread();
      case Builtin::ThreadSuspendThenResume:
      case Builtin::ThreadYieldThenResume:
      case Builtin::ThreadSuspendThenPromote:
      case Builtin::ThreadYieldThenPromote:
        return type({kI32}, {kI32});

      case Builtin::ThreadSpawnRef:
      case Builtin::ThreadSpawnIndirect:
      case Builtin::ThreadAvailableParallelism:
        break;
    }
    return fail(offset_, "`{}` needs shared-everything-threads, which are not supported",
                binary::to_string(builtin_.builtin));
  }

 private:
  Result<void> check_enabled() const {
    switch (builtin_.builtin) {
      case Builtin::ErrorContextNew:
      case Builtin::ErrorContextDebugMessage:
      case Builtin::ErrorContextDrop:
        return require(features_.error_context);
      case Builtin::ThreadIndex:
      case Builtin::ThreadNewIndirect:
      case Builtin::ThreadResumeLater:
      case Builtin::ThreadSuspend:
      case Builtin::ThreadSuspendThenResume:
      case Builtin::ThreadYieldThenResume:
      case Builtin::ThreadSuspendThenPromote:
      case Builtin::ThreadYieldThenPromote:
      case Builtin::ThreadSpawnRef:
      case Builtin::ThreadSpawnIndirect:
      case Builtin::ThreadAvailableParallelism:
        return require(features_.threading);
      default:
        return require(features_.async);
    }
  }
  Result<void> require(bool enabled) const {
    if (enabled) return {};
    return fail(offset_, "`{}` is not enabled", binary::to_string(builtin_.builtin));
  }
  Result<void> require_more_builtins(bool when) const {
    if (!when || features_.async_builtins) return {};
    return fail(offset_, "this form of `{}` is not enabled", binary::to_string(builtin_.builtin));
  }

  Result<wasm::FuncType> task_return() const {
    FuncType func;
    if (builtin_.result) {
      const TypeRef result = FAVO_TRY(scope_.value_type(*builtin_.result, features_, offset_));
      if (arena_.facts(result).contains_borrow) {
        return fail(offset_, "`task.return` result cannot contain a `borrow` type");
      }
      func.params.emplace_back("result", result);
    }
    const CanonOptions options = FAVO_TRY(checked_options());
    if (options.realloc || options.async) {
      return fail(offset_, "cannot specify `{}` option on `task.return`",
                  options.async ? "async" : "realloc");
    }
    return core_signature(arena_, func, options, Direction::Lower, offset_);
  }

  /// The type of the thread-local storage, the same all over a component.
  Result<ValType> context() const {
    const std::string_view name = binary::to_string(builtin_.builtin);
    const ValType slot = to_val_type(builtin_.value_type.value_or(binary::CoreValType{0x7f, {}}));
    if (slot != kI32 && (slot != kI64 || !features_.cm64)) {
      return fail(offset_, "`{}` only supports `i32`{}", name, features_.cm64 ? " and `i64`" : "");
    }
    // The specification gives every thread two slots; its validators give the second with threads.
    if (builtin_.slot > (features_.threading ? 1u : 0u)) {
      return fail(offset_, "`{}` immediate must be zero{}: {}", name,
                  features_.threading ? " or one" : "", builtin_.slot);
    }
    if (scope_.context_type.value_or(slot) != slot) {
      return fail(offset_, "`{}` type must match previous context type", name);
    }
    scope_.context_type = slot;
    return slot;
  }

  bool is_stream() const {
    return builtin_.builtin >= Builtin::StreamNew &&
           builtin_.builtin <= Builtin::StreamDropWritable;
  }

  /// The element type of the stream or future that the built-in is about.
  Result<std::optional<TypeRef>> element() const {
    const binary::TypeIndex index = builtin_.type.value_or(binary::TypeIndex());
    const TypeRef end = FAVO_TRY(scope_.type(index, TypeRef::Kind::Value, offset_));
    const types::Type& node = arena_.node(end);
    const bool fits = is_stream() ? std::holds_alternative<types::Stream>(node)
                                  : std::holds_alternative<types::Future>(node);
    if (!fits) {
      return fail(offset_, "`{}` requires a {} type", binary::to_string(builtin_.builtin),
                  is_stream() ? "stream" : "future");
    }
    const std::vector<TypeRef>& parts = arena_.value(end).parts;
    return parts.empty() ? std::optional<TypeRef>() : parts[0];
  }

  /// Reads and writes: they copy elements from or to memory, by pointers of this type.
  Result<ValType> copy() const {
    const bool is_read =
        builtin_.builtin == Builtin::StreamRead || builtin_.builtin == Builtin::FutureRead;
    const auto element = FAVO_TRY(this->element());
    const CanonOptions options = FAVO_TRY(checked_options());
    FAVO_TRY(require_more_builtins(!options.async));
    FAVO_TRY(options.need_memory(element.has_value(), offset_));
    const bool allocates = is_read && element && arena_.facts(*element).contains_pointer;
    FAVO_TRY(options.need_realloc(allocates, offset_));
    return val_type_of(options.pointer);
  }

  /// The type of the pointers by which messages are passed.
  Result<ValType> error_context(bool allocates) const {
    const CanonOptions options = FAVO_TRY(checked_options());
    if (options.async) {
      return fail(offset_, "cannot specify `async` option on `{}`",
                  binary::to_string(builtin_.builtin));
    }
    FAVO_TRY(options.need_memory(true, offset_));
    FAVO_TRY(options.need_realloc(allocates, offset_));
    return val_type_of(options.pointer);
  }

  Result<ValType> event_pointer() const {
    const binary::CoreMemoryIndex memory = builtin_.memory.value_or(binary::CoreMemoryIndex());
    return val_type_of(FAVO_TRY(check_memory(scope_, features_, memory.value, offset_)));
  }

  Result<wasm::FuncType> new_thread() const {
    const binary::CoreTypeIndex index = builtin_.core_type.value_or(binary::CoreTypeIndex());
    const CoreTypeId start = FAVO_TRY(scope_.core_type(index.value, offset_));
    const wasm::FuncType* func = core_.func(start);
    const bool fits = func && func->results.empty() && func->params.size() == 1 &&
                      (func->params[0] == kI32 || (func->params[0] == kI64 && features_.cm64));
    if (!fits) {
      return fail(offset_, "start function must take a single `i32`{} and return nothing",
                  features_.cm64 ? " or `i64`" : "");
    }
    const auto table = FAVO_TRY(
        scope_.core_table(builtin_.table.value_or(binary::CoreTableIndex()).value, offset_));
    if (!core_.matches(table.element, wasm::kFuncRef) || table.limits.shared) {
      return fail(offset_, "table is not a table of (ref null (func))");
    }
    if (table.limits.is64 && !features_.cm64) return fail(offset_, "table is not a 32-bit table");
    return type({table.limits.is64 ? kI64 : kI32, func->params[0]}, {kI32});
  }

  Result<CanonOptions> checked_options() const {
    CanonOptions options =
        FAVO_TRY(check_options(core_, scope_, features_, builtin_.options, offset_));
    FAVO_TRY(options.refuse_lift_only(offset_));
    return options;
  }

  const TypeArena& arena_;
  const CoreTypes& core_;
  Scope& scope_;
  const Features& features_;
  const binary::CanonBuiltin& builtin_;
  std::size_t offset_;
};

}  // namespace

Result<wasm::FuncType> builtin_type(const TypeArena& arena, const CoreTypes& core, Scope& scope,
                                    const Features& features, const binary::CanonBuiltin& builtin,
                                    std::size_t offset) {
  return BuiltinTyper(arena, core, scope, features, builtin, offset).type_of();
}

}  // namespace favo::validate
