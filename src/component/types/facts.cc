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

/// Computes the shape of one node from those of its parts.
class ShapeBuilder {
 public:
  ShapeBuilder(const TypeTable& table, PointerSize size) : table_(table), size_(size) {}

  Shape operator()(Primitive primitive) const {
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

  Shape operator()(const Record& record) const {
    Shape shape;
    for (const Field& field : record.fields) append(shape, of(field.type));
    return close(std::move(shape));
  }
  Shape operator()(const Tuple& tuple) const {
    Shape shape;
    for (TypeId type : tuple.types) append(shape, of(type));
    return close(std::move(shape));
  }
  Shape operator()(const Flags& flags) const {
    return scalar(flags_size(flags.names.size()), Flat::I32);
  }
  Shape operator()(const Enum& names) const {
    return scalar(discriminant_size(names.names.size()), Flat::I32);
  }

  Shape operator()(const Variant& variant) const {
    std::vector<std::optional<TypeId>> cases;
    cases.reserve(variant.cases.size());
    for (const Case& c : variant.cases) cases.push_back(c.type);
    return variant_of(cases);
  }
  Shape operator()(const Option& option) const { return variant_of({std::nullopt, option.type}); }
  Shape operator()(const ResultOf& result) const { return variant_of({result.ok, result.error}); }

  Shape operator()(const List& list) const {
    if (!list.length) return pointer_and_length();
    const Shape& element = of(list.element);
    Shape shape{
        .layout = {saturating_product(element.layout.size, *list.length), element.layout.align}};
    for (std::uint32_t i = 0; i < *list.length && shape.flat.size() < kMaxFlatten; ++i) {
      if (element.flat.empty()) break;
      append_flat(shape, element.flat);
    }
    return shape;
  }
  Shape operator()(const Map&) const { return pointer_and_length(); }
  Shape operator()(const Own&) const { return handle(); }
  Shape operator()(const Borrow&) const { return handle(); }
  Shape operator()(const Stream&) const { return handle(); }
  Shape operator()(const Future&) const { return handle(); }

 private:
  const Shape& of(TypeId type) const { return table_.facts(type).of(size_); }

  static Shape scalar(std::uint32_t size, Flat flat) {
    return {.layout = {size, size}, .flat = {flat}};
  }
  static Shape handle() { return scalar(4, Flat::I32); }
  Shape pointer_and_length() const {
    const bool wide = size_ == PointerSize::Bits64;
    const Flat pointer = wide ? Flat::I64 : Flat::I32;
    return {.layout = wide ? Layout{16, 8} : Layout{8, 4}, .flat = {pointer, pointer}};
  }

  static void append_flat(Shape& shape, const std::vector<Flat>& flat) {
    const std::size_t room = kMaxFlatten - shape.flat.size();
    shape.flat.insert(shape.flat.end(), flat.begin(),
                      flat.begin() + static_cast<std::ptrdiff_t>(std::min(room, flat.size())));
  }
  static void append(Shape& shape, const Shape& part) {
    Layout& layout = shape.layout;
    layout.size = saturate(align_to(layout.size, part.layout.align) + part.layout.size);
    layout.align = std::max(layout.align, part.layout.align);
    append_flat(shape, part.flat);
  }
  static Shape close(Shape shape) {
    shape.layout.size = align_to(shape.layout.size, shape.layout.align);
    return shape;
  }

  /// A discriminant and, behind it, the payloads laid over one another.
  Shape variant_of(const std::vector<std::optional<TypeId>>& cases) const {
    const std::uint32_t discriminant = discriminant_size(cases.size());
    Shape shape{.flat = {Flat::I32}};
    Layout& layout = shape.layout;
    for (const std::optional<TypeId>& c : cases) {
      if (!c) continue;
      const Shape& payload = of(*c);
      layout.size = std::max(layout.size, payload.layout.size);
      layout.align = std::max(layout.align, payload.layout.align);
      for (std::size_t i = 0; i < payload.flat.size() && i + 1 < kMaxFlatten; ++i) {
        if (i + 1 < shape.flat.size()) {
          shape.flat[i + 1] = join(shape.flat[i + 1], payload.flat[i]);
        } else {
          shape.flat.push_back(payload.flat[i]);
        }
      }
    }
    layout.size = saturate(align_to(discriminant, layout.align) + layout.size);
    layout.align = std::max(layout.align, discriminant);
    return close(std::move(shape));
  }

  const TypeTable& table_;
  PointerSize size_;
};

/// What a type takes over from its parts, whatever the pointers' size.
class Inheritance {
 public:
  explicit Inheritance(const TypeTable& table) : table_(table) {}

  void operator()(Primitive primitive) { contains_pointer = primitive == Primitive::String; }
  void operator()(const Record& record) {
    for (const Field& field : record.fields) inherit(field.type);
  }
  void operator()(const Variant& variant) {
    for (const Case& c : variant.cases) inherit(c.type);
  }
  void operator()(const List& list) {
    inherit(list.element);
    contains_pointer |= !list.length;
  }
  void operator()(const Tuple& tuple) {
    for (TypeId type : tuple.types) inherit(type);
  }
  void operator()(const Flags&) {}
  void operator()(const Enum&) {}
  void operator()(const Option& option) { inherit(option.type); }
  void operator()(const ResultOf& result) {
    inherit(result.ok);
    inherit(result.error);
  }
  void operator()(const Own&) {}
  void operator()(const Borrow&) { contains_borrow = true; }
  void operator()(const Stream& stream) { end_of(stream.element); }
  void operator()(const Future& future) { end_of(future.element); }
  void operator()(const Map& map) {
    inherit(map.key);
    inherit(map.value);
    contains_pointer = true;
    // The same depth as its despecialized form, list<tuple<k, v>>.
    depth += 1;
  }

  bool contains_borrow = false;
  bool contains_pointer = false;
  std::uint32_t depth = 1;

 private:
  void inherit(std::optional<TypeId> part) {
    if (!part) return;
    const TypeFacts& from = table_.facts(*part);
    contains_borrow |= from.contains_borrow;
    contains_pointer |= from.contains_pointer;
    depth = std::max(depth, from.depth + 1);
  }
  void end_of(std::optional<TypeId> element) {
    inherit(element);
    contains_pointer = false;
  }

  const TypeTable& table_;
};

}  // namespace

TypeFacts compute_facts(const TypeTable& table, const Type& type) {
  Inheritance inherited(table);
  std::visit(inherited, type);
  return {.shape = std::visit(ShapeBuilder(table, PointerSize::Bits32), type),
          .shape64 = std::visit(ShapeBuilder(table, PointerSize::Bits64), type),
          .contains_borrow = inherited.contains_borrow,
          .contains_pointer = inherited.contains_pointer,
          .depth = inherited.depth};
}

}  // namespace favo::types
