#include "component/link/canon.h"

#include <utility>

#include "component/link/core.h"

namespace favo::link {
namespace {

constexpr std::size_t kMaxFlatAsyncParams = 4;

Result<std::optional<CoreDef>> resolve_func(const Frame& frame,
                                            const std::optional<binary::CoreFuncIndex>& index) {
  if (!index) return std::optional<CoreDef>();
  return std::optional<CoreDef>(FAVO_TRY(at(frame.core_funcs, *index, "core function")));
}

Result<Options> resolve_options(const Frame& frame, const binary::CanonOptions& written) {
  Options options;
  options.component = frame.id;
  switch (written.string_encoding.value_or(binary::StringEncoding::Utf8)) {
    case binary::StringEncoding::Utf8:
      options.string_encoding = StringEncoding::Utf8;
      break;
    case binary::StringEncoding::Utf16:
      options.string_encoding = StringEncoding::Utf16;
      break;
    case binary::StringEncoding::Latin1Utf16:
      options.string_encoding = StringEncoding::Latin1Utf16;
      break;
  }
  if (written.memory) {
    const CoreDef memory = FAVO_TRY(at(frame.core_memories, *written.memory, "core memory"));
    const auto* exported = std::get_if<InstanceExport>(&memory);
    if (exported == nullptr) return FAVO_BUG("a memory that no core instance exports");
    options.memory = *exported;
  }
  options.realloc = FAVO_TRY(resolve_func(frame, written.realloc));
  options.post_return = FAVO_TRY(resolve_func(frame, written.post_return));
  options.callback = FAVO_TRY(resolve_func(frame, written.callback));
  options.async = written.async;
  return options;
}

/// The signature of a function lowered with `async`: few parameters, the result always in memory,
/// the subtask's state returned. Spec: CanonicalABI.md, "Flattening".
types::CoreSignature async_lower_signature(const types::TypeTable& table,
                                           const types::FuncType& func) {
  types::CoreSignature signature;
  for (const auto& param : func.params) {
    const auto flat = types::flatten(table, param.type, kMaxFlatAsyncParams + 1);
    signature.params.insert(signature.params.end(), flat.begin(), flat.end());
    if (signature.params.size() > kMaxFlatAsyncParams) {
      signature.params = {types::Flat::I32};
      signature.params_in_memory = true;
      break;
    }
  }
  if (func.result) {
    signature.params.push_back(types::Flat::I32);
    signature.result_in_memory = true;
  }
  signature.results = {types::Flat::I32};
  return signature;
}

types::CoreSignature signature_of(const State& state, const types::FuncType& type,
                                  const Options& options) {
  return options.async ? async_lower_signature(state.plan.types, type)
                       : types::lower_signature(state.plan.types, type);
}

void note_async(State& state, const types::FuncType& type, const Options& options) {
  if (type.async || options.async) state.plan.unbuilt.emplace("cm-async");
}

Result<void> lift(State& state, TypeResolver& types, Frame& frame, const binary::CanonLift& canon) {
  LiftedFunc lifted;
  lifted.func = FAVO_TRY(at(frame.core_funcs, canon.func, "core function"));
  lifted.options = FAVO_TRY(resolve_options(frame, canon.options));
  lifted.type = *FAVO_TRY(types.func_type(canon.type, frame));
  note_async(state, lifted.type, lifted.options);
  if (lifted.options.async && !lifted.options.callback)
    state.plan.unbuilt.emplace("cm-async-stackful");
  frame.funcs.push_back(state.add_func(std::move(lifted)));
  return {};
}

CoreDef lower_lifted(State& state, const LiftedFunc& func, Options options) {
  auto signature = signature_of(state, func.type, options);
  const AdapterId id(state.plan.adapters.size());
  state.plan.adapters.push_back(
      {Lifted{func.func, func.options, func.type, ""}, std::move(options), std::move(signature)});
  return AdapterCall{id};
}

Result<CoreDef> lower(State& state, const Frame& frame, const binary::CanonLower& canon) {
  const Func* func = FAVO_TRY(at(frame.funcs, canon.func, "function"));
  Options options = FAVO_TRY(resolve_options(frame, canon.options));
  note_async(state, std::visit([](const auto& f) -> const auto& { return f.type; }, *func),
             options);
  if (std::holds_alternative<HostFunc>(*func)) {
    return lower_host(state, func, std::move(options));
  }
  return lower_lifted(state, std::get<LiftedFunc>(*func), std::move(options));
}

/// Everything but a lift.
Result<CoreDef> define_core_func(State& state, TypeResolver& types, const Frame& frame,
                                 const binary::Canon& canon) {
  if (const auto* def = std::get_if<binary::CanonLower>(&canon.canon)) {
    return lower(state, frame, *def);
  }
  if (const auto* def = std::get_if<binary::CanonResourceNew>(&canon.canon)) {
    return ResourceNew{frame.id, FAVO_TRY(types.resource(def->resource, frame))};
  }
  if (const auto* def = std::get_if<binary::CanonResourceDrop>(&canon.canon)) {
    return ResourceDrop{frame.id, FAVO_TRY(types.resource(def->resource, frame))};
  }
  if (const auto* def = std::get_if<binary::CanonResourceRep>(&canon.canon)) {
    return ResourceRep{frame.id, FAVO_TRY(types.resource(def->resource, frame))};
  }
  const auto& builtin = std::get<binary::CanonBuiltin>(canon.canon);
  return FAVO_TRY(trapping_builtin(state, types, frame, builtin));
}

}  // namespace

CoreDef lower_host(State& state, const Func* func, Options options) {
  const auto [entry, is_new] =
      state.lowered.try_emplace({func, options}, HostImportId(state.plan.imports.size()));
  if (is_new) {
    const HostFunc& host = std::get<HostFunc>(*func);
    auto signature = signature_of(state, host.type, options);
    state.plan.imports.push_back(
        {host.interface, host.name, host.type, "", std::move(signature), std::move(options)});
  }
  return HostCall{entry->second};
}

Result<void> define_canon(State& state, TypeResolver& types, Frame& frame,
                          const binary::Canon& canon) {
  if (const auto* def = std::get_if<binary::CanonLift>(&canon.canon)) {
    return lift(state, types, frame, *def);
  }
  frame.core_funcs.push_back(FAVO_TRY(define_core_func(state, types, frame, canon)));
  return {};
}

}  // namespace favo::link
