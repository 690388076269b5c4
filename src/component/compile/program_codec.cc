#include "component/compile/program_codec.h"

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/format.h"

namespace favo::compile {
namespace {

using fuse::Program;
using fuse::Slot;
using fuse::SlotKind;

// Each struct is described once, by `members(codec, value)`, which both directions follow. The
// structured bindings are there for the compiler: a member added to a struct breaks the build here.

class Encoder {
 public:
  void number(std::uint64_t value) { out_.leb_u64(value); }
  void text(const std::string& value) { out_.name(value); }
  void slot(const Slot& value, SlotKind) { number(value.value); }
  void component(std::uint32_t index) { number(index); }
  void resource(std::uint32_t index) { number(index); }
  void flag(bool value) { out_.u8(value); }
  template <typename E>
  void enumerator(E value, E /*last*/) {
    out_.u8(static_cast<std::uint8_t>(value));
  }
  template <typename T, typename F>
  void each(const std::vector<T>& items, F member) {
    number(items.size());
    for (const T& item : items) member(item);
  }
  template <typename T, typename F>
  void optional(const std::optional<T>& value, F member) {
    flag(value.has_value());
    if (value) member(*value);
  }
  template <typename... Ts, typename F>
  void either(const std::variant<Ts...>& value, F member) {
    out_.u8(static_cast<std::uint8_t>(value.index()));
    std::visit(member, value);
  }
  std::vector<std::uint8_t> take() { return std::move(out_).take(); }

 private:
  ByteWriter out_;
};

/// After the first failure everything reads as zero or empty, and the failure is kept.
class Decoder {
 public:
  Decoder(Bytes bytes, const Program& program) : in_(bytes), program_(program) {}

  template <std::unsigned_integral T>
  void number(T& value) {
    if constexpr (sizeof(T) == 4) {
      value = take(in_.leb_u32());
    } else {
      value = take(in_.leb_u64());
    }
  }
  void text(std::string& value) { value = take(in_.name()); }
  void slot(Slot& value, SlotKind kind) {
    index(value.value, program_.slots.size(), "slot");
    if (!failed_ && program_.slots[value.value] != kind) fail("slot of another kind");
  }
  void component(std::uint32_t& value) { index(value, program_.components.size(), "component"); }
  void resource(std::uint32_t& value) { index(value, program_.resources.size(), "resource"); }
  void flag(bool& value) { value = tag(2, "flag") == 1; }
  template <typename E>
  void enumerator(E& value, E last) {
    value = static_cast<E>(tag(static_cast<unsigned>(last) + 1u, "enumerator"));
  }
  template <typename T, typename F>
  void each(std::vector<T>& items, F member) {
    const std::uint32_t count = take(in_.count());
    // Grown, not reserved: a count may stay within the bytes left and still ask for sixty times
    // their memory.
    for (std::uint32_t i = 0; i < count && !failed_; ++i) member(items.emplace_back());
  }
  template <typename T, typename F>
  void optional(std::optional<T>& value, F member) {
    if (tag(2, "optional") == 1) member(value.emplace());
  }
  template <typename... Ts, typename F>
  void either(std::variant<Ts...>& value, F member) {
    const unsigned chosen = tag(sizeof...(Ts), "alternative");
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (void)((chosen == I && (member(value.template emplace<I>()), true)) || ...);
    }(std::index_sequence_for<Ts...>());
  }

  Result<void> finish() {
    if (!failed_ && !in_.at_end()) fail("bytes left over");
    if (failed_) return std::move(*failed_);
    return {};
  }

 private:
  template <typename T>
  T take(Result<T> result) {
    if (failed_) return {};
    if (result) return std::move(result).value();
    failed_ = Error(Code::InvalidArgument, result.error().message());
    return {};
  }
  unsigned tag(std::size_t count, std::string_view what) {
    const std::uint8_t value = take(in_.u8());
    if (value < count) return value;
    fail(what);
    return 0;
  }
  void index(std::uint32_t& value, std::size_t size, std::string_view what) {
    number(value);
    if (!failed_ && value >= size) fail(what);
    if (failed_) value = 0;
  }
  void fail(std::string_view what) {
    if (!failed_)
      failed_ = error(Code::InvalidArgument, "bad {} at offset {:#x}", what, in_.offset());
  }

  ByteReader in_;
  const Program& program_;  ///< being filled: what indices are checked against
  std::optional<Error> failed_;
};

template <typename C, typename T>
void options(C& codec, T& value) {
  auto& [component, encoding, memory, realloc, post_return, callback, async] = value;
  codec.component(component);
  codec.enumerator(encoding, link::StringEncoding::Latin1Utf16);
  codec.optional(memory, [&](auto& slot) { codec.slot(slot, SlotKind::Memory); });
  for (auto* func : {&realloc, &post_return, &callback})
    codec.optional(*func, [&](auto& slot) { codec.slot(slot, SlotKind::Func); });
  codec.flag(async);
}

template <typename C, typename T>
void import_kind(C& codec, T& value) {
  using Kind = std::remove_const_t<T>;
  if constexpr (std::same_as<Kind, fuse::HostCall>) {
    auto& [interface, name, type_text, opts] = value;
    codec.text(interface);
    codec.text(name);
    codec.text(type_text);
    options(codec, opts);
  } else if constexpr (std::same_as<Kind, fuse::TranscodeString>) {
    auto& [op, from, to] = value;
    codec.enumerator(op, fuse::Transcode::Utf16ToCompact);
    codec.slot(from, SlotKind::Memory);
    codec.slot(to, SlotKind::Memory);
  } else if constexpr (std::same_as<Kind, fuse::TransferOwn> ||
                       std::same_as<Kind, fuse::TransferBorrow>) {
    auto& [from, to, resource] = value;
    codec.component(from);
    codec.component(to);
    codec.resource(resource);
  } else if constexpr (std::same_as<Kind, fuse::ResourceNew> ||
                       std::same_as<Kind, fuse::ResourceDrop> ||
                       std::same_as<Kind, fuse::ResourceRep> || std::same_as<Kind, fuse::LendRep>) {
    auto& [component, resource] = value;
    codec.component(component);
    codec.resource(resource);
  } else if constexpr (std::same_as<Kind, fuse::Trap>) {
    auto& [message] = value;
    codec.text(message);
  } else {
    static_assert(std::is_empty_v<Kind>);
  }
}

template <typename C, typename T>
void import(C& codec, T& value) {
  auto& [module, field, params, results, kind] = value;
  codec.text(module);
  codec.text(field);
  for (auto* flats : {&params, &results})
    codec.each(*flats, [&](auto& flat) { codec.enumerator(flat, types::Flat::F64); });
  codec.either(kind, [&](auto& alternative) { import_kind(codec, alternative); });
}

template <typename C, typename T>
void resource(C& codec, T& value) {
  if constexpr (std::same_as<std::remove_const_t<T>, fuse::HostResource>) {
    auto& [interface, name] = value;
    codec.text(interface);
    codec.text(name);
  } else {
    auto& [component, name, destructor] = value;
    codec.component(component);
    codec.text(name);
    codec.optional(destructor, [&](auto& slot) { codec.slot(slot, SlotKind::Func); });
  }
}

template <typename C, typename T>
void func_export(C& codec, T& value) {
  auto& [interface, name, type_text, func, opts] = value;
  codec.text(interface);
  codec.text(name);
  codec.text(type_text);
  codec.slot(func, SlotKind::Func);
  options(codec, opts);
}

/// Slots, components and resources come first: what follows points into them.
template <typename C, typename T>
void program_members(C& codec, T& value) {
  auto& [slots, components, imports, resources, exports, start, memory_bytes, table_elements,
         memories, globals, other_state, tables, core_modules, functions, direct_calls] = value;
  codec.each(slots, [&](auto& kind) { codec.enumerator(kind, SlotKind::Memory); });
  codec.each(components, [&](auto& path) { codec.text(path); });
  codec.each(resources, [&](auto& item) {
    codec.either(item, [&](auto& alternative) { resource(codec, alternative); });
  });
  codec.each(imports, [&](auto& item) { import(codec, item); });
  codec.each(exports, [&](auto& item) { func_export(codec, item); });
  codec.optional(start, [&](auto& slot) { codec.slot(slot, SlotKind::Func); });
  codec.number(memory_bytes);
  codec.number(table_elements);
  codec.each(memories, [&](auto& memory) {
    auto& [component, initial_bytes] = memory;
    codec.component(component);
    codec.number(initial_bytes);
  });
  codec.number(globals);
  codec.text(other_state);
  for (auto* figure : {&tables, &core_modules, &functions, &direct_calls}) codec.number(*figure);
}

}  // namespace

std::vector<std::uint8_t> encode_program(const Program& program) {
  Encoder encoder;
  program_members(encoder, program);
  return encoder.take();
}

Result<Program> decode_program(Bytes bytes) {
  Program program;
  Decoder decoder(bytes, program);
  program_members(decoder, program);
  FAVO_TRY(decoder.finish());
  return program;
}

}  // namespace favo::compile
