#include "component/values/lift.h"

#include "base/check.h"
#include "base/unsupported.h"
#include "component/types/layout.h"
#include "component/values/shape.h"

namespace favo::values {
namespace {

using types::Primitive;
using types::TypeId;

Error no_async(std::string_view what) {
  return unsupported("cm-async", "a {} cannot leave its component", what);
}

std::uint64_t sign_extended(std::int64_t value) { return static_cast<std::uint64_t>(value); }

/// Bytes of a primitive in memory, not of a string.
std::uint32_t size_of(Primitive type) {
  switch (type) {
    case Primitive::Bool:
    case Primitive::S8:
    case Primitive::U8:
      return 1;
    case Primitive::S16:
    case Primitive::U16:
      return 2;
    case Primitive::S64:
    case Primitive::U64:
    case Primitive::F64:
      return 8;
    default:
      return 4;
  }
}

std::uint64_t read_raw(const std::uint8_t* from, std::uint32_t size) {
  switch (size) {
    case 1:
      return *from;
    case 2:
      return abi::read_scalar<std::uint16_t>(from);
    case 4:
      return abi::read_scalar<std::uint32_t>(from);
    default:
      return abi::read_scalar<std::uint64_t>(from);
  }
}

/// What a part takes at least; strings are charged by it.
constexpr std::size_t kBytesPerPart = 64;

std::uint32_t flat_i32(const engine::Value& flat) { return static_cast<std::uint32_t>(flat.i32); }

}  // namespace

Result<void> Lifter::charge(std::size_t parts) {
  if (parts > kMaxParts - parts_)
    return error(Code::LimitExceeded, "a value has more than {} parts", kMaxParts);
  parts_ += parts;
  return {};
}

Result<const std::uint8_t*> Lifter::range(std::uint32_t pointer, std::uint64_t size,
                                          std::uint32_t align) {
  const std::uint8_t* from = context_.range(pointer, size, align);
  if (!from) return std::move(*context_.error());
  return from;
}

Result<std::uint32_t> Lifter::load_u32(std::uint32_t pointer) {
  return abi::read_scalar<std::uint32_t>(FAVO_TRY(range(pointer, 4, 4)));
}

// ---- from memory -----------------------------------------------------------------------------

Result<Value> Lifter::load(std::uint32_t pointer, TypeId type) {
  FAVO_TRY(charge(1));
  const types::Layout layout = types::layout(types_, type);
  FAVO_TRY(range(pointer, layout.size, layout.align));
  return std::visit(
      Overloaded{
          [&](Primitive t) { return load_primitive(pointer, t); },
          [&](const types::Record& t) { return load_members(pointer, member_types(t)); },
          [&](const types::Tuple& t) { return load_members(pointer, t.types); },
          [&](const types::List& t) -> Result<Value> {
            if (t.length) return load_elements(pointer, *t.length, t.element);
            const std::uint32_t begin = FAVO_TRY(load_u32(pointer));
            return load_elements(begin, FAVO_TRY(load_u32(pointer + 4)), t.element);
          },
          [&](const types::Map& t) -> Result<Value> {
            const std::uint32_t begin = FAVO_TRY(load_u32(pointer));
            return load_entries(begin, FAVO_TRY(load_u32(pointer + 4)), t);
          },
          [&](const types::Flags& t) -> Result<Value> {
            const std::uint32_t size = types::flags_size(t.names.size());
            const std::uint64_t raw = read_raw(FAVO_TRY(range(pointer, size, size)), size);
            return Value{raw & ((std::uint64_t{1} << t.names.size()) - 1)};
          },
          [&](const types::Own& t) -> Result<Value> {
            return handle(t.resource, FAVO_TRY(load_u32(pointer)), true);
          },
          [&](const types::Borrow& t) -> Result<Value> {
            return handle(t.resource, FAVO_TRY(load_u32(pointer)), false);
          },
          [&](const types::Stream&) -> Result<Value> { return no_async("stream"); },
          [&](const types::Future&) -> Result<Value> { return no_async("future"); },
          [&](const auto&) { return load_case(pointer, type); },
      },
      types_.get(type));
}

Result<Value> Lifter::load_primitive(std::uint32_t pointer, Primitive type) {
  if (type == Primitive::String) {
    const std::uint32_t begin = FAVO_TRY(load_u32(pointer));
    return string(begin, FAVO_TRY(load_u32(pointer + 4)));
  }
  const std::uint32_t size = size_of(type);
  return scalar(type, read_raw(FAVO_TRY(range(pointer, size, size)), size));
}

Result<Value> Lifter::load_members(std::uint32_t pointer, std::span<const TypeId> members) {
  Value::Parts parts;
  FAVO_TRY(for_each_member(types_, pointer, members,
                           [&](std::uint32_t at, TypeId member) -> Result<void> {
                             parts.push_back(FAVO_TRY(load(at, member)));
                             return {};
                           }));
  return Value{std::move(parts)};
}

/// Spec: load_variant.
Result<Value> Lifter::load_case(std::uint32_t pointer, TypeId type) {
  const auto cases = types::cases_of(types_, type);
  const std::uint32_t size = types::discriminant_size(cases.size());
  const std::uint64_t index = read_raw(FAVO_TRY(range(pointer, size, size)), size);
  if (index >= cases.size()) return Error(Code::Trap, "invalid variant discriminant");
  Case made{static_cast<std::uint32_t>(index), {}};
  if (cases[index]) {
    const std::uint32_t payload = pointer + types::payload_offset(types_, cases);
    made.payload.push_back(FAVO_TRY(load(payload, *cases[index])));
  }
  return Value{std::move(made)};
}

/// Spec: load_list_from_valid_range.
Result<Value> Lifter::load_elements(std::uint32_t pointer, std::uint32_t length, TypeId element) {
  const types::Layout layout = types::layout(types_, element);
  FAVO_TRY(range(pointer, layout.size * length, layout.align));
  FAVO_TRY(charge(length));
  parts_ -= length;  // each element counts itself
  Value::Parts parts;
  parts.reserve(length);
  for (std::uint32_t i = 0; i < length; ++i) {
    const auto at = static_cast<std::uint32_t>(pointer + layout.size * i);
    parts.push_back(FAVO_TRY(load(at, element)));
  }
  return Value{std::move(parts)};
}

/// A map is a list of pairs. Spec: "Despecialization".
Result<Value> Lifter::load_entries(std::uint32_t pointer, std::uint32_t length,
                                   const types::Map& map) {
  const TypeId members[] = {map.key, map.value};
  const types::Layout layout = layout_of(types_, members);
  FAVO_TRY(range(pointer, layout.size * length, layout.align));
  Value::Parts parts;
  for (std::uint32_t i = 0; i < length; ++i) {
    const auto at = static_cast<std::uint32_t>(pointer + layout.size * i);
    parts.push_back(FAVO_TRY(load_members(at, members)));
  }
  return Value{std::move(parts)};
}

// ---- from flat values ------------------------------------------------------------------------

Result<Value> Lifter::lift_flat(const engine::Value*& flat, TypeId type) {
  FAVO_TRY(charge(1));
  return std::visit(
      Overloaded{
          [&](Primitive t) { return lift_flat_primitive(flat, t); },
          [&](const types::Record& t) { return lift_flat_members(flat, member_types(t)); },
          [&](const types::Tuple& t) { return lift_flat_members(flat, t.types); },
          [&](const types::List& t) -> Result<Value> {
            if (t.length) return lift_flat_members(flat, std::vector(*t.length, t.element));
            const std::uint32_t begin = flat_i32(*flat++);
            return load_elements(begin, flat_i32(*flat++), t.element);
          },
          [&](const types::Map& t) -> Result<Value> {
            const std::uint32_t begin = flat_i32(*flat++);
            return load_entries(begin, flat_i32(*flat++), t);
          },
          [&](const types::Flags& t) -> Result<Value> {
            const std::uint64_t labels = (std::uint64_t{1} << t.names.size()) - 1;
            return Value{flat_i32(*flat++) & labels};
          },
          [&](const types::Own& t) { return handle(t.resource, flat_i32(*flat++), true); },
          [&](const types::Borrow& t) { return handle(t.resource, flat_i32(*flat++), false); },
          [&](const types::Stream&) -> Result<Value> { return no_async("stream"); },
          [&](const types::Future&) -> Result<Value> { return no_async("future"); },
          [&](const auto&) { return lift_flat_case(flat, type); },
      },
      types_.get(type));
}

Result<Value> Lifter::lift_flat_primitive(const engine::Value*& flat, Primitive type) {
  const engine::Value& from = *flat++;
  switch (type) {
    case Primitive::String:
      return string(flat_i32(from), flat_i32(*flat++));
    case Primitive::S64:
    case Primitive::U64:
    case Primitive::F64:  // a union: its bits are those of the i64
      return scalar(type, static_cast<std::uint64_t>(from.i64));
    default:
      return scalar(type, flat_i32(from));
  }
}

Result<Value> Lifter::lift_flat_members(const engine::Value*& flat,
                                        std::span<const TypeId> members) {
  Value::Parts parts;
  for (const TypeId member : members) parts.push_back(FAVO_TRY(lift_flat(flat, member)));
  return Value{std::move(parts)};
}

/// Spec: lift_flat_variant. Joined flat types need no conversion: see component/abi/type.h.
Result<Value> Lifter::lift_flat_case(const engine::Value*& flat, TypeId type) {
  const auto cases = types::cases_of(types_, type);
  const engine::Value* const end = flat + types::flatten(types_, type).size();
  const std::uint32_t index = flat_i32(*flat++);
  if (index >= cases.size()) return Error(Code::Trap, "invalid variant discriminant");
  Case made{index, {}};
  if (cases[index]) made.payload.push_back(FAVO_TRY(lift_flat(flat, *cases[index])));
  flat = end;
  return Value{std::move(made)};
}

// ---- both ------------------------------------------------------------------------------------

/// `raw`: what lies in memory or in a flat value; its upper bits may be anything.
Result<Value> Lifter::scalar(Primitive type, std::uint64_t raw) const {
  switch (type) {
    case Primitive::Bool:
      return Value{std::uint64_t{raw != 0}};
    case Primitive::S8:
      return Value{sign_extended(static_cast<std::int8_t>(raw))};
    case Primitive::U8:
      return Value{raw & 0xff};
    case Primitive::S16:
      return Value{sign_extended(static_cast<std::int16_t>(raw))};
    case Primitive::U16:
      return Value{raw & 0xffff};
    case Primitive::S32:
      return Value{sign_extended(static_cast<std::int32_t>(raw))};
    case Primitive::U32:
      return Value{raw & 0xffff'ffff};
    case Primitive::S64:
    case Primitive::U64:
      return Value{raw};
    case Primitive::F32:
      return Value{canonicalize_nan32(static_cast<std::uint32_t>(raw))};
    case Primitive::F64:
      return Value{canonicalize_nan64(raw)};
    case Primitive::Char:
      if (raw >= 0x110000 || (raw >= 0xd800 && raw < 0xe000))
        return Error(Code::Trap, "invalid char value");
      return Value{raw};
    case Primitive::ErrorContext:
      return no_async("error-context");
    case Primitive::String:
      break;
  }
  return FAVO_BUG("a string is no scalar");
}

Result<Value> Lifter::string(std::uint32_t pointer, std::uint32_t length) {
  std::string_view text;
  if (!abi::lift_string(context_, pointer, length, text)) return std::move(*context_.error());
  // Many strings can be one range of memory, and are as many copies here.
  FAVO_TRY(charge(text.size() / kBytesPerPart));
  return Value{std::string(text)};
}

Result<Value> Lifter::handle(types::ResourceId resource, std::uint32_t index, bool own) {
  const handles::ResourceType* type =
      resource.value < resources_.size() ? resources_[resource.value] : nullptr;
  if (!type) return FAVO_BUG("a handle of a resource that nobody provides");
  handles::HandleTable& table = context_.handles();
  const handles::Rep rep = FAVO_TRY(own ? table.remove_own(*type, index) : table.rep(*type, index));
  return Value{Handle{type, rep, own}};
}

}  // namespace favo::values
