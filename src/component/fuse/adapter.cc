#include "component/fuse/adapter.h"

#include <optional>
#include <string_view>
#include <utility>

#include "component/fuse/frame.h"
#include "component/types/layout.h"

namespace favo::fuse {

using types::Flat;
using types::TypeId;
using wasm::Op;

namespace {

/// Writes one adapter.
class AdapterWriter {
 public:
  AdapterWriter(Graph& graph, Translations& shared, const link::Adapter& adapter)
      : graph_(graph),
        shared_(shared),
        adapter_(adapter),
        type_(adapter.callee.type),
        frame_(graph, adapter.signature.params),
        code_(frame_.code()),
        caller_(adapter.caller.component.value),
        callee_(adapter.callee.options.component.value) {}

  /// The callee, when the adapter would only call it.
  Result<std::optional<FuncId>> target_alone() {
    const bool frame_does_something = graph_.guards.may_leave(caller_) ||
                                      !graph_.guards.entering(caller_, callee_).empty() ||
                                      adapter_.callee.options.post_return || !graph_.tags.empty();
    if (frame_does_something || lifted_.params_in_memory || lifted_.result_in_memory) {
      return std::optional<FuncId>();
    }
    for (const auto& param : type_.params) {
      if (!shared_.is_plain_flat(param.type)) return std::optional<FuncId>();
    }
    if (type_.result && !shared_.is_plain_flat(*type_.result)) return std::optional<FuncId>();
    return std::optional(FAVO_TRY(graph_.function(adapter_.callee.func, callee_)));
  }

  Result<FuncBody> write() {
    const Side caller = FAVO_TRY(side(adapter_.caller));
    const Side callee = FAVO_TRY(side(adapter_.callee.options));
    const FuncId target = FAVO_TRY(graph_.function(adapter_.callee.func, callee_));
    const bool scoped = needs_scope();
    into_ = {caller, callee, scoped};
    back_ = {callee, caller, false};

    frame_.check_may_leave(caller_);
    frame_.enter(caller_, callee_);
    if (scoped) call_host(EnterCall{});
    {
      const Temps arguments = pass_params();
      Translator translator(graph_, shared_, code_, back_);
      const Temps results = locals(lifted_.results);
      translator.begin_call();
      for (const auto& argument : arguments) code_.get(*argument);
      code_.call(target);
      if (!results.empty()) code_.set(*results[0]);
      translator.end_call();
      if (scoped) call_host(ExitCall{});
      const Temps returned = pass_result(translator, results);
      FAVO_TRY(post_return(translator, results));
      frame_.leave();
      for (const auto& value : returned) code_.get(*value);
    }
    return std::move(code_).finish();
  }

 private:
  using Temps = std::vector<CodeBuilder::Temp>;

  Result<Side> side(const link::Options& options) {
    Side side{options.component.value, {}, {}, options.string_encoding};
    if (options.memory) side.memory = FAVO_TRY(graph_.memory(*options.memory));
    if (options.realloc) {
      side.realloc = FAVO_TRY(graph_.function(*options.realloc, side.component));
    }
    return side;
  }

  /// Whether handles are counted for the time of the call: those that come to stand in the callee's
  /// table, which must be gone when it returns, and those that could be dropped while they are
  /// lent, because the caller may run or gives handles away in the same call.
  bool needs_scope() {
    bool borrows = false, owns = false, elsewhere = false;
    for (const auto& param : type_.params) {
      const Translations::Contents& contents = shared_.contents(param.type);
      owns |= contents.owns;
      for (const types::ResourceId borrowed : contents.borrows) {
        const auto* guest =
            std::get_if<link::GuestResource>(&graph_.plan.resources[borrowed.value]);
        borrows = true;
        elsewhere |= guest == nullptr || guest->component.value != callee_;
      }
    }
    return borrows && (owns || elsewhere || graph_.guards.reaches_back(caller_, callee_));
  }

  void call_host(Generated host) { code_.call(graph_.import(std::move(host), wasm::FuncType())); }

  Temps locals(const std::vector<Flat>& types) {
    Temps temps;
    for (const Flat type : types) temps.push_back(code_.temp(type));
    return temps;
  }
  static std::vector<Local> values(const Temps& temps) {
    std::vector<Local> locals;
    for (const auto& temp : temps) locals.push_back(*temp);
    return locals;
  }

  /// Spec: `lift_flat_values`, then `lower_flat_values`. The callee's arguments.
  Temps pass_params() {
    Translator translator(graph_, shared_, code_, into_);
    std::vector<TypeId> types;
    for (const auto& param : type_.params) types.push_back(param.type);
    std::vector<Local> given;
    for (std::size_t i = 0; i < adapter_.signature.params.size(); ++i) {
      given.push_back(code_.param(i));
    }
    Temps arguments = locals(lifted_.params);
    if (!lifted_.params_in_memory) {
      translator.fields(types, Flats(given), Flats(values(arguments)));
      return arguments;
    }
    const types::Layout layout = layout_of_fields(graph_.plan.types, types);
    const auto size = code_.temp(Flat::I32);
    code_.i32(static_cast<std::uint32_t>(layout.size));
    code_.set(*size);
    translator.check_aligned(given[0], layout.align);
    translator.check_bounds(into_.from, given[0], *size);
    translator.reallocate({.align = layout.align, .size = *size}, *arguments[0]);
    translator.fields(types, InMemory{given[0]}, InMemory{*arguments[0]});
    return arguments;
  }

  /// The caller's core results: none when the result goes to memory.
  Temps pass_result(Translator& translator, const Temps& results) {
    if (!type_.result) return {};
    const types::Layout layout = types::layout(graph_.plan.types, *type_.result);
    if (!lifted_.result_in_memory) {
      Temps returned = locals(adapter_.signature.results);
      translator.value(*type_.result, Flats(values(results)), Flats(values(returned)));
      return returned;
    }
    const Local from = *results[0];
    const Local to = code_.param(adapter_.signature.params.size() - 1);
    translator.check_aligned(from, layout.align);
    translator.check_bounds(back_.from, from, layout.size);
    translator.check_aligned(to, layout.align);
    translator.check_bounds(back_.to, to, layout.size);
    translator.value(*type_.result, InMemory{from}, InMemory{to});
    return {};
  }

  Result<> post_return(Translator& translator, const Temps& results) {
    const auto& def = adapter_.callee.options.post_return;
    if (!def) return {};
    const FuncId target = FAVO_TRY(graph_.function(*def, callee_));
    frame_.set_may_leave(callee_, 0);
    translator.begin_call();
    for (const auto& result : results) code_.get(*result);
    code_.call(target);
    translator.end_call();
    frame_.set_may_leave(callee_, 1);
    return {};
  }

  Graph& graph_;
  Translations& shared_;
  const link::Adapter& adapter_;
  const types::FuncType& type_;
  Frame frame_;
  CodeBuilder& code_;
  std::uint32_t caller_, callee_;
  const types::CoreSignature lifted_ = types::lift_signature(graph_.plan.types, type_);
  Crossing into_, back_;
};

/// What the adapter would need and is not there yet; calling it traps with this.
Result<std::string_view> not_built(const Graph& graph, Translations& shared,
                                   const link::Adapter& adapter) {
  for (const auto* options : {&adapter.caller, &adapter.callee.options}) {
    if (options->async) return std::string_view("an asynchronous call between components");
    if (!options->memory) continue;
    const std::uint32_t memory = FAVO_TRY(graph.memory(*options->memory));
    if (graph.memory_type(memory).limits.is64) {
      return std::string_view("a call between components with a 64-bit memory");
    }
  }
  bool asynchronous = false;
  for (const auto& param : adapter.callee.type.params) {
    asynchronous |= shared.contents(param.type).asynchronous;
  }
  if (const auto& result = adapter.callee.type.result) {
    asynchronous |= shared.contents(*result).asynchronous;
  }
  return std::string_view(asynchronous ? "a stream, future or error context between components"
                                       : "");
}

}  // namespace

Result<FuncBody> write_adapter(Graph& graph, Translations& shared, const link::Adapter& adapter,
                               std::size_t place) {
  if (const std::string_view what = FAVO_TRY(not_built(graph, shared, adapter)); !what.empty()) {
    CodeBuilder code(adapter.signature.params);
    const TrapStub stub{adapter.caller.component.value, std::string(what), {}};
    code.call(graph.import(stub, wasm::FuncType()));
    code.op(Op::Unreachable);
    return std::move(code).finish();
  }
  if (graph.guards.never_enters(adapter.caller.component.value,
                                adapter.callee.options.component.value)) {
    CodeBuilder code(adapter.signature.params);
    code.i32(static_cast<std::uint32_t>(AdapterTrap::CannotEnter));
    code.call(graph.trap_with());
    code.op(Op::Unreachable);
    return std::move(code).finish();
  }
  AdapterWriter writer(graph, shared, adapter);
  graph.written[place].same_as = FAVO_TRY(writer.target_alone());
  if (graph.written[place].same_as) return FuncBody();
  return writer.write();
}

}  // namespace favo::fuse
