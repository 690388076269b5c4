#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "component/abi/context.h"
#include "component/abi/value.h"
#include "engine/store.h"

/// The canonical ABI of each C++ spelling of a WIT type (value.h), derived at compile time.
/// Spec: CanonicalABI.md, "Flattening", "Loading", "Storing", "Flat Lifting", "Flat Lowering".
///
/// `Type<T>` has
///   kFlat, kSize, kAlign          flat values; bytes and alignment in memory
///   text(out)                     appends the type as component/types/text.h prints it
///   load(context, from, out)      from checked memory
///   store(context, to, value)     into checked memory at guest address `to`
///   lift(context, flat, out)      from flat values
///   lower(context, flat, value)   to flat values; only where kFlat <= 1
///
/// Flat values sit in 16-byte unions, little-endian: joined flat types (an i32 inside an i64) need
/// no conversion, since every case reads its own width of the same bytes.
///
/// A store names its destination by guest address, because allocating (for a string inside a
/// record, say) runs the guest, after which pointers are stale.
namespace favo::abi {

using engine::Value;

template <typename T>
struct Type;

constexpr std::uint32_t align_up(std::uint32_t offset, std::uint32_t align) {
  return (offset + align - 1) & ~(align - 1);
}

// ---- scalars --------------------------------------------------------------------------------

template <typename T>
constexpr std::string_view kScalarName = "";
template <>
inline constexpr std::string_view kScalarName<std::uint8_t> = "u8";
template <>
inline constexpr std::string_view kScalarName<std::int8_t> = "s8";
template <>
inline constexpr std::string_view kScalarName<std::uint16_t> = "u16";
template <>
inline constexpr std::string_view kScalarName<std::int16_t> = "s16";
template <>
inline constexpr std::string_view kScalarName<std::uint32_t> = "u32";
template <>
inline constexpr std::string_view kScalarName<std::int32_t> = "s32";
template <>
inline constexpr std::string_view kScalarName<std::uint64_t> = "u64";
template <>
inline constexpr std::string_view kScalarName<std::int64_t> = "s64";
template <>
inline constexpr std::string_view kScalarName<float> = "f32";
template <>
inline constexpr std::string_view kScalarName<double> = "f64";

template <typename T>
concept Scalar = !kScalarName<T>.empty();

template <Scalar T>
struct Type<T> {
  static constexpr std::size_t kFlat = 1;
  static constexpr std::uint32_t kSize = sizeof(T), kAlign = sizeof(T);
  static void text(std::string& out) { out += kScalarName<T>; }
  static bool load(Context&, const std::uint8_t* from, T& out) {
    out = read_scalar<T>(from);
    return true;
  }
  static bool store(Context& context, std::uint32_t to, T value) {
    std::uint8_t* bytes = context.range(to, kSize, kAlign);
    if (bytes) write_scalar(bytes, value);
    return bytes;
  }
  static bool lift(Context&, const Value* flat, T& out) {
    if constexpr (std::is_same_v<T, float>)
      out = flat->f32;
    else if constexpr (std::is_same_v<T, double>)
      out = flat->f64;
    else if constexpr (sizeof(T) == 8)
      out = static_cast<T>(flat->i64);
    else
      out = static_cast<T>(flat->i32);
    return true;
  }
  static bool lower(Context&, Value* flat, T value) {
    if constexpr (std::is_same_v<T, float>)
      flat->f32 = value;
    else if constexpr (std::is_same_v<T, double>)
      flat->f64 = value;
    else if constexpr (sizeof(T) == 8)
      flat->i64 = static_cast<std::int64_t>(value);
    else
      flat->i32 = static_cast<std::int32_t>(value);
    return true;
  }
};

/// Types that cross as an unsigned integer `Raw` and are checked: bool, char, enum, flags, handles.
template <typename T, typename Raw, typename Convert>
struct ViaInteger {
  static constexpr std::size_t kFlat = 1;
  static constexpr std::uint32_t kSize = sizeof(Raw), kAlign = sizeof(Raw);
  static bool load(Context& context, const std::uint8_t* from, T& out) {
    return Convert::from(context, read_scalar<Raw>(from), out);
  }
  static bool store(Context& context, std::uint32_t to, T value) {
    Raw raw;
    return Convert::to(context, std::move(value), raw) && Type<Raw>::store(context, to, raw);
  }
  static bool lift(Context& context, const Value* flat, T& out) {
    return Convert::from(context, static_cast<std::uint32_t>(flat->i32), out);
  }
  static bool lower(Context& context, Value* flat, T value) {
    Raw raw;
    return Convert::to(context, std::move(value), raw) && Type<Raw>::lower(context, flat, raw);
  }
};

struct ConvertBool {
  static bool from(Context&, std::uint32_t raw, bool& out) { return out = raw != 0, true; }
  static bool to(Context&, bool value, std::uint8_t& raw) { return raw = value, true; }
};
template <>
struct Type<bool> : ViaInteger<bool, std::uint8_t, ConvertBool> {
  static void text(std::string& out) { out += "bool"; }
};

struct ConvertChar {
  static bool from(Context& context, std::uint32_t raw, char32_t& out) {
    if (raw >= 0x110000 || (raw >= 0xd800 && raw < 0xe000))
      return context.fail("invalid char value");
    return out = raw, true;
  }
  static bool to(Context&, char32_t value, std::uint32_t& raw) { return raw = value, true; }
};
template <>
struct Type<char32_t> : ViaInteger<char32_t, std::uint32_t, ConvertChar> {
  static void text(std::string& out) { out += "char"; }
};

/// Appends `word{a, b}`.
template <typename Names>
void text_of_names(std::string& out, std::string_view word, const Names& names) {
  out += word;
  out += '{';
  for (std::string_view separator; std::string_view name : names) {
    out += separator;
    out += name;
    separator = ", ";
  }
  out += '}';
}

/// The smallest integer that tells `count` cases apart. Spec: discriminant_type.
template <std::size_t count>
using Discriminant =
    std::conditional_t<count <= 0x100, std::uint8_t,
                       std::conditional_t<count <= 0x10000, std::uint16_t, std::uint32_t>>;

template <typename T>
concept WitEnum = requires { EnumOf<T>::kNames; };

template <WitEnum T>
struct ConvertEnum {
  using Raw = Discriminant<EnumOf<T>::kNames.size()>;
  static bool from(Context& context, std::uint32_t raw, T& out) {
    if (raw >= EnumOf<T>::kNames.size()) return context.fail("invalid enum value");
    return out = static_cast<T>(raw), true;
  }
  static bool to(Context&, T value, Raw& raw) { return raw = static_cast<Raw>(value), true; }
};
template <WitEnum T>
struct Type<T> : ViaInteger<T, typename ConvertEnum<T>::Raw, ConvertEnum<T>> {
  static void text(std::string& out) { text_of_names(out, "enum", EnumOf<T>::kNames); }
};

template <typename T>
concept WitFlags = requires { FlagsOf<T>::kNames; };

template <WitFlags T>
struct ConvertFlags {
  static constexpr std::size_t kCount = FlagsOf<T>::kNames.size();
  static_assert(kCount <= 32);
  using Raw = std::conditional_t<kCount <= 8, std::uint8_t,
                                 std::conditional_t<kCount <= 16, std::uint16_t, std::uint32_t>>;
  static bool from(Context&, std::uint32_t raw, T& out) {
    return out = static_cast<T>(raw & ((std::uint64_t{1} << kCount) - 1)), true;
  }
  static bool to(Context&, T value, Raw& raw) { return raw = static_cast<Raw>(value), true; }
};
template <WitFlags T>
struct Type<T> : ViaInteger<T, typename ConvertFlags<T>::Raw, ConvertFlags<T>> {
  static void text(std::string& out) { text_of_names(out, "flags", FlagsOf<T>::kNames); }
};

// ---- resources ------------------------------------------------------------------------------

template <typename R>
concept WitResource = requires { ResourceOf<R>::kName; };

/// The one `ResourceType` of a C++ class: its identity in all handle tables.
template <WitResource R>
const handles::ResourceType& resource_type() {
  static const handles::ResourceType type = [] {
    handles::ResourceType made{
        std::string(ResourceOf<R>::kInterface) + "." + std::string(ResourceOf<R>::kName),
        [](handles::Rep rep) { delete reinterpret_cast<R*>(rep); }};
    if constexpr (requires(const R& resource) { resource.recipe(); })
      made.recipe = [](handles::Rep rep) { return reinterpret_cast<const R*>(rep)->recipe(); };
    return made;
  }();
  return type;
}

template <WitResource R>
void text_of_resource(std::string& out, std::string_view word) {
  out += word;
  out += '<';
  out += ResourceOf<R>::kInterface;
  out += '.';
  out += ResourceOf<R>::kName;
  out += '>';
}

template <typename R>
struct ConvertOwn {
  static bool from(Context& context, std::uint32_t handle, std::unique_ptr<R>& out) {
    auto rep = context.handles().remove_own(resource_type<R>(), handle);
    if (!rep) return context.fail(std::move(rep).error());
    out.reset(reinterpret_cast<R*>(*rep));
    return true;
  }
  static bool to(Context& context, std::unique_ptr<R> value, std::uint32_t& handle) {
    auto added =
        context.handles().add(resource_type<R>(), reinterpret_cast<handles::Rep>(value.get()));
    if (!added) return context.fail(std::move(added).error());
    value.release();  // the table owns it now
    handle = *added;
    return true;
  }
};
template <WitResource R>
struct Type<std::unique_ptr<R>> : ViaInteger<std::unique_ptr<R>, std::uint32_t, ConvertOwn<R>> {
  static void text(std::string& out) { text_of_resource<R>(out, "own"); }
};

template <typename R>
struct ConvertBorrow {
  static bool from(Context& context, std::uint32_t handle, Borrow<R>& out) {
    handles::Rep rep = 0;
    if (!context.lend(resource_type<R>(), handle, rep)) return false;
    out.resource = reinterpret_cast<R*>(rep);
    return true;
  }
  // The host never lends its resources to a guest: there is no `to`.
};
template <WitResource R>
struct Type<Borrow<R>> : ViaInteger<Borrow<R>, std::uint32_t, ConvertBorrow<R>> {
  static void text(std::string& out) { text_of_resource<R>(out, "borrow"); }
};

// ---- strings and lists ----------------------------------------------------------------------

/// Types that cross as a pointer and a length. `Convert::from(context, pointer, length, out)` and
/// `Convert::to(context, value, pointer, length)`.
template <typename T, typename Convert>
struct ViaRange {
  static constexpr std::size_t kFlat = 2;
  static constexpr std::uint32_t kSize = 8, kAlign = 4;
  static bool load(Context& context, const std::uint8_t* from, T& out) {
    return Convert::from(context, read_scalar<std::uint32_t>(from),
                         read_scalar<std::uint32_t>(from + 4), out);
  }
  static bool store(Context& context, std::uint32_t to, T value) {
    std::uint32_t pointer = 0, length = 0;
    return Convert::to(context, std::move(value), pointer, length) &&
           Type<std::uint32_t>::store(context, to, pointer) &&
           Type<std::uint32_t>::store(context, to + 4, length);
  }
  static bool lift(Context& context, const Value* flat, T& out) {
    return Convert::from(context, static_cast<std::uint32_t>(flat[0].i32),
                         static_cast<std::uint32_t>(flat[1].i32), out);
  }
};

struct ConvertString {
  static bool from(Context& context, std::uint32_t pointer, std::uint32_t length,
                   std::string_view& out) {
    return lift_string(context, pointer, length, out);
  }
  static bool from(Context& context, std::uint32_t pointer, std::uint32_t length,
                   std::string& out) {
    std::string_view view;
    if (!lift_string(context, pointer, length, view)) return false;
    out = view;
    return true;
  }
  static bool to(Context& context, std::string_view value, std::uint32_t& pointer,
                 std::uint32_t& length) {
    return lower_string(context, value, pointer, length);
  }
};
template <typename T>
  requires std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>
struct Type<T> : ViaRange<T, ConvertString> {
  static void text(std::string& out) { out += "string"; }
};

template <typename E>
struct ConvertList {
  static constexpr std::uint64_t kStride = align_up(Type<E>::kSize, Type<E>::kAlign);

  static const std::uint8_t* elements(Context& context, std::uint32_t pointer,
                                      std::uint32_t length) {
    if (length * kStride > Context::kMaxBytes) return context.fail("list too long"), nullptr;
    return context.range(pointer, length * kStride, Type<E>::kAlign);
  }
  static bool from(Context& context, std::uint32_t pointer, std::uint32_t length,
                   std::span<const std::uint8_t>& out) {
    const std::uint8_t* from = elements(context, pointer, length);
    out = {from, length};
    return from;
  }
  static bool from(Context& context, std::uint32_t pointer, std::uint32_t length,
                   std::vector<E>& out) {
    if (length * std::uint64_t{sizeof(E)} > Context::kMaxHostBytes)
      return context.fail("list too long");
    const std::uint8_t* from = elements(context, pointer, length);
    if (!from) return false;
    out.resize(length);
    for (E& element : out) {
      if (!Type<E>::load(context, from, element)) return false;
      from += kStride;
    }
    return true;
  }
  template <typename Container>
  static bool to(Context& context, Container values, std::uint32_t& pointer,
                 std::uint32_t& length) {
    std::uint8_t* bytes = context.allocate(values.size() * kStride, Type<E>::kAlign, pointer);
    if (!bytes) return false;
    length = static_cast<std::uint32_t>(values.size());
    if constexpr (Scalar<E>) {
      if (!values.empty()) std::memcpy(bytes, values.data(), values.size() * kStride);
    } else {
      std::uint32_t at = pointer;
      for (auto& value : values) {
        if (!Type<E>::store(context, at, std::move(value))) return false;
        at += kStride;
      }
    }
    return true;
  }
};
template <typename E>
struct Type<std::vector<E>> : ViaRange<std::vector<E>, ConvertList<E>> {
  static void text(std::string& out) {
    out += "list<";
    Type<E>::text(out);
    out += '>';
  }
};
template <>
struct Type<std::span<const std::uint8_t>>
    : ViaRange<std::span<const std::uint8_t>, ConvertList<std::uint8_t>> {
  static void text(std::string& out) { out += "list<u8>"; }
};

struct ConvertPlaced {
  static bool to(Context& context, Placed value, std::uint32_t& pointer, std::uint32_t& length) {
    pointer = value.pointer;
    length = value.length;
    return context.range(pointer, length, 1) != nullptr;
  }
};
template <>
struct Type<Placed> : ViaRange<Placed, ConvertPlaced> {
  static void text(std::string& out) { out += "list<u8>"; }
};

}  // namespace favo::abi
