#include "tests/echo/echo_app.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/format.h"
#include "component/types/layout.h"

namespace favo::echo {

using types::Flat;
using types::Primitive;
using types::TypeId;
using types::TypeTable;

std::uint8_t Choices::next() {
  return position_ < bytes_.size() ? bytes_[position_++] : std::uint8_t{0};
}

std::uint32_t Choices::below(std::uint32_t count) {
  if (count <= 1) return 0;
  std::uint32_t value = next();
  if (count > 256) value = value << 8 | next();
  return value % count;
}

std::uint64_t Choices::number() {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | next();
  return value;
}

namespace {

std::vector<std::string> labels(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(format("l{}", i));
  return names;
}

std::optional<TypeId> maybe_type(Choices& choices, TypeTable& table, int depth) {
  if (choices.below(4) == 0) return std::nullopt;
  return random_type(choices, table, depth);
}

TypeId random_compound(Choices& choices, TypeTable& table, int depth) {
  constexpr std::uint32_t kEnums[] = {1, 2, 3, 5, 9, 256, 257};
  constexpr std::uint32_t kFlags[] = {1, 3, 8, 9, 16, 17, 32};
  const std::uint32_t few = 1 + choices.below(5);
  switch (choices.below(10)) {
    case 0:
      return table.intern(types::List{random_type(choices, table, depth), {}});
    case 1: {
      types::Record record;
      for (std::uint32_t i = 0; i < few; ++i) {
        record.fields.push_back({format("l{}", i), random_type(choices, table, depth)});
      }
      return table.intern(std::move(record));
    }
    case 2: {
      types::Variant variant;
      for (std::uint32_t i = 0; i < few; ++i) {
        variant.cases.push_back({format("l{}", i), maybe_type(choices, table, depth)});
      }
      return table.intern(std::move(variant));
    }
    case 3: {
      types::Tuple tuple;
      for (std::uint32_t i = 0; i < few; ++i) {
        tuple.types.push_back(random_type(choices, table, depth));
      }
      return table.intern(std::move(tuple));
    }
    case 4:
      return table.intern(types::Option{random_type(choices, table, depth)});
    case 5: {
      const auto ok = maybe_type(choices, table, depth);
      return table.intern(types::ResultOf{ok, maybe_type(choices, table, depth)});
    }
    case 6:
      return table.intern(types::Enum{labels(kEnums[choices.below(std::size(kEnums))])});
    case 7:
      return table.intern(types::Flags{labels(kFlags[choices.below(std::size(kFlags))])});
    case 8:
      return table.intern(types::List{random_type(choices, table, depth), few});
    default: {
      constexpr Primitive kKeys[] = {Primitive::String, Primitive::U8,   Primitive::S64,
                                     Primitive::Bool,   Primitive::Char, Primitive::U32};
      const TypeId key = types::id_of(kKeys[choices.below(std::size(kKeys))]);
      return table.intern(types::Map{key, random_type(choices, table, depth)});
    }
  }
}

}  // namespace

TypeId random_type(Choices& choices, TypeTable& table, int depth) {
  // The error context comes last of the primitives, and has no values here.
  constexpr auto kPrimitives = static_cast<std::uint32_t>(Primitive::ErrorContext);
  if (depth <= 1 || choices.below(3) == 0) {
    return types::id_of(static_cast<Primitive>(choices.below(kPrimitives)));
  }
  return random_compound(choices, table, depth - 1);
}

namespace {

constexpr std::string_view kFlatNames[] = {"i32", "i64", "f32", "f64"};
std::string_view name_of(Flat flat) { return kFlatNames[static_cast<int>(flat)]; }

/// Writes types as text. Records, variants, enums and flags must have names where they cross a
/// component's border: they are `$t0`, `$t1`, …
class TypeText {
 public:
  explicit TypeText(const TypeTable& table) : table_(table) {}

  /// In the order in which they must be defined.
  const std::vector<TypeId>& named() const { return order_; }
  std::string name(TypeId type) const { return format("$t{}", numbers_.at(type)); }

  /// Finds all that need names. The depth of types is bounded by those who make them.
  void collect(TypeId type) {
    for (const TypeId part : parts_of(type)) collect(part);
    if (is_named(type) && numbers_.emplace(type, order_.size()).second) order_.push_back(type);
  }

  std::string use(TypeId type) const { return is_named(type) ? name(type) : define(type); }

  std::string define(TypeId type) const {
    const types::Type& node = table_.get(type);
    if (const auto* t = std::get_if<Primitive>(&node)) return std::string(primitive(*t));
    std::string text = "(";
    if (const auto* t = std::get_if<types::Record>(&node)) {
      text += "record";
      for (const auto& f : t->fields) text += format(" (field \"{}\" {})", f.name, use(f.type));
    } else if (const auto* t = std::get_if<types::Variant>(&node)) {
      text += "variant";
      for (const auto& c : t->cases) text += format(" (case \"{}\"{})", c.name, optional(c.type));
    } else if (const auto* t = std::get_if<types::List>(&node)) {
      text += "list " + use(t->element);
      if (t->length) text += format(" {}", *t->length);
    } else if (const auto* t = std::get_if<types::Tuple>(&node)) {
      text += "tuple";
      for (const TypeId member : t->types) text += " " + use(member);
    } else if (const auto* t = std::get_if<types::Flags>(&node)) {
      text += "flags" + quoted(t->names);
    } else if (const auto* t = std::get_if<types::Enum>(&node)) {
      text += "enum" + quoted(t->names);
    } else if (const auto* t = std::get_if<types::Option>(&node)) {
      text += "option " + use(t->type);
    } else if (const auto* t = std::get_if<types::ResultOf>(&node)) {
      text += "result" + optional(t->ok);
      if (t->error) text += format(" (error {})", use(*t->error));
    } else if (const auto* t = std::get_if<types::Map>(&node)) {
      text += "map " + use(t->key) + " " + use(t->value);
    }
    return text + ")";
  }

 private:
  bool is_named(TypeId type) const {
    const types::Type& node = table_.get(type);
    return std::holds_alternative<types::Record>(node) ||
           std::holds_alternative<types::Variant>(node) ||
           std::holds_alternative<types::Enum>(node) || std::holds_alternative<types::Flags>(node);
  }

  std::vector<TypeId> parts_of(TypeId type) const {
    const types::Type& node = table_.get(type);
    std::vector<TypeId> parts;
    if (const auto* t = std::get_if<types::Record>(&node)) {
      for (const auto& field : t->fields) parts.push_back(field.type);
    } else if (const auto* t = std::get_if<types::Tuple>(&node)) {
      parts = t->types;
    } else if (const auto* t = std::get_if<types::List>(&node)) {
      parts = {t->element};
    } else if (const auto* t = std::get_if<types::Map>(&node)) {
      parts = {t->key, t->value};
    } else {
      for (const auto& payload : types::cases_of(table_, type)) {
        if (payload) parts.push_back(*payload);
      }
    }
    return parts;
  }

  std::string optional(const std::optional<TypeId>& type) const {
    return type ? " " + use(*type) : std::string();
  }
  static std::string quoted(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += format(" \"{}\"", name);
    return text;
  }
  static std::string_view primitive(Primitive type) {
    constexpr std::string_view kNames[] = {"bool", "s8",  "u8",  "s16", "u16",  "s32",   "u32",
                                           "s64",  "u64", "f32", "f64", "char", "string"};
    return kNames[static_cast<std::size_t>(type)];
  }

  const TypeTable& table_;
  std::map<TypeId, std::size_t> numbers_;
  std::vector<TypeId> order_;
};

/// An expression that gives a flat value, and its type.
struct Operand {
  std::string code;
  Flat type;
};

/// What a joined flat value is for a payload. Spec: CanonicalABI.md, lift_flat_variant.
Operand narrowed(const Operand& operand, Flat want) {
  const std::string& code = operand.code;
  if (operand.type == want) return operand;
  if (operand.type == Flat::I32) return {format("(f32.reinterpret_i32 {})", code), want};
  if (want == Flat::F64) return {format("(f64.reinterpret_i64 {})", code), want};
  const std::string low = format("(i32.wrap_i64 {})", code);
  return {want == Flat::I32 ? low : format("(f32.reinterpret_i32 {})", low), want};
}

/// Code that stores flat values at `$to` as the canonical ABI lays them out.
class StoreFlat {
 public:
  explicit StoreFlat(const TypeTable& table) : table_(table) {}

  /// Uses up as many operands as the type has.
  std::string store(TypeId type, std::uint64_t offset, std::vector<Operand>& operands) {
    const types::Type& node = table_.get(type);
    std::string code;
    std::vector<TypeId> members;
    if (const auto* t = std::get_if<Primitive>(&node); t && *t != Primitive::String) {
      return scalar(types::layout(table_, type).size, offset, operands);
    } else if (std::holds_alternative<types::Flags>(node)) {
      return scalar(types::layout(table_, type).size, offset, operands);
    } else if (const auto* t = std::get_if<types::Record>(&node)) {
      for (const auto& field : t->fields) members.push_back(field.type);
    } else if (const auto* t = std::get_if<types::Tuple>(&node)) {
      members = t->types;
    } else if (const auto* t = std::get_if<types::List>(&node); t && t->length) {
      members.assign(*t->length, t->element);
    } else if (!types::cases_of(table_, type).empty()) {
      return variant(type, offset, operands);
    } else {  // string, list, map
      code = scalar(4, offset, operands);
      return code + scalar(4, offset + 4, operands);
    }
    for (const TypeId member : members) {
      const types::Layout layout = types::layout(table_, member);
      offset = types::align_to(offset, layout.align);
      code += store(member, offset, operands);
      offset += layout.size;
    }
    return code;
  }

 private:
  static Operand take(std::vector<Operand>& operands) {
    Operand first = operands.front();
    operands.erase(operands.begin());
    return first;
  }

  static std::string scalar(std::uint64_t size, std::uint64_t offset,
                            std::vector<Operand>& operands) {
    const Operand operand = take(operands);
    const bool narrow = operand.type == Flat::I32 && size < 4;
    return format("({}.store{} offset={} (local.get $to) {})\n", name_of(operand.type),
                  narrow ? format("{}", size * 8) : std::string(), offset, operand.code);
  }

  std::string variant(TypeId type, std::uint64_t offset, std::vector<Operand>& operands) {
    const auto cases = types::cases_of(table_, type);
    const std::size_t flats = types::flatten(table_, type).size();
    const std::string discriminant = operands.front().code;
    std::vector<Operand> rest(operands.begin() + 1,
                              operands.begin() + static_cast<std::ptrdiff_t>(flats));
    std::string code = scalar(types::discriminant_size(cases.size()), offset, operands);
    operands.erase(operands.begin(), operands.begin() + static_cast<std::ptrdiff_t>(rest.size()));
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (!cases[i]) continue;
      std::vector<Operand> payload;
      const auto wanted = types::flatten(table_, *cases[i]);
      for (std::size_t k = 0; k < wanted.size(); ++k) {
        payload.push_back(narrowed(rest[k], wanted[k]));
      }
      code += format("(if (i32.eq {} (i32.const {})) (then\n", discriminant, i);
      code += store(*cases[i], offset + types::payload_offset(table_, cases), payload) + "))\n";
    }
    return code;
  }

  const TypeTable& table_;
};

/// Blocks one after the other, never freed, in a memory that grows.
constexpr std::string_view kAllocator = R"(
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 1024))
      (func $realloc (export "realloc") (param $old i32) (param $old_size i32) (param $align i32)
          (param $size i32) (result i32) (local $new i32) (local $pages i32)
        (local.set $new (i32.and
          (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
        (global.set $top (i32.add (local.get $new) (local.get $size)))
        (local.set $pages (i32.sub
          (i32.shr_u (i32.add (global.get $top) (i32.const 0xffff)) (i32.const 16)) (memory.size)))
        (if (i32.gt_s (local.get $pages) (i32.const 0)) (then
          (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then unreachable))))
        (memory.copy (local.get $new) (local.get $old) (select (local.get $size)
          (local.get $old_size) (i32.lt_u (local.get $size) (local.get $old_size))))
        (local.get $new)))";

std::string params_of(const std::vector<Flat>& flats) {
  std::string text;
  for (const Flat flat : flats) text += format(" (param {})", name_of(flat));
  return text;
}
std::string results_of(const std::vector<Flat>& flats) {
  std::string text;
  for (const Flat flat : flats) text += format(" (result {})", name_of(flat));
  return text;
}
std::string all_params(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += format(" (local.get {})", i);
  return text;
}
std::string_view name_of(link::StringEncoding encoding) {
  constexpr std::string_view kNames[] = {"utf8", "utf16", "latin1+utf16"};
  return kNames[static_cast<int>(encoding)];
}
std::string options(link::StringEncoding encoding, std::string_view instance) {
  return format(
      "string-encoding={0} (memory (core memory {1} \"memory\")) "
      "(realloc (core func {1} \"realloc\"))",
      name_of(encoding), instance);
}
std::string allocate(const types::Layout& layout) {
  return format("(call $realloc (i32.const 0) (i32.const 0) (i32.const {}) (i32.const {}))",
                layout.align, layout.size);
}

/// The callee's function: gives back what it got, through memory where the result must lie there.
std::string echo_function(const TypeTable& table, TypeId type,
                          const types::CoreSignature& signature) {
  const std::string head = format("(func (export \"f\"){}{}", params_of(signature.params),
                                  results_of(signature.results));
  if (signature.params_in_memory || !signature.result_in_memory) return head + " (local.get 0))";
  std::vector<Operand> operands;
  for (std::size_t i = 0; i < signature.params.size(); ++i) {
    operands.push_back({format("(local.get {})", i), signature.params[i]});
  }
  return head + format(" (local $to i32) (local.set $to {})\n{}(local.get $to))",
                       allocate(types::layout(table, type)),
                       StoreFlat(table).store(type, 0, operands));
}

/// The caller's function: passes its flat parameters on as they are.
std::string pass_function(const TypeTable& table, TypeId type, const types::FuncType& func) {
  const auto lifted = types::lift_signature(table, func);
  const auto lowered = types::lower_signature(table, func);
  std::string body = format("(call $f{})", all_params(lifted.params.size()));
  if (lowered.result_in_memory) {
    const std::string to = format("(local.get {})", lifted.params.size());
    body = format("(local i32) (local.set {} {}) (call $f{} {}) {}", lifted.params.size(),
                  allocate(types::layout(table, type)), all_params(lifted.params.size()), to, to);
  }
  return format(R"(
      (import "" "f" (func $f{}{}))
      (import "" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
      (func (export "run"){}{} {}))",
                params_of(lowered.params), results_of(lowered.results), params_of(lifted.params),
                results_of(lifted.results), body);
}

/// The parts of an application that depend on the names of types.
class AppText {
 public:
  AppText(const TypeTable& table, TypeId type)
      : table_(table), type_(type), func_{.params = {{"x", type}}, .result = type}, text_(table) {
    text_.collect(type);
    signature_ = format("(param \"x\" {0}) (result {0})", text_.use(type));
  }

  std::string callee(link::StringEncoding encoding) const {
    std::string code = "(component $Callee\n";
    for (std::size_t i = 0; i < text_.named().size(); ++i) {
      code += format("(type $d{0} {1}) (export $t{0} \"t{0}\" (type $d{0}))\n", i, definition(i));
    }
    code += format("(core module $m {} {})\n(core instance $i (instantiate $m))\n", kAllocator,
                   echo_function(table_, type_, types::lift_signature(table_, func_)));
    code += format("(func (export \"f\") {} (canon lift (core func $i \"f\") {})))\n", signature_,
                   options(encoding, "$i"));
    return code + "(instance $callee (instantiate $Callee))\n";
  }

  std::string caller(link::StringEncoding encoding) const {
    std::string code = "(component $Caller\n";
    for (std::size_t i = 0; i < text_.named().size(); ++i) {
      code +=
          format("(type $d{0} {1}) (import \"t{0}\" (type $t{0} (eq $d{0})))\n", i, definition(i));
    }
    code += format("(import \"f\" (func $f {}))\n", signature_);
    code +=
        format("(core module $libc {})\n(core instance $libc (instantiate $libc))\n", kAllocator);
    code += format("(core func $low (canon lower (func $f) {}))\n", options(encoding, "$libc"));
    code += format("(core module $m {})\n", pass_function(table_, type_, func_));
    code +=
        "(core instance $i (instantiate $m (with \"\" (instance (export \"f\" (func $low))"
        " (export \"realloc\" (func $libc \"realloc\"))))))\n";
    code += format("(func $run {} (canon lift (core func $i \"run\") {}))\n", signature_,
                   options(encoding, "$libc"));
    return code + format(
                      "(instance $api{} (export \"run\" (func $run)))\n"
                      "(export \"api\" (instance $api)))\n",
                      for_each_type(" (export \"t{0}\" (type $t{0}))"));
  }

  /// The caller gets the callee's types and function.
  std::string instantiate_caller() const {
    return for_each_type("(alias export $callee \"t{0}\" (type $t{0}))\n") +
           format("(instance $caller (instantiate $Caller{} (with \"f\" (func $callee \"f\"))))\n",
                  for_each_type(" (with \"t{0}\" (type $t{0}))"));
  }

 private:
  std::string definition(std::size_t named) const { return text_.define(text_.named()[named]); }

  std::string for_each_type(fmt::format_string<std::size_t&> pattern) const {
    std::string text;
    for (std::size_t i = 0; i < text_.named().size(); ++i) text += fmt::format(pattern, i);
    return text;
  }

  const TypeTable& table_;
  TypeId type_;
  types::FuncType func_;
  TypeText text_;
  std::string signature_;
};

}  // namespace

std::string echo_app(const TypeTable& table, TypeId type, link::StringEncoding caller,
                     link::StringEncoding callee) {
  const AppText text(table, type);
  return "(component\n" + text.callee(callee) + text.caller(caller) + text.instantiate_caller() +
         "(alias export $caller \"api\" (instance $api)) (export \"api\" (instance $api)))\n";
}

std::string echo_alone(const TypeTable& table, TypeId type, link::StringEncoding encoding) {
  return "(component\n" + AppText(table, type).callee(encoding) +
         "(export \"api\" (instance $callee)))\n";
}

}  // namespace favo::echo
