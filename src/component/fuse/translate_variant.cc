#include <utility>

#include "base/check.h"
#include "component/fuse/translate.h"
#include "component/types/layout.h"

/// Variants, enums, options and results. Spec: CanonicalABI.md, `load_variant`, `store_variant`,
/// `lift_flat_variant`, `lower_flat_variant`.
namespace favo::fuse {

using types::Flat;
using types::TypeId;
using wasm::Op;

namespace {

/// From the type that all cases share to the one this case has.
void narrow(CodeBuilder& code, Flat have, Flat want) {
  if (have == want) return;
  if (have == Flat::I64 && want == Flat::F64) return code.op(Op::F64ReinterpretI64);
  if (have == Flat::I64) code.op(Op::I32WrapI64);
  if (want == Flat::F32) code.op(Op::F32ReinterpretI32);
}

/// The other way round.
void widen(CodeBuilder& code, Flat have, Flat want) {
  if (have == want) return;
  if (have == Flat::F64) return code.op(Op::I64ReinterpretF64);
  if (have == Flat::F32) code.op(Op::I32ReinterpretF32);
  if (want == Flat::I64) code.op(Op::I64ExtendI32U);
}

}  // namespace

void Translator::variant(TypeId type, const Place& from, const Place& to) {
  const types::TypeTable& table = graph_.plan.types;
  const auto payloads = types::cases_of(table, type);
  const std::uint32_t size = types::discriminant_size(payloads.size());
  const auto discriminant = code_.temp(Flat::I32);
  load(size == 1 ? Op::I32Load8U : size == 2 ? Op::I32Load16U : Op::I32Load, from);
  code_.tee(*discriminant);
  code_.i32(static_cast<std::uint32_t>(payloads.size()));
  code_.op(Op::I32GeU);
  trap_if(AdapterTrap::InvalidDiscriminant);
  begin_store(to);
  code_.get(*discriminant);
  store(size == 1 ? Op::I32Store8 : size == 2 ? Op::I32Store16 : Op::I32Store, to);

  const std::uint32_t offset = types::payload_offset(table, payloads);
  const auto rest = [offset](const Place& whole) -> Place {
    if (const auto* memory = std::get_if<InMemory>(&whole)) return memory->at(offset);
    return std::get<Flats>(whole).subspan(1);
  };
  if (const auto* flats = std::get_if<Flats>(&to)) {
    // What a case does not use is zero.
    for (const Local local : flats->subspan(1)) {
      code_.zero(local.type);
      code_.set(local);
    }
  }
  std::vector<Run> runs;
  for (std::uint32_t i = 0; i < payloads.size(); ++i) {
    if (runs.empty() || runs.back().payload != payloads[i]) runs.push_back({i, payloads[i]});
  }
  cases(runs, *discriminant, rest(from), rest(to));
}

/// A binary search for the run that the discriminant is in.
void Translator::cases(std::span<const Run> runs, Local discriminant, const Place& from,
                       const Place& to) {
  if (runs.size() == 1) {
    if (runs[0].payload) payload(*runs[0].payload, from, to);
    return;
  }
  const std::size_t half = runs.size() / 2;
  code_.get(discriminant);
  code_.i32(runs[half].first);
  code_.op(Op::I32LtU);
  code_.open(Op::If);
  cases(runs.first(half), discriminant, from, to);
  code_.else_();
  cases(runs.subspan(half), discriminant, from, to);
  code_.end();
}

/// The payload of one case; flat, its values sit in wider ones where other cases need them.
void Translator::payload(TypeId type, const Place& from, const Place& to) {
  const std::vector<Flat> flats = types::flatten(graph_.plan.types, type);
  std::vector<CodeBuilder::Temp> temps;
  std::vector<Local> source, target;
  Place inner_from = from, inner_to = to;
  const auto local_as = [&](Local local, Flat flat) {
    if (local.type == flat) return local;
    temps.push_back(code_.temp(flat));
    return *temps.back();
  };
  if (const auto* joined = std::get_if<Flats>(&from)) {
    for (std::size_t i = 0; i < flats.size(); ++i) {
      const Local own = local_as((*joined)[i], flats[i]);
      source.push_back(own);
      if (own.index == (*joined)[i].index) continue;
      code_.get((*joined)[i]);
      narrow(code_, (*joined)[i].type, flats[i]);
      code_.set(own);
    }
    inner_from = Flats(source);
  }
  const auto* joined = std::get_if<Flats>(&to);
  if (joined != nullptr) {
    for (std::size_t i = 0; i < flats.size(); ++i) {
      target.push_back(local_as((*joined)[i], flats[i]));
    }
    inner_to = Flats(target);
  }
  value(type, inner_from, inner_to);
  if (joined == nullptr) return;
  for (std::size_t i = 0; i < flats.size(); ++i) {
    if (target[i].index == (*joined)[i].index) continue;
    code_.get(target[i]);
    widen(code_, flats[i], (*joined)[i].type);
    code_.set((*joined)[i]);
  }
}

}  // namespace favo::fuse
