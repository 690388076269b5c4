#include "component/fuse/translate.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "component/types/layout.h"

namespace favo::fuse {

using types::Flat;
using types::TypeId;
using wasm::Op;

namespace {

/// What is heavier gets a function of its own.
constexpr std::uint32_t kInlineWeight = 48;

/// How a type that is one core value is loaded from memory and stored there.
struct Scalar {
  Op load, store;
};

Scalar unsigned_of_size(std::uint32_t bytes) {
  if (bytes == 1) return {Op::I32Load8U, Op::I32Store8};
  if (bytes == 2) return {Op::I32Load16U, Op::I32Store16};
  return {Op::I32Load, Op::I32Store};
}

Scalar scalar_of(types::Primitive primitive) {
  switch (primitive) {
    case types::Primitive::Bool:
    case types::Primitive::U8:
      return {Op::I32Load8U, Op::I32Store8};
    case types::Primitive::S8:
      return {Op::I32Load8S, Op::I32Store8};
    case types::Primitive::U16:
      return {Op::I32Load16U, Op::I32Store16};
    case types::Primitive::S16:
      return {Op::I32Load16S, Op::I32Store16};
    case types::Primitive::S64:
    case types::Primitive::U64:
      return {Op::I64Load, Op::I64Store};
    case types::Primitive::F32:
      return {Op::F32Load, Op::F32Store};
    case types::Primitive::F64:
      return {Op::F64Load, Op::F64Store};
    default:
      return {Op::I32Load, Op::I32Store};
  }
}

bool in_memory(const Place& place) { return std::holds_alternative<InMemory>(place); }

}  // namespace

types::Layout layout_of_fields(const types::TypeTable& table, std::span<const TypeId> fields) {
  types::Layout layout{0, 1};
  for (const TypeId field : fields) {
    const types::Layout one = types::layout(table, field);
    layout.size = types::align_to(layout.size, one.align) + one.size;
    layout.align = std::max(layout.align, one.align);
  }
  layout.size = types::align_to(layout.size, layout.align);
  return layout;
}

void Translator::value(TypeId type, const Place& from, const Place& to) {
  if (shared_.weight(type) <= kInlineWeight) return inline_value(type, from, to);
  push(from);
  if (in_memory(to)) push(to);
  code_.call(shared_.helper(crossing_, type, in_memory(from), in_memory(to)));
  if (const auto* results = std::get_if<Flats>(&to)) {
    for (std::size_t i = results->size(); i-- > 0;) code_.set((*results)[i]);
  }
}

void Translator::inline_value(TypeId type, const Place& from, const Place& to) {
  std::visit(
      [&]<typename Node>(const Node& node) {
        if constexpr (requires { translate(node, from, to); }) {
          translate(node, from, to);
        } else if constexpr (std::is_same_v<Node, types::Stream> ||
                             std::is_same_v<Node, types::Future>) {
          unsupported();
        } else {
          variant(type, from, to);
        }
      },
      graph_.plan.types.get(type));
}

void Translator::unsupported() {
  shared_.fail(FAVO_BUG("an adapter for a type that only asynchronous calls pass"));
}

/// Flat values, or the address.
void Translator::push(const Place& place) {
  if (const auto* flats = std::get_if<Flats>(&place)) {
    for (const Local local : *flats) code_.get(local);
    return;
  }
  const auto& memory = std::get<InMemory>(place);
  code_.get(memory.address);
  if (memory.offset == 0) return;
  code_.i32(memory.offset);
  code_.op(Op::I32Add);
}

void Translator::begin_store(const Place& to) {
  if (const auto* memory = std::get_if<InMemory>(&to)) code_.get(memory->address);
}

/// Pushes one core value; `more` is an offset in memory.
void Translator::load(Op op, const Place& from, std::uint32_t more) {
  if (const auto* memory = std::get_if<InMemory>(&from)) {
    code_.get(memory->address);
    code_.access(op, memory_of(crossing_.from), memory->offset + more);
  } else {
    code_.get(std::get<Flats>(from)[0]);
  }
}

/// REQUIRES: `begin_store`, then a value.
void Translator::store(Op op, const Place& to, std::uint32_t more) {
  if (const auto* memory = std::get_if<InMemory>(&to)) {
    code_.access(op, memory_of(crossing_.to), memory->offset + more);
  } else {
    code_.set(std::get<Flats>(to)[0]);
  }
}

// ---- scalars ----------------------------------------------------------------------------------

void Translator::translate(types::Primitive primitive, const Place& from, const Place& to) {
  if (primitive == types::Primitive::String) return string(from, to);
  if (primitive == types::Primitive::Char) return character(from, to);
  if (primitive == types::Primitive::ErrorContext) return unsupported();
  const Scalar scalar = scalar_of(primitive);
  begin_store(to);
  load(scalar.load, from);
  // Memory truncates by itself.
  const bool flat = !in_memory(from) && !in_memory(to);
  if (primitive == types::Primitive::Bool) {
    code_.i32(0);
    code_.op(Op::I32Ne);
  } else if (flat && primitive == types::Primitive::U8) {
    code_.i32(0xff);
    code_.op(Op::I32And);
  } else if (flat && primitive == types::Primitive::U16) {
    code_.i32(0xffff);
    code_.op(Op::I32And);
  } else if (flat && primitive == types::Primitive::S8) {
    code_.op(Op::I32Extend8S);
  } else if (flat && primitive == types::Primitive::S16) {
    code_.op(Op::I32Extend16S);
  }
  store(scalar.store, to);
}

void Translator::character(const Place& from, const Place& to) {
  const auto c = code_.temp(Flat::I32);
  load(Op::I32Load, from);
  code_.tee(*c);
  // Brings surrogates to the top: one comparison finds them and what is beyond Unicode.
  code_.i32(0xd800);
  code_.op(Op::I32Xor);
  code_.i32(0x800);
  code_.op(Op::I32Sub);
  code_.i32(0x110000 - 0x800);
  code_.op(Op::I32GeU);
  trap_if(AdapterTrap::InvalidChar);
  begin_store(to);
  code_.get(*c);
  store(Op::I32Store, to);
}

void Translator::translate(const types::Flags& flags, const Place& from, const Place& to) {
  const std::size_t labels = flags.names.size();
  const std::uint32_t size = types::flags_size(labels);
  const Scalar scalar = unsigned_of_size(size);
  begin_store(to);
  load(scalar.load, from);
  const bool whole = labels == 32 || (labels == 8 * size && (in_memory(from) || in_memory(to)));
  if (!whole) {
    code_.i32(static_cast<std::uint32_t>((std::uint64_t{1} << labels) - 1));
    code_.op(Op::I32And);
  }
  store(scalar.store, to);
}

void Translator::translate(const types::Own& own, const Place& from, const Place& to) {
  handle(TransferOwn{crossing_.from.component, crossing_.to.component, own.resource.value}, from,
         to);
}

/// The component that defines a resource gets its representation. Spec: `lower_borrow`.
void Translator::translate(const types::Borrow& borrow, const Place& from, const Place& to) {
  const std::uint32_t giver = crossing_.from.component, taker = crossing_.to.component;
  const auto* guest =
      std::get_if<link::GuestResource>(&graph_.plan.resources[borrow.resource.value]);
  if (guest == nullptr || guest->component.value != taker) {
    handle(TransferBorrow{giver, taker, borrow.resource.value}, from, to);
  } else if (crossing_.lends) {
    handle(LendRep{giver, borrow.resource.value}, from, to);
  } else {
    handle(link::ResourceRep{link::ComponentId(giver), borrow.resource}, from, to);
  }
}

void Translator::handle(Generated host, const Place& from, const Place& to) {
  constexpr Flat kHandle[] = {Flat::I32};
  const FuncId function = graph_.import(std::move(host), to_func_type(kHandle, kHandle));
  begin_store(to);
  load(Op::I32Load, from);
  code_.call(function);
  store(Op::I32Store, to);
}

// ---- records ----------------------------------------------------------------------------------

void Translator::translate(const types::Record& record, const Place& from, const Place& to) {
  std::vector<TypeId> types;
  types.reserve(record.fields.size());
  for (const auto& field : record.fields) types.push_back(field.type);
  fields(types, from, to);
}

void Translator::translate(const types::Tuple& tuple, const Place& from, const Place& to) {
  fields(tuple.types, from, to);
}

void Translator::fields(std::span<const TypeId> types, const Place& from, const Place& to) {
  const types::TypeTable& table = graph_.plan.types;
  std::uint64_t offset = 0;
  std::size_t flat = 0;
  for (const TypeId type : types) {
    const types::Layout layout = types::layout(table, type);
    offset = types::align_to(offset, layout.align);
    const std::size_t flats = types::flatten(table, type).size();
    const auto part = [&](const Place& whole) -> Place {
      if (const auto* memory = std::get_if<InMemory>(&whole)) return memory->at(offset);
      return std::get<Flats>(whole).subspan(flat, flats);
    };
    value(type, part(from), part(to));
    offset += layout.size;
    flat += flats;
  }
}

// ---- memory -----------------------------------------------------------------------------------

std::uint32_t Translator::memory_of(const Side& side) {
  if (side.memory) return *side.memory;
  shared_.fail(FAVO_BUG("canonical options lack the memory that the type needs"));
  return 0;
}

void Translator::trap_if(AdapterTrap why) {
  code_.open(Op::If);
  code_.i32(static_cast<std::uint32_t>(why));
  code_.call(graph_.trap_with());
  code_.op(Op::Unreachable);
  code_.end();
}

void Translator::check_aligned(Local pointer, std::uint32_t align) {
  if (align == 1) return;
  code_.get(pointer);
  code_.i32(align - 1);
  code_.op(Op::I32And);
  trap_if(AdapterTrap::UnalignedPointer);
}

void Translator::check_bounds(const Side& side, Local pointer, Local size) {
  const std::uint32_t memory = memory_of(side);
  code_.get(pointer);
  code_.op(Op::I64ExtendI32U);
  code_.get(size);
  code_.op(Op::I64ExtendI32U);
  code_.op(Op::I64Add);
  code_.op(Op::MemorySize, memory);
  code_.op(Op::I64ExtendI32U);
  code_.i64(graph_.memory_type(memory).page_size_log2());
  code_.op(Op::I64Shl);
  code_.op(Op::I64GtU);
  trap_if(AdapterTrap::PointerOutOfBounds);
}

void Translator::check_bounds(const Side& side, Local pointer, std::uint64_t size) {
  const auto bytes = code_.temp(Flat::I32);
  code_.i32(static_cast<std::uint32_t>(size));
  code_.set(*bytes);
  check_bounds(side, pointer, *bytes);
}

void Translator::reallocate(const Reallocation& wanted, Local pointer) {
  const Side& side = crossing_.to;
  if (!side.realloc) {
    return shared_.fail(FAVO_BUG("canonical options lack the realloc that the type needs"));
  }
  const auto push_or_zero = [this](const Local* local) {
    local ? code_.get(*local) : code_.i32(0);
  };
  const auto leave = graph_.guards.may_leave(side.component);
  const auto set_leave = [&](std::uint32_t value) {
    if (!leave) return;
    code_.i32(value);
    code_.op(Op::GlobalSet, graph_.global(*leave));
  };
  set_leave(0);
  begin_call();
  push_or_zero(wanted.pointer);
  push_or_zero(wanted.old_size);
  code_.i32(wanted.align);
  code_.get(wanted.size);
  code_.call(*side.realloc);
  code_.set(pointer);
  end_call();
  set_leave(1);
  check_aligned(pointer, wanted.align);
  check_bounds(side, pointer, wanted.size);
}

void Translator::begin_call() {
  if (graph_.tags.empty()) return;  // then nobody can throw
  code_.open(Op::Block);            // the call returned
  code_.open(Op::Block);            // it threw
  code_.try_catch_all(0);
}

void Translator::end_call() {
  if (graph_.tags.empty()) return;
  code_.end();
  code_.op(Op::Br, 1);
  code_.end();
  code_.i32(1);
  trap_if(AdapterTrap::UncaughtException);
  code_.end();
}

}  // namespace favo::fuse
