#include "component/types/facts.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace favo::types {

namespace {

std::uint64_t saturate(std::uint64_t size) { return std::min(size, kMaxSize); }

std::uint64_t saturating_product(std::uint64_t size, std::uint32_t count) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(size, count, &product) ? kMaxSize : saturate(product);
}

/// One flat type that can carry either. Spec: CanonicalABI.md, "Flattening", `join`.
Flat join(Flat a, Flat b) {
  if (a == b) return a;
  const bool both_32 = (a == Flat::I32 && b == Flat::F32) || (a == Flat::F32 && b == Flat::I32);
  return both_32 ? Flat::I32 : Flat::I64;
}

/// Computes the facts of one node from those of its parts.
class FactsBuilder {
 public:
  explicit FactsBuilder(const TypeTable& table) : table_(table) {}

  TypeFacts operator()(Primitive primitive) const {
    switch (primitive) {
      case Primitive::Bool:
      case Primitive::S8:
      case Primitive::U8:
        return scalar(1, Flat::I32);
      case Primitive::S16:
      case Primitive::U16:
        return scalar(2, Flat::I32);
      case Primitive::S32:
      case Primitive::U32:
      case Primitive::Char:
      case Primitive::ErrorContext:
        return scalar(4, Flat::I32);
      case Primitive::S64:
      case Primitive::U64:
        return scalar(8, Flat::I64);
      case Primitive::F32:
        return scalar(4, Flat::F32);
      case Primitive::F64:
        return scalar(8, Flat::F64);
      case Primitive::String:
        return pointer_and_length();
    }
    std::unreachable();
  }

  TypeFacts operator()(const Record& record) const {
    TypeFacts facts;
    for (const Field& field : record.fields) append(facts, field.type);
    return close(facts);
  }
  TypeFacts operator()(const Tuple& tuple) const {
    TypeFacts facts;
    for (TypeId type : tuple.types) append(facts, type);
    return close(facts);
  }
  TypeFacts operator()(const Flags& flags) const {
    return scalar(flags_size(flags.names.size()), Flat::I32);
  }
  TypeFacts operator()(const Enum& names) const {
    return scalar(discriminant_size(names.names.size()), Flat::I32);
  }

  TypeFacts operator()(const Variant& variant) const {
    std::vector<std::optional<TypeId>> cases;
    cases.reserve(variant.cases.size());
    for (const Case& c : variant.cases) cases.push_back(c.type);
    return variant_of(cases);
  }
  TypeFacts operator()(const Option& option) const {
    return variant_of({std::nullopt, option.type});
  }
  TypeFacts operator()(const ResultOf& result) const {
    return variant_of({result.ok, result.error});
  }

  TypeFacts operator()(const List& list) const {
    if (!list.length) {
      TypeFacts facts = pointer_and_length();
      inherit(facts, list.element);
      return facts;
    }
    const TypeFacts& element = table_.facts(list.element);
    TypeFacts facts{.layout = repeat(element.layout, *list.length),
                    .layout64 = repeat(element.layout64, *list.length)};
    inherit(facts, list.element);
    for (std::uint32_t i = 0; i < *list.length && facts.flat.size() < kMaxFlatten; ++i) {
      if (element.flat.empty()) break;
      append_flat(facts, element.flat);
    }
    return facts;
  }
  TypeFacts operator()(const Map& map) const {
    TypeFacts facts = pointer_and_length();
    inherit(facts, map.key);
    inherit(facts, map.value);
    // The same depth as its despecialized form, list<tuple<k, v>>.
    facts.depth += 1;
    return facts;
  }

  TypeFacts operator()(const Own&) const { return scalar(4, Flat::I32); }
  TypeFacts operator()(const Borrow&) const {
    TypeFacts facts = scalar(4, Flat::I32);
    facts.contains_borrow = true;
    return facts;
  }
  TypeFacts operator()(const Stream& stream) const { return end_of(stream.element); }
  TypeFacts operator()(const Future& future) const { return end_of(future.element); }

 private:
  static TypeFacts scalar(std::uint32_t size, Flat flat) {
    return {.layout = {size, size}, .layout64 = {size, size}, .flat = {flat}};
  }
  static TypeFacts pointer_and_length() {
    return {.layout = {8, 4},
            .layout64 = {16, 8},
            .flat = {Flat::I32, Flat::I32},
            .contains_pointer = true};
  }
  static Layout repeat(const Layout& element, std::uint32_t count) {
    return {saturating_product(element.size, count), element.align};
  }
  static void append_layout(Layout& layout, const Layout& part) {
    layout.size = saturate(align_to(layout.size, part.align) + part.size);
    layout.align = std::max(layout.align, part.align);
  }
  /// Lays the larger payload over `layout`, whose size is that of the payloads so far.
  static void overlay(Layout& layout, const Layout& payload) {
    layout.size = std::max(layout.size, payload.size);
    layout.align = std::max(layout.align, payload.align);
  }
  /// Puts a discriminant of `size` bytes before the payloads.
  static void prefix(Layout& payloads, std::uint32_t size) {
    payloads.size = saturate(align_to(size, payloads.align) + payloads.size);
    payloads.align = std::max(payloads.align, size);
  }

  static void append_flat(TypeFacts& facts, const std::vector<Flat>& flat) {
    const std::size_t room = kMaxFlatten - facts.flat.size();
    facts.flat.insert(facts.flat.end(), flat.begin(),
                      flat.begin() + static_cast<std::ptrdiff_t>(std::min(room, flat.size())));
  }

  /// What a type takes over from each of its parts.
  void inherit(TypeFacts& facts, TypeId part) const {
    const TypeFacts& from = table_.facts(part);
    facts.contains_borrow |= from.contains_borrow;
    facts.contains_pointer |= from.contains_pointer;
    facts.depth = std::max(facts.depth, from.depth + 1);
  }

  void append(TypeFacts& facts, TypeId part) const {
    const TypeFacts& from = table_.facts(part);
    append_layout(facts.layout, from.layout);
    append_layout(facts.layout64, from.layout64);
    append_flat(facts, from.flat);
    inherit(facts, part);
  }
  static TypeFacts close(TypeFacts facts) {
    facts.layout.size = align_to(facts.layout.size, facts.layout.align);
    facts.layout64.size = align_to(facts.layout64.size, facts.layout64.align);
    return facts;
  }

  TypeFacts variant_of(const std::vector<std::optional<TypeId>>& cases) const {
    const std::uint32_t discriminant = discriminant_size(cases.size());
    TypeFacts facts;
    facts.flat = {Flat::I32};
    for (const std::optional<TypeId>& c : cases) {
      if (!c) continue;
      const TypeFacts& from = table_.facts(*c);
      overlay(facts.layout, from.layout);
      overlay(facts.layout64, from.layout64);
      inherit(facts, *c);
      for (std::size_t i = 0; i < from.flat.size() && i + 1 < kMaxFlatten; ++i) {
        if (i + 1 < facts.flat.size()) {
          facts.flat[i + 1] = join(facts.flat[i + 1], from.flat[i]);
        } else {
          facts.flat.push_back(from.flat[i]);
        }
      }
    }
    prefix(facts.layout, discriminant);
    prefix(facts.layout64, discriminant);
    return close(facts);
  }

  TypeFacts end_of(const std::optional<TypeId>& element) const {
    TypeFacts facts = scalar(4, Flat::I32);
    if (element) {
      inherit(facts, *element);
      facts.contains_pointer = false;
    }
    return facts;
  }

  const TypeTable& table_;
};

}  // namespace

TypeFacts compute_facts(const TypeTable& table, const Type& type) {
  return std::visit(FactsBuilder(table), type);
}

}  // namespace favo::types
