#include "component/validate/core_types.h"

#include <algorithm>
#include <iterator>

#include "base/bytes.h"
#include "component/validate/type_arena.h"

namespace favo::validate {

namespace {

using wasm::ValType;

// Abstract heap types, as signed numbers (core/binary/types, "Heap Types").
constexpr std::int64_t kNoExn = -12, kNoFunc = -13, kNoExtern = -14, kNone = -15, kAny = -18,
                       kEq = -19, kI31 = -20, kStruct = -21, kArray = -22, kExn = -23;

constexpr int kMaxSubtypingDepth = 63;  // the engine's

/// Those of stack switching are not among them.
Result<void> check_abstract(std::int64_t heap, std::size_t offset) {
  if (heap >= kExn && heap <= kNoExn) return {};
  return fail(offset, "unknown abstract heap type {}", heap);
}

/// Applies `f` to every value type inside, in order.
template <typename F>
void for_each_val_type(wasm::SubType& type, const F& f) {
  if (auto* func = std::get_if<wasm::FuncType>(&type.composite)) {
    for (ValType& param : func->params) f(param);
    for (ValType& result : func->results) f(result);
  } else if (auto* structure = std::get_if<wasm::StructType>(&type.composite)) {
    for (wasm::FieldType& field : structure->fields) f(field.type);
  } else {
    f(std::get<wasm::ArrayType>(type.composite).element.type);
  }
}

/// A group as bytes: equal exactly when the groups are. References within the group are counted
/// from its start, others are `CoreTypeId`s.
class Serializer {
 public:
  explicit Serializer(std::size_t base) : base_(base) {}

  void write(const wasm::SubType& type) {
    key_ += type.open ? 'o' : 'f';
    if (type.supertype) reference(*type.supertype);
    key_ += static_cast<char>('0' + type.composite.index());
    if (const auto* func = std::get_if<wasm::FuncType>(&type.composite)) {
      for (const ValType& param : func->params) write(param);
      key_ += '>';
      for (const ValType& result : func->results) write(result);
    } else if (const auto* structure = std::get_if<wasm::StructType>(&type.composite)) {
      for (const wasm::FieldType& field : structure->fields) write(field);
    } else {
      write(std::get<wasm::ArrayType>(type.composite).element);
    }
    key_ += ';';
  }
  std::string take() && { return std::move(key_); }

 private:
  void write(const wasm::FieldType& field) {
    key_ += field.mutable_ ? 'm' : 'c';
    write(field.type);
  }
  void write(const ValType& type) {
    key_ += static_cast<char>(type.code);
    if (!type.is_ref()) return;
    if (type.heap >= 0) {
      reference(static_cast<std::uint32_t>(type.heap));
    } else {
      fmt::format_to(std::back_inserter(key_), "a{}.", -type.heap);
    }
  }
  /// Ids from `base_` on stand for members of the group.
  void reference(std::uint32_t id) {
    if (id >= base_) {
      fmt::format_to(std::back_inserter(key_), "r{}.", id - base_);
    } else {
      fmt::format_to(std::back_inserter(key_), "g{}.", id);
    }
  }

  std::size_t base_;
  std::string key_;
};

}  // namespace

std::string_view describe(const CoreExtern& item) {
  constexpr std::string_view names[] = {"func", "table", "memory", "global", "tag"};
  return names[item.index()];
}

Result<std::uint32_t> CoreTypes::resolve_index(std::uint64_t index, IndexSpace before,
                                               std::size_t size, std::size_t base,
                                               std::size_t offset) {
  const std::size_t first = before.size();
  if (index >= first && index - first < size) {
    return static_cast<std::uint32_t>(base + (index - first));
  }
  if (index < first && before[index]) return before[index]->value;
  return fail(offset, "unknown type {}: type index out of bounds", index);
}

Result<std::vector<CoreTypeId>> CoreTypes::intern(std::span<const wasm::SubType> group,
                                                  IndexSpace before, std::size_t offset) {
  const std::size_t base = types_.size();
  std::vector<wasm::SubType> types(group.begin(), group.end());
  Serializer serializer(base);
  for (std::size_t i = 0; i < types.size(); ++i) {
    wasm::SubType& type = types[i];
    if (type.supertype) {
      if (*type.supertype >= before.size() + i) {
        return fail(offset, "supertypes must be defined before subtypes");
      }
      type.supertype = FAVO_TRY(resolve_index(*type.supertype, before, group.size(), base, offset));
    }
    Result<void> resolved;
    for_each_val_type(type, [&](ValType& value) {
      if (!value.is_ref() || !resolved) return;
      if (value.heap < 0) {
        resolved = check_abstract(value.heap, offset);
        return;
      }
      auto id =
          resolve_index(static_cast<std::uint64_t>(value.heap), before, group.size(), base, offset);
      if (id) {
        value.heap = *id;
      } else {
        resolved = std::move(id).error();
      }
    });
    FAVO_TRY(std::move(resolved));
    serializer.write(type);
  }

  const auto [it, added] = groups_.try_emplace(std::move(serializer).take(), CoreTypeId(base));
  const CoreTypeId first = it->second;
  if (added) {
    std::ranges::move(types, std::back_inserter(types_));
    for (std::size_t i = base; i < types_.size(); ++i) {
      FAVO_TRY(check_supertype(types_[i], offset));
    }
  }
  std::vector<CoreTypeId> ids;
  for (std::size_t i = 0; i < group.size(); ++i) ids.push_back(CoreTypeId(first.value + i));
  return ids;
}

Result<void> CoreTypes::check_supertype(const wasm::SubType& type, std::size_t offset) const {
  if (!type.supertype) return {};
  const wasm::SubType& super = types_[*type.supertype];
  if (!super.open) return fail(offset, "sub type cannot have a final super type");
  if (!composite_matches(type, super)) return fail(offset, "sub type must match super type");
  int depth = 1;
  for (const wasm::SubType* at = &super; at->supertype; at = &types_[*at->supertype]) ++depth;
  if (depth <= kMaxSubtypingDepth) return {};
  return fail(offset, "sub types are nested deeper than {}", kMaxSubtypingDepth);
}

bool CoreTypes::matches(const wasm::FieldType& actual, const wasm::FieldType& expected) const {
  if (actual.mutable_ != expected.mutable_) return false;
  return actual.mutable_ ? actual.type == expected.type : matches(actual.type, expected.type);
}

bool CoreTypes::composite_matches(const wasm::SubType& actual,
                                  const wasm::SubType& expected) const {
  if (actual.composite.index() != expected.composite.index()) return false;
  const auto all_match = [this](const auto& subs, const auto& supers) {
    for (std::size_t i = 0; i < supers.size(); ++i) {
      if (!matches(subs[i], supers[i])) return false;
    }
    return true;
  };
  if (const auto* func = std::get_if<wasm::FuncType>(&actual.composite)) {
    const auto& super = std::get<wasm::FuncType>(expected.composite);
    return func->params.size() == super.params.size() &&
           func->results.size() == super.results.size() && all_match(super.params, func->params) &&
           all_match(func->results, super.results);
  }
  if (const auto* structure = std::get_if<wasm::StructType>(&actual.composite)) {
    const auto& super = std::get<wasm::StructType>(expected.composite);
    return structure->fields.size() >= super.fields.size() &&
           all_match(structure->fields, super.fields);
  }
  return matches(std::get<wasm::ArrayType>(actual.composite).element,
                 std::get<wasm::ArrayType>(expected.composite).element);
}

CoreTypeId CoreTypes::intern(const wasm::FuncType& type) {
  wasm::SubType definition;
  definition.composite = type;
  Serializer serializer(types_.size());
  serializer.write(definition);
  const auto [it, added] =
      groups_.try_emplace(std::move(serializer).take(), CoreTypeId(types_.size()));
  if (added) types_.push_back(std::move(definition));
  return it->second;
}

const wasm::FuncType* CoreTypes::func(CoreTypeId id) const {
  return std::get_if<wasm::FuncType>(&types_[id.value].composite);
}

Result<ValType> CoreTypes::resolve(ValType type, IndexSpace space, std::size_t offset) const {
  if (!type.is_ref()) return type;
  if (type.heap < 0) {
    FAVO_TRY(check_abstract(type.heap, offset));
    return type;
  }
  const auto index = static_cast<std::uint64_t>(type.heap);
  if (index >= space.size() || !space[index]) {
    return fail(offset, "unknown type {}: type index out of bounds", index);
  }
  type.heap = space[index]->value;
  return type;
}

bool CoreTypes::matches(CoreTypeId actual, CoreTypeId expected) const {
  // Supertypes have smaller ids, so this ends.
  std::optional<std::uint32_t> id = actual.value;
  while (id) {
    if (*id == expected.value) return true;
    id = types_[*id].supertype;
  }
  return false;
}

bool CoreTypes::heap_matches(std::int64_t actual, std::int64_t expected) const {
  if (actual == expected) return true;
  if (actual >= 0) {
    if (expected >= 0) {
      return matches(CoreTypeId(static_cast<std::size_t>(actual)),
                     CoreTypeId(static_cast<std::size_t>(expected)));
    }
    switch (types_[static_cast<std::size_t>(actual)].composite.index()) {
      case 0:
        return expected == wasm::kFunc;
      case 1:
        return expected == kStruct || expected == kEq || expected == kAny;
      default:
        return expected == kArray || expected == kEq || expected == kAny;
    }
  }
  if (expected >= 0) {
    const bool is_func = types_[static_cast<std::size_t>(expected)].composite.index() == 0;
    return actual == (is_func ? kNoFunc : kNone);
  }
  switch (actual) {
    case kNoFunc:
      return expected == wasm::kFunc;
    case kNoExtern:
      return expected == wasm::kExtern;
    case kNoExn:
      return expected == kExn;
    case kNone:
      return expected == kI31 || expected == kStruct || expected == kArray || expected == kEq ||
             expected == kAny;
    case kI31:
    case kStruct:
    case kArray:
      return expected == kEq || expected == kAny;
    case kEq:
      return expected == kAny;
    default:
      return false;
  }
}

bool CoreTypes::matches(const ValType& actual, const ValType& expected) const {
  if (!actual.is_ref() || !expected.is_ref()) return actual == expected;
  if (actual.code == ValType::RefNull && expected.code == ValType::Ref) return false;
  return heap_matches(actual.heap, expected.heap);
}

bool limits_match(const wasm::Limits& actual, const wasm::Limits& expected) {
  return actual.min >= expected.min &&
         (!expected.max || (actual.max && *actual.max <= *expected.max));
}

Result<void> CoreTypes::check(const CoreExtern& actual, const CoreExtern& expected,
                              std::size_t offset) const {
  const auto mismatch = [offset](std::string_view what) { return fail_text(offset, what); };
  if (actual.index() != expected.index()) {
    return fail(offset, "expected {}, found {}", describe(expected), describe(actual));
  }
  if (const auto* func = std::get_if<CoreFunc>(&expected)) {
    const CoreTypeId found = std::get<CoreFunc>(actual).type;
    if (matches(found, func->type)) return {};
    return fail(offset, "expected {}, found {}", text(func->type), text(found));
  }
  if (const auto* table = std::get_if<wasm::TableType>(&expected)) {
    const auto& found = std::get<wasm::TableType>(actual);
    if (found.element != table->element) return mismatch("table element types differ");
    if (found.limits.is64 != table->limits.is64) {
      return mismatch("mismatch in index type used for tables");
    }
    if (!limits_match(found.limits, table->limits)) return mismatch("mismatch in table limits");
    return {};
  }
  if (const auto* memory = std::get_if<wasm::MemoryType>(&expected)) {
    const auto& found = std::get<wasm::MemoryType>(actual);
    if (found.limits.shared != memory->limits.shared) {
      return mismatch("mismatch in the shared flag for memories");
    }
    if (found.limits.is64 != memory->limits.is64) {
      return mismatch("mismatch in index type used for memories");
    }
    if (found.page_size_log2() != memory->page_size_log2()) {
      return mismatch("mismatch in page size for memories");
    }
    if (!limits_match(found.limits, memory->limits)) return mismatch("mismatch in memory limits");
    return {};
  }
  if (const auto* global = std::get_if<wasm::GlobalType>(&expected)) {
    const auto& found = std::get<wasm::GlobalType>(actual);
    if (found.mutable_ != global->mutable_) return mismatch("global types differ in mutability");
    // What may be written through the import must also fit the other way.
    if (matches(found.type, global->type) &&
        (!global->mutable_ || matches(global->type, found.type))) {
      return {};
    }
    return mismatch("global types differ");
  }
  const CoreTypeId found = std::get<CoreTag>(actual).type;
  const CoreTypeId wanted = std::get<CoreTag>(expected).type;
  if (matches(found, wanted) && matches(wanted, found)) return {};
  return fail(offset, "expected tag {}, found tag {}", text(wanted), text(found));
}

namespace {

void append(std::string& out, const ValType& type) {
  switch (type.code) {
    case ValType::I32:
      out += "i32";
      return;
    case ValType::I64:
      out += "i64";
      return;
    case ValType::F32:
      out += "f32";
      return;
    case ValType::F64:
      out += "f64";
      return;
    case ValType::V128:
      out += "v128";
      return;
    case ValType::I8:
      out += "i8";
      return;
    case ValType::I16:
      out += "i16";
      return;
    case ValType::RefNull:
    case ValType::Ref:
      break;
  }
  if (type == wasm::kFuncRef) {
    out += "funcref";
  } else if (type == ValType{ValType::RefNull, wasm::kExtern}) {
    out += "externref";
  } else {
    out += "ref";
  }
}

void append(std::string& out, const std::vector<ValType>& types) {
  out += '[';
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i != 0) out += ' ';
    append(out, types[i]);
  }
  out += ']';
}

}  // namespace

std::string text_of(const wasm::FuncType& type) {
  std::string text;
  append(text, type.params);
  text += " -> ";
  append(text, type.results);
  return text;
}

std::string CoreTypes::text(CoreTypeId id) const {
  const wasm::FuncType* type = func(id);
  return type ? text_of(*type) : "a type that is no function";
}

ValType to_val_type(const binary::CoreValType& type) {
  if (type.heap_type) return {static_cast<ValType::Code>(type.code), *type.heap_type};
  if (type.code >= 0x7b) return {static_cast<ValType::Code>(type.code), 0};
  return {ValType::RefNull, std::int64_t{type.code} - 0x80};
}

wasm::FuncType to_func_type(const binary::CoreFuncType& type) {
  wasm::FuncType func;
  for (const binary::CoreValType& param : type.params) func.params.push_back(to_val_type(param));
  for (const binary::CoreValType& result : type.results) {
    func.results.push_back(to_val_type(result));
  }
  return func;
}

}  // namespace favo::validate
