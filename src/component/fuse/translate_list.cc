#include <algorithm>
#include <utility>

#include "component/fuse/translate.h"
#include "component/types/layout.h"

/// Strings, lists and maps: what lies behind a pointer gets memory of the destination's, and lists
/// of fixed length. Spec: CanonicalABI.md, `load_list`, `store_list`.
namespace favo::fuse {

using types::Flat;
using types::TypeId;
using wasm::Op;

namespace {

/// Lists of fixed length up to this one are unrolled in memory.
constexpr std::uint32_t kUnrolled = 8;
/// Spec: MAX_LIST_BYTE_LENGTH.
constexpr std::uint64_t kMaxListBytes = (std::uint64_t{1} << 28) - 1;

bool in_memory(const Place& place) { return std::holds_alternative<InMemory>(place); }

}  // namespace

void Translator::string(const Place& from, const Place& to) {
  const auto pointer = code_.temp(Flat::I32), length = code_.temp(Flat::I32);
  load(Op::I32Load, from);
  if (in_memory(from)) {
    load(Op::I32Load, from, 4);
  } else {
    code_.get(std::get<Flats>(from)[1]);
  }
  code_.call(shared_.string_helper(crossing_));
  code_.set(*length);
  code_.set(*pointer);
  begin_store(to);
  code_.get(*pointer);
  store(Op::I32Store, to);
  if (in_memory(to)) {
    begin_store(to);
    code_.get(*length);
    store(Op::I32Store, to, 4);
  } else {
    code_.get(*length);
    code_.set(std::get<Flats>(to)[1]);
  }
}

void Translator::translate(const types::List& list, const Place& from, const Place& to) {
  if (list.length) return fixed_list(list.element, *list.length, from, to);
  this->list(std::span(&list.element, 1), from, to);
}

void Translator::translate(const types::Map& map, const Place& from, const Place& to) {
  const TypeId entry[] = {map.key, map.value};
  list(entry, from, to);
}

/// `element`: one type, or the fields of a tuple. Spec: `load_list_from_range`,
/// `store_list_into_range`.
void Translator::list(std::span<const TypeId> element, const Place& from, const Place& to) {
  const types::Layout layout = layout_of_fields(graph_.plan.types, element);
  const auto paddings = shared_.paddings(element);

  const auto source = code_.temp(Flat::I32), length = code_.temp(Flat::I32),
             bytes = code_.temp(Flat::I32), target = code_.temp(Flat::I32);
  load(Op::I32Load, from);
  code_.set(*source);
  if (in_memory(from)) {
    load(Op::I32Load, from, 4);
  } else {
    code_.get(std::get<Flats>(from)[1]);
  }
  code_.tee(*length);
  code_.i32(static_cast<std::uint32_t>(kMaxListBytes / std::max<std::uint64_t>(layout.size, 1)));
  code_.op(Op::I32GtU);
  trap_if(AdapterTrap::ListTooLong);
  code_.get(*length);
  if (layout.size != 1) {
    code_.i32(static_cast<std::uint32_t>(layout.size));
    code_.op(Op::I32Mul);
  }
  code_.set(*bytes);
  check_aligned(*source, layout.align);
  check_bounds(crossing_.from, *source, *bytes);
  reallocate({.align = layout.align, .size = *bytes}, *target);
  if (paddings) {
    code_.get(*target);
    code_.get(*source);
    code_.get(*bytes);
    code_.memory_copy(memory_of(crossing_.to), memory_of(crossing_.from));
    if (!paddings->empty())
      clear(*paddings, static_cast<std::uint32_t>(layout.size), *target, *bytes);
  } else {
    const auto end = code_.temp(Flat::I32), next = code_.temp(Flat::I32);
    code_.get(*source);
    code_.get(*bytes);
    code_.op(Op::I32Add);
    code_.set(*end);
    code_.get(*target);
    code_.set(*next);
    elements(element, static_cast<std::uint32_t>(layout.size), *source, *next, *end);
  }
  begin_store(to);
  code_.get(*target);
  store(Op::I32Store, to);
  if (in_memory(to)) {
    begin_store(to);
    code_.get(*length);
    store(Op::I32Store, to, 4);
  } else {
    code_.get(*length);
    code_.set(std::get<Flats>(to)[1]);
  }
}

/// Zeroes the padding of the elements of `size` bytes each that lie in the destination's `bytes` at
/// `from`: what the source has there is nothing for the other component. Nobody runs before it is
/// gone.
void Translator::clear(std::span<const Translations::Padding> paddings, std::uint32_t size,
                       Local from, Local bytes) {
  const auto next = code_.temp(Flat::I32), end = code_.temp(Flat::I32);
  code_.get(from);
  code_.tee(*next);
  code_.get(bytes);
  code_.op(Op::I32Add);
  code_.set(*end);
  // Several at a time: each turn of a loop looks at the epoch, which costs more than a store.
  for (const std::uint32_t elements : {8u, 1u}) {
    code_.open(Op::Block);
    code_.open(Op::Loop);
    code_.get(*end);
    code_.get(*next);
    code_.op(Op::I32Sub);
    code_.i32(elements * size);
    code_.op(Op::I32LtU);
    code_.op(Op::BrIf, 1);
    for (std::uint32_t element = 0; element < elements; ++element)
      for (const auto& [offset, length] : paddings) clear(*next, element * size + offset, length);
    code_.get(*next);
    code_.i32(elements * size);
    code_.op(Op::I32Add);
    code_.set(*next);
    code_.op(Op::Br, 0);
    code_.end();
    code_.end();
  }
}

void Translator::clear(Local address, std::uint32_t offset, std::uint32_t length) {
  while (length > 0) {
    const std::uint32_t width = length >= 4 ? 4 : length >= 2 ? 2 : 1;
    code_.get(address);
    code_.i32(0);
    code_.access(width == 4   ? Op::I32Store
                 : width == 2 ? Op::I32Store16
                              : Op::I32Store8,
                 memory_of(crossing_.to), offset);
    offset += width;
    length -= width;
  }
}

/// Passes what lies from `from` to `from_end`; moves both cursors.
void Translator::elements(std::span<const TypeId> element, std::uint32_t size, Local from, Local to,
                          Local from_end) {
  code_.open(Op::Block);
  code_.get(from);
  code_.get(from_end);
  code_.op(Op::I32Eq);
  code_.op(Op::BrIf, 0);
  code_.open(Op::Loop);
  if (element.size() == 1) {
    value(element[0], InMemory{from}, InMemory{to});
  } else {
    fields(element, InMemory{from}, InMemory{to});
  }
  for (const Local cursor : {to, from}) {
    code_.get(cursor);
    code_.i32(size);
    code_.op(Op::I32Add);
    code_.set(cursor);
  }
  code_.get(from);
  code_.get(from_end);
  code_.op(Op::I32Ne);
  code_.op(Op::BrIf, 0);
  code_.end();
  code_.end();
}

void Translator::fixed_list(TypeId element, std::uint32_t length, const Place& from,
                            const Place& to) {
  const std::vector<TypeId> one = {element};
  const std::uint64_t size = types::layout(graph_.plan.types, element).size;
  // Flat values are few, or the list would not be flat.
  if (!in_memory(from) || !in_memory(to) || length <= kUnrolled) {
    return fields(std::vector<TypeId>(length, element), from, to);
  }
  const auto source = code_.temp(Flat::I32), target = code_.temp(Flat::I32);
  push(from);
  code_.set(*source);
  push(to);
  code_.set(*target);
  const auto bytes = static_cast<std::uint32_t>(size * length);
  if (shared_.is_plain(element)) {
    code_.get(*target);
    code_.get(*source);
    code_.i32(bytes);
    code_.memory_copy(memory_of(crossing_.to), memory_of(crossing_.from));
    return;
  }
  const auto end = code_.temp(Flat::I32);
  code_.get(*source);
  code_.i32(bytes);
  code_.op(Op::I32Add);
  code_.set(*end);
  elements(one, static_cast<std::uint32_t>(size), *source, *target, *end);
}

}  // namespace favo::fuse
