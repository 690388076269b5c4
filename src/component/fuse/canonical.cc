#include "component/fuse/canonical.h"

#include <optional>
#include <utility>

#include "component/fuse/adapter.h"
#include "component/fuse/frame.h"
#include "component/fuse/program_builder.h"
#include "component/fuse/translate.h"

namespace favo::fuse {

using types::Flat;
using wasm::Op;

namespace {

class Writer {
 public:
  explicit Writer(Graph& graph) : graph_(graph), shared_(graph) {}

  Result<> run() {
    if (graph_.guards.count() > 0) graph_.trap_with();  // trampolines use it too
    std::size_t before = 0;
    do {
      // What the program mentions may be an adapter, and an adapter may call the host.
      before = graph_.functions.size();
      FAVO_TRY(collect_program_functions(graph_));
      FAVO_TRY(write_new());
    } while (graph_.functions.size() != before);
    return shared_.write_helpers();
  }

 private:
  Result<> write_new() {
    for (; done_ < graph_.canonical.size(); ++done_) {
      const CanonicalFunction next = graph_.canonical[done_];
      FuncBody code = FAVO_TRY(
          std::visit([&](const auto& what) { return write(what, next.written); }, next.what));
      FAVO_TRY(graph_.charge(code));
      graph_.written[next.written].code = std::move(code);
    }
    return {};
  }

  Result<FuncBody> write(const link::AdapterCall& call, std::size_t place) {
    return write_adapter(graph_, shared_, graph_.plan.adapters[call.adapter.value], place);
  }

  Result<FuncBody> write(const link::ResourceNew& def, std::size_t) {
    constexpr Flat kOne[] = {Flat::I32};
    Frame frame(graph_, {Flat::I32});
    frame.check_may_leave(def.component.value);
    frame.code().get(frame.code().param(0));
    frame.code().call(graph_.import(def, to_func_type(kOne, kOne)));
    return std::move(frame.code()).finish();
  }

  /// Spec: `canon_resource_drop`. The destructor runs as a call into its component.
  Result<FuncBody> write(const link::ResourceDrop& def, std::size_t) {
    constexpr Flat kHandle[] = {Flat::I32}, kRep[] = {Flat::I64};
    const std::uint32_t component = def.component.value;
    const auto* guest =
        std::get_if<link::GuestResource>(&graph_.plan.resources[def.resource.value]);
    Frame frame(graph_, {Flat::I32});
    CodeBuilder& code = frame.code();
    frame.check_may_leave(component);
    code.get(code.param(0));
    if (guest == nullptr || !guest->destructor) {
      code.call(graph_.import(def, to_func_type(kHandle, {})));
      return std::move(code).finish();
    }
    const std::uint32_t owner = guest->component.value;
    const FuncId destructor = FAVO_TRY(graph_.function(*guest->destructor, owner));
    code.call(graph_.import(def, to_func_type(kHandle, kRep)));
    {
      const auto rep = code.temp(Flat::I64);
      code.tee(*rep);
      code.i64(0);
      code.op(Op::I64GeS);
      code.open(Op::If);
      frame.enter(component, owner);
      const Crossing nothing;
      Translator translator(graph_, shared_, code, nothing);
      translator.begin_call();
      code.get(*rep);
      code.op(Op::I32WrapI64);
      code.call(destructor);
      translator.end_call();
      frame.leave();
      code.end();
    }
    return std::move(code).finish();
  }

  Result<FuncBody> write(const CanonicalFunction::Entry& entry, std::size_t) {
    const wasm::FuncType type = FAVO_TRY(graph_.type_of(entry.target));
    const std::vector<Flat> params = to_flats(type.params);
    Frame frame(graph_, params);
    CodeBuilder& code = frame.code();
    if (entry.may_leave) {
      frame.enter(std::nullopt, entry.component);
    } else {
      frame.set_may_leave(entry.component, 0);
    }
    for (std::size_t i = 0; i < params.size(); ++i) code.get(code.param(i));
    code.call(entry.target);
    if (entry.may_leave) {
      frame.leave();
    } else {
      frame.set_may_leave(entry.component, 1);
    }
    return std::move(code).finish();
  }

  Graph& graph_;
  Translations shared_;
  std::size_t done_ = 0;
};

}  // namespace

Result<> write_canonical_functions(Graph& graph) { return Writer(graph).run(); }

}  // namespace favo::fuse
