#include "component/values/lower.h"

#include <algorithm>

#include "base/check.h"
#include "base/unsupported.h"
#include "component/values/shape.h"

namespace favo::values {
namespace {

using types::Primitive;
using types::TypeId;

Error no_async(std::string_view what) {
  return unsupported("cm-async", "a {} cannot be given to a component", what);
}

/// The alternative that values of the type have.
template <typename T>
Result<const T*> as(const Value& value) {
  const T* found = std::get_if<T>(&value.data);
  if (!found) return FAVO_BUG("a value is not of its type");
  return found;
}

Result<std::span<const Value>> parts_of(const Value& value, std::size_t count) {
  const Value::Parts* parts = FAVO_TRY(as<Value::Parts>(value));
  if (parts->size() != count) return FAVO_BUG("a value has another number of parts than its type");
  return std::span<const Value>(*parts);
}

std::uint32_t size_of(const types::TypeTable& table, Primitive type) {
  return static_cast<std::uint32_t>(types::layout(table, types::id_of(type)).size);
}

}  // namespace

// ---- to memory -------------------------------------------------------------------------------

Result<void> Lowerer::store(const Value& value, TypeId type, std::uint32_t pointer) {
  return std::visit(
      Overloaded{
          [&](Primitive t) { return store_primitive(value, t, pointer); },
          [&](const types::Record& t) { return store_members(value, member_types(t), pointer); },
          [&](const types::Tuple& t) { return store_members(value, t.types, pointer); },
          [&](const types::List& t) -> Result<void> {
            if (t.length) {
              FAVO_TRY(parts_of(value, *t.length));
              return store_elements(std::get<Value::Parts>(value.data), t.element, pointer);
            }
            return store_range(FAVO_TRY(list(value, t.element)), pointer);
          },
          [&](const types::Map& t) -> Result<void> {
            return store_range(FAVO_TRY(entries(value, t)), pointer);
          },
          [&](const types::Flags& t) -> Result<void> {
            const std::uint64_t raw = *FAVO_TRY(as<std::uint64_t>(value));
            return store_raw(raw, types::flags_size(t.names.size()), pointer);
          },
          [&](const types::Own& t) -> Result<void> {
            return store_raw(FAVO_TRY(own(value, t.resource)), 4, pointer);
          },
          [&](const types::Borrow&) -> Result<void> {
            return Error(Code::Unsupported, "a borrowed handle cannot be given to a component");
          },
          [&](const types::Stream&) -> Result<void> { return no_async("stream"); },
          [&](const types::Future&) -> Result<void> { return no_async("future"); },
          [&](const auto&) { return store_case(value, type, pointer); },
      },
      types_.get(type));
}

Result<void> Lowerer::store_raw(std::uint64_t raw, std::uint32_t size, std::uint32_t pointer) {
  std::uint8_t* to = context_.range(pointer, size, size);
  if (!to) return std::move(*context_.error());
  std::memcpy(to, &raw, size);  // little-endian
  return {};
}

Result<void> Lowerer::store_range(Range range, std::uint32_t pointer) {
  FAVO_TRY(store_raw(range.pointer, 4, pointer));
  return store_raw(range.length, 4, pointer + 4);
}

Result<void> Lowerer::store_primitive(const Value& value, Primitive type, std::uint32_t pointer) {
  if (type == Primitive::String) return store_range(FAVO_TRY(string(value)), pointer);
  if (type == Primitive::ErrorContext) return no_async("error-context");
  return store_raw(*FAVO_TRY(as<std::uint64_t>(value)), size_of(types_, type), pointer);
}

Result<void> Lowerer::store_members(const Value& value, std::span<const TypeId> members,
                                    std::uint32_t pointer) {
  const std::span<const Value> parts = FAVO_TRY(parts_of(value, members.size()));
  std::size_t next = 0;
  return for_each_member(types_, pointer, members, [&](std::uint32_t at, TypeId member) {
    return store(parts[next++], member, at);
  });
}

/// Spec: store_variant.
Result<void> Lowerer::store_case(const Value& value, TypeId type, std::uint32_t pointer) {
  const auto cases = types::cases_of(types_, type);
  const Case* chosen = FAVO_TRY(as<Case>(value));
  if (chosen->index >= cases.size() ||
      chosen->payload.size() != std::size_t{cases[chosen->index].has_value()})
    return FAVO_BUG("a value is of no case of its type");
  FAVO_TRY(store_raw(chosen->index, types::discriminant_size(cases.size()), pointer));
  if (chosen->payload.empty()) return {};
  return store(chosen->payload[0], *cases[chosen->index],
               pointer + types::payload_offset(types_, cases));
}

Result<void> Lowerer::store_elements(const Value::Parts& parts, TypeId element,
                                     std::uint32_t pointer) {
  const types::Layout layout = types::layout(types_, element);
  std::uint64_t at = pointer;
  for (const Value& part : parts) {
    FAVO_TRY(store(part, element, static_cast<std::uint32_t>(at)));
    at += layout.size;
  }
  return {};
}

Result<std::uint32_t> Lowerer::store_tuple(std::span<const Value> values,
                                           std::span<const TypeId> members) {
  const std::uint32_t pointer = FAVO_TRY(allocate(layout_of(types_, members), 1));
  std::size_t next = 0;
  FAVO_TRY(for_each_member(types_, pointer, members, [&](std::uint32_t at, TypeId member) {
    return store(values[next++], member, at);
  }));
  return pointer;
}

// ---- to flat values --------------------------------------------------------------------------

Result<void> Lowerer::lower_flat(const Value& value, TypeId type, engine::Value*& flat) {
  return std::visit(
      Overloaded{
          [&](Primitive t) { return lower_flat_primitive(value, t, flat); },
          [&](const types::Record& t) { return lower_flat_members(value, member_types(t), flat); },
          [&](const types::Tuple& t) { return lower_flat_members(value, t.types, flat); },
          [&](const types::List& t) -> Result<void> {
            if (t.length) return lower_flat_members(value, std::vector(*t.length, t.element), flat);
            return lower_flat_range(FAVO_TRY(list(value, t.element)), flat);
          },
          [&](const types::Map& t) -> Result<void> {
            return lower_flat_range(FAVO_TRY(entries(value, t)), flat);
          },
          [&](const types::Flags&) -> Result<void> {
            flat++->i64 = static_cast<std::int64_t>(*FAVO_TRY(as<std::uint64_t>(value)));
            return {};
          },
          [&](const types::Own& t) -> Result<void> {
            flat++->i64 = FAVO_TRY(own(value, t.resource));
            return {};
          },
          [&](const types::Borrow&) -> Result<void> {
            return Error(Code::Unsupported, "a borrowed handle cannot be given to a component");
          },
          [&](const types::Stream&) -> Result<void> { return no_async("stream"); },
          [&](const types::Future&) -> Result<void> { return no_async("future"); },
          [&](const auto&) { return lower_flat_case(value, type, flat); },
      },
      types_.get(type));
}

Result<void> Lowerer::lower_flat_range(Range range, engine::Value*& flat) {
  flat++->i64 = range.pointer;
  flat++->i64 = range.length;
  return {};
}

Result<void> Lowerer::lower_flat_primitive(const Value& value, Primitive type,
                                           engine::Value*& flat) {
  if (type == Primitive::String) return lower_flat_range(FAVO_TRY(string(value)), flat);
  if (type == Primitive::ErrorContext) return no_async("error-context");
  std::uint64_t raw = *FAVO_TRY(as<std::uint64_t>(value));
  // What is signed and small was sign-extended to 64 bits; it takes 32 here.
  if (size_of(types_, type) < 8) raw &= 0xffff'ffff;
  flat++->i64 = static_cast<std::int64_t>(raw);
  return {};
}

Result<void> Lowerer::lower_flat_members(const Value& value, std::span<const TypeId> members,
                                         engine::Value*& flat) {
  const std::span<const Value> parts = FAVO_TRY(parts_of(value, members.size()));
  for (std::size_t i = 0; i < members.size(); ++i) FAVO_TRY(lower_flat(parts[i], members[i], flat));
  return {};
}

/// Spec: lower_flat_variant. What the payload does not use stays zero.
Result<void> Lowerer::lower_flat_case(const Value& value, TypeId type, engine::Value*& flat) {
  const auto cases = types::cases_of(types_, type);
  const Case* chosen = FAVO_TRY(as<Case>(value));
  if (chosen->index >= cases.size() ||
      chosen->payload.size() != std::size_t{cases[chosen->index].has_value()})
    return FAVO_BUG("a value is of no case of its type");
  engine::Value* const end = flat + types::flatten(types_, type).size();
  flat++->i64 = chosen->index;
  if (!chosen->payload.empty())
    FAVO_TRY(lower_flat(chosen->payload[0], *cases[chosen->index], flat));
  flat = end;
  return {};
}

// ---- both ------------------------------------------------------------------------------------

Result<std::uint32_t> Lowerer::allocate(types::Layout layout, std::uint64_t count) {
  std::uint32_t pointer = 0;
  if (!context_.allocate(layout.size * count, layout.align, pointer))
    return std::move(*context_.error());
  return pointer;
}

Result<Lowerer::Range> Lowerer::string(const Value& value) {
  const std::string* text = FAVO_TRY(as<std::string>(value));
  Range range;
  if (!abi::lower_string(context_, *text, range.pointer, range.length))
    return std::move(*context_.error());
  return range;
}

Result<Lowerer::Range> Lowerer::list(const Value& value, TypeId element) {
  const Value::Parts* parts = FAVO_TRY(as<Value::Parts>(value));
  const std::uint32_t pointer = FAVO_TRY(allocate(types::layout(types_, element), parts->size()));
  FAVO_TRY(store_elements(*parts, element, pointer));
  return Range{pointer, static_cast<std::uint32_t>(parts->size())};
}

Result<Lowerer::Range> Lowerer::entries(const Value& value, const types::Map& map) {
  const Value::Parts* parts = FAVO_TRY(as<Value::Parts>(value));
  const TypeId members[] = {map.key, map.value};
  const types::Layout layout = layout_of(types_, members);
  const std::uint32_t pointer = FAVO_TRY(allocate(layout, parts->size()));
  std::uint64_t at = pointer;
  for (const Value& part : *parts) {
    FAVO_TRY(store_members(part, members, static_cast<std::uint32_t>(at)));
    at += layout.size;
  }
  return Range{pointer, static_cast<std::uint32_t>(parts->size())};
}

Result<std::uint32_t> Lowerer::own(const Value& value, types::ResourceId resource) {
  const Handle* handle = FAVO_TRY(as<Handle>(value));
  const handles::ResourceType* type =
      resource.value < resources_.size() ? resources_[resource.value] : nullptr;
  if (!type || !handle->own) return FAVO_BUG("a handle that cannot be given away");
  return context_.handles().add(*type, handle->rep);
}

}  // namespace favo::values
