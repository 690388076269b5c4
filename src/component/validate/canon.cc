#include "component/validate/canon.h"

namespace favo::validate {

namespace {

using wasm::ValType;

constexpr ValType kI32{ValType::I32};
constexpr std::size_t kMaxFlatAsyncParams = 4;

ValType to_val_type(types::Flat flat) {
  switch (flat) {
    case types::Flat::I32:
      return kI32;
    case types::Flat::I64:
      return {ValType::I64};
    case types::Flat::F32:
      return {ValType::F32};
    case types::Flat::F64:
      return {ValType::F64};
  }
  std::unreachable();
}

/// Appends the flat types of a value up to one more than `limit`, which shows the excess.
void append_flat(const TypeArena& arena, TypeRef type, std::size_t limit, types::PointerSize size,
                 std::vector<ValType>& out) {
  for (types::Flat flat : types::flatten(arena.table(), arena.structure(type), limit + 1, size)) {
    if (out.size() > limit) return;
    out.push_back(to_val_type(flat));
  }
}

bool contains_pointer(const TypeArena& arena, TypeRef type) {
  return arena.facts(type).contains_pointer;
}

Result<wasm::FuncType> signature_of(const CoreTypes& core, const Scope& scope,
                                    binary::CoreFuncIndex func, std::size_t offset) {
  return *core.func(FAVO_TRY(scope.core_func(func.value, offset)));
}

/// Handles one `canon`; a visitor.
class Canon {
 public:
  Canon(TypeArena& arena, CoreTypes& core, Scope& scope, const Features& features,
        std::size_t offset)
      : arena_(arena), core_(core), scope_(scope), features_(features), offset_(offset) {}

  Result<void> operator()(const binary::CanonLift& lift) {
    const TypeRef type = FAVO_TRY(scope_.type(lift.type, TypeRef::Kind::Func, offset_));
    const wasm::FuncType found = FAVO_TRY(signature_of(core_, scope_, lift.func, offset_));
    const CanonOptions options =
        FAVO_TRY(check_options(core_, scope_, features_, lift.options, offset_));
    const FuncType& func = arena_.func(type);
    if (options.post_return) {
      const wasm::FuncType& post_return = *core_.func(*options.post_return);
      if (post_return.params != found.results || !post_return.results.empty()) {
        return fail(offset_,
                    "canonical option `post-return` uses a core function with type {}, "
                    "expected {}",
                    text_of(post_return), text_of({found.results, {}}));
      }
    }
    if (options.async && !options.callback && !features_.async_stackful) {
      return fail(offset_, "`async` without `callback` is not enabled");
    }
    FAVO_TRY(check_asyncness(options, func));
    const wasm::FuncType expected =
        FAVO_TRY(core_signature(arena_, func, options, Direction::Lift, offset_));
    if (found != expected) {
      return fail(offset_, "lifting {} takes a core function {}, but core function {} is {}",
                  arena_.text(func), text_of(expected), lift.func.value, text_of(found));
    }
    scope_.funcs.push_back(type);
    return {};
  }

  Result<void> operator()(const binary::CanonLower& lower) {
    const TypeRef type = FAVO_TRY(scope_.func(lower.func.value, offset_));
    const CanonOptions options =
        FAVO_TRY(check_options(core_, scope_, features_, lower.options, offset_));
    FAVO_TRY(options.refuse_lift_only(offset_));
    const FuncType& func = arena_.func(type);
    FAVO_TRY(check_asyncness(options, func));
    return add(FAVO_TRY(core_signature(arena_, func, options, Direction::Lower, offset_)));
  }

  Result<void> operator()(const binary::CanonResourceNew& builtin) {
    // By name: returning from within a braced list leaks what was made of it (g++ 12).
    const ValType rep = FAVO_TRY(local_rep(builtin.resource));
    return add({{rep}, {kI32}});
  }
  Result<void> operator()(const binary::CanonResourceDrop& builtin) {
    FAVO_TRY(scope_.type(builtin.resource, TypeRef::Kind::Resource, offset_));
    return add({{kI32}, {}});
  }
  Result<void> operator()(const binary::CanonResourceRep& builtin) {
    const ValType rep = FAVO_TRY(local_rep(builtin.resource));
    return add({{kI32}, {rep}});
  }
  Result<void> operator()(const binary::CanonBuiltin& builtin) {
    return add(FAVO_TRY(builtin_type(arena_, core_, scope_, features_, builtin, offset_)));
  }

 private:
  Result<void> add(const wasm::FuncType& type) {
    scope_.core_funcs.push_back(core_.intern(type));
    return {};
  }
  /// Only the component that defines a resource sees its representation.
  Result<ValType> local_rep(binary::TypeIndex index) const {
    const TypeRef type = FAVO_TRY(scope_.type(index, TypeRef::Kind::Resource, offset_));
    const auto it = scope_.local_resources.find(type.resource());
    if (it != scope_.local_resources.end()) return it->second;
    return fail(offset_, "type {} is not a local resource", index.value);
  }
  Result<void> check_asyncness(const CanonOptions& options, const FuncType& func) const {
    if (!options.async || func.async) return {};
    return fail(offset_, "the `async` canonical option requires an async function type");
  }

  TypeArena& arena_;
  CoreTypes& core_;
  Scope& scope_;
  const Features& features_;
  std::size_t offset_;
};

}  // namespace

Result<void> define_canon(TypeArena& arena, CoreTypes& core, Scope& scope, const Features& features,
                          const binary::Canon& canon) {
  return std::visit(Canon(arena, core, scope, features, canon.offset), canon.canon);
}

Result<void> CanonOptions::need_memory(bool when, std::size_t offset) const {
  if (!when || memory) return {};
  return fail(offset, "canonical option `memory` is required");
}

Result<void> CanonOptions::need_realloc(bool when, std::size_t offset) const {
  FAVO_TRY(need_memory(when, offset));
  if (!when || realloc) return {};
  return fail(offset, "canonical option `realloc` is required");
}

Result<void> CanonOptions::refuse_lift_only(std::size_t offset) const {
  if (post_return) {
    return fail(offset, "canonical option `post-return` cannot be specified for lowerings");
  }
  if (callback) {
    return fail(offset, "canonical option `callback` cannot be specified for lowerings");
  }
  return {};
}

Result<types::PointerSize> check_memory(const Scope& scope, const Features& features,
                                        std::uint32_t memory, std::size_t offset) {
  const wasm::MemoryType type = FAVO_TRY(scope.core_memory(memory, offset));
  if (type.limits.shared) return fail(offset, "mismatch in the shared flag for memories");
  if (!type.limits.is64) return types::PointerSize::Bits32;
  if (!features.cm64) return fail(offset, "64-bit memories are not enabled");
  return types::PointerSize::Bits64;
}

ValType val_type_of(types::PointerSize size) {
  return {size == types::PointerSize::Bits32 ? ValType::I32 : ValType::I64};
}

Result<CanonOptions> check_options(const CoreTypes& core, const Scope& scope,
                                   const Features& features, const binary::CanonOptions& options,
                                   std::size_t offset) {
  CanonOptions checked;
  if (options.memory) {
    checked.pointer = FAVO_TRY(check_memory(scope, features, options.memory->value, offset));
    checked.memory = true;
  }
  if (options.realloc) {
    if (!options.memory) {
      return fail(offset, "canonical option `realloc` requires `memory` to also be specified");
    }
    const ValType pointer = val_type_of(checked.pointer);
    const wasm::FuncType expected{{pointer, pointer, pointer, pointer}, {pointer}};
    if (FAVO_TRY(signature_of(core, scope, *options.realloc, offset)) != expected) {
      return fail(offset,
                  "canonical option `realloc` uses a core function with an incorrect signature");
    }
    checked.realloc = true;
  }
  if (options.async) {
    if (!features.async) return fail(offset, "canonical option `async` is not enabled");
    if (options.post_return) {
      return fail(offset, "cannot specify `post-return` function in async");
    }
    checked.async = true;
  }
  if (options.callback) {
    if (!options.async) return fail(offset, "cannot specify `callback` without `async`");
    const wasm::FuncType expected{{kI32, kI32, kI32}, {kI32}};
    if (FAVO_TRY(signature_of(core, scope, *options.callback, offset)) != expected) {
      return fail(offset,
                  "canonical option `callback` uses a core function with an incorrect signature");
    }
    checked.callback = true;
  }
  if (options.post_return) {
    checked.post_return = FAVO_TRY(scope.core_func(options.post_return->value, offset));
  }
  return checked;
}

Result<wasm::FuncType> core_signature(const TypeArena& arena, const FuncType& func,
                                      const CanonOptions& options, Direction direction,
                                      std::size_t offset) {
  const bool lift = direction == Direction::Lift;
  const std::size_t max_params =
      !lift && options.async ? kMaxFlatAsyncParams : types::kMaxFlatParams;
  const ValType pointer_type = val_type_of(options.pointer);
  wasm::FuncType core;
  for (const auto& [name, type] : func.params) {
    // Into the component strings and lists are allocated; out of it they are only read.
    const bool pointer = contains_pointer(arena, type);
    FAVO_TRY(lift ? options.need_realloc(pointer, offset) : options.need_memory(pointer, offset));
    append_flat(arena, type, max_params, options.pointer, core.params);
  }
  if (core.params.size() > max_params) {
    FAVO_TRY(lift ? options.need_realloc(true, offset) : options.need_memory(true, offset));
    core.params = {pointer_type};
  }

  std::vector<ValType> results;
  if (func.result) {
    const bool pointer = contains_pointer(arena, *func.result);
    FAVO_TRY(lift ? options.need_memory(pointer, offset) : options.need_realloc(pointer, offset));
    const std::size_t max_results =
        lift && options.async ? types::kMaxFlatParams : types::kMaxFlatResults;
    append_flat(arena, *func.result, max_results, options.pointer, results);
    FAVO_TRY(options.need_memory(results.size() > max_results, offset));
  }

  if (options.async && lift) {
    // The result goes through `task.return`; what is returned here is a callback code.
    if (options.callback) core.results = {kI32};
  } else if (options.async) {
    FAVO_TRY(options.need_memory(func.result.has_value(), offset));
    if (func.result) core.params.push_back(pointer_type);
    core.results = {kI32};
  } else if (results.size() <= types::kMaxFlatResults) {
    core.results = std::move(results);
  } else if (lift) {
    core.results = {pointer_type};
  } else {
    core.params.push_back(pointer_type);
  }
  return core;
}

}  // namespace favo::validate
