#pragma once

#include "component/abi/type.h"

/// Records, tuples and everything that is a variant underneath: variant, option, result.
/// Spec: CanonicalABI.md, "Loading" (load_record, load_variant) and "Flat Lifting".
namespace favo::abi {

// ---- records and tuples ---------------------------------------------------------------------

/// The canonical ABI of a sequence of fields, stored one after the other.
template <typename... Fields>
struct Sequence {
  static constexpr std::size_t kFlat = (Type<Fields>::kFlat + ... + 0);
  static constexpr std::uint32_t kAlign = std::max({std::uint32_t{1}, Type<Fields>::kAlign...});
  static constexpr auto kOffsets = [] {
    std::array<std::uint32_t, sizeof...(Fields) + 1> offsets{};
    std::uint32_t at = 0;
    std::size_t i = 0;
    ((offsets[i++] = at = align_up(at, Type<Fields>::kAlign), at += Type<Fields>::kSize), ...);
    offsets[i] = align_up(at, kAlign);
    return offsets;
  }();
  static constexpr std::uint32_t kSize = kOffsets.back();
  static constexpr auto kFlatOffsets = [] {
    std::array<std::size_t, sizeof...(Fields) + 1> offsets{};
    std::size_t i = 0;
    ((offsets[i + 1] = offsets[i] + Type<Fields>::kFlat, ++i), ...);
    return offsets;
  }();

  /// `members`: a tuple of references, one per field.
  template <typename Members>
  static bool load(Context& context, const std::uint8_t* from, Members members) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (Type<Fields>::load(context, from + kOffsets[I], std::get<I>(members)) && ...);
    }(std::index_sequence_for<Fields...>());
  }
  template <typename Members>
  static bool store(Context& context, std::uint32_t to, Members members) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (Type<Fields>::store(context, to + kOffsets[I], std::move(std::get<I>(members))) &&
              ...);
    }(std::index_sequence_for<Fields...>());
  }
  template <typename Members>
  static bool lift(Context& context, const Value* flat, Members members) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (Type<Fields>::lift(context, flat + kFlatOffsets[I], std::get<I>(members)) && ...);
    }(std::index_sequence_for<Fields...>());
  }
};

template <typename... Ts>
struct Type<std::tuple<Ts...>> {
  using Layout = Sequence<Ts...>;
  static constexpr std::size_t kFlat = Layout::kFlat;
  static constexpr std::uint32_t kSize = Layout::kSize, kAlign = Layout::kAlign;
  static void text(std::string& out) {
    out += "tuple<";
    std::string_view separator;
    ((out += separator, Type<Ts>::text(out), separator = ", "), ...);
    out += '>';
  }
  static auto members(std::tuple<Ts...>& value) {
    return std::apply([](auto&... items) { return std::tie(items...); }, value);
  }
  static bool load(Context& context, const std::uint8_t* from, std::tuple<Ts...>& out) {
    return Layout::load(context, from, members(out));
  }
  static bool store(Context& context, std::uint32_t to, std::tuple<Ts...> value) {
    return Layout::store(context, to, members(value));
  }
  static bool lift(Context& context, const Value* flat, std::tuple<Ts...>& out) {
    return Layout::lift(context, flat, members(out));
  }
};

template <typename T>
concept WitRecord = requires { RecordOf<T>::fields(); };

template <WitRecord T>
struct Type<T> {
  template <typename Tuple>
  struct LayoutOf;
  template <typename... Ms>
  struct LayoutOf<std::tuple<Member<T, Ms>...>> {
    using type = Sequence<Ms...>;
  };
  using Layout = typename LayoutOf<decltype(RecordOf<T>::fields())>::type;
  static constexpr std::size_t kFlat = Layout::kFlat;
  static constexpr std::uint32_t kSize = Layout::kSize, kAlign = Layout::kAlign;

  static void text(std::string& out) {
    out += "record{";
    std::string_view separator;
    const auto one = [&]<typename M>(const Member<T, M>& field) {
      out += separator;
      out += field.name;
      out += ": ";
      Type<M>::text(out);
      separator = ", ";
    };
    std::apply([&](const auto&... fields) { (one(fields), ...); }, RecordOf<T>::fields());
    out += '}';
  }
  static auto members(T& value) {
    return std::apply([&](const auto&... fields) { return std::tie(value.*fields.pointer...); },
                      RecordOf<T>::fields());
  }
  static bool load(Context& context, const std::uint8_t* from, T& out) {
    return Layout::load(context, from, members(out));
  }
  static bool store(Context& context, std::uint32_t to, T value) {
    return Layout::store(context, to, members(value));
  }
  static bool lift(Context& context, const Value* flat, T& out) {
    return Layout::lift(context, flat, members(out));
  }
};

// ---- variants -------------------------------------------------------------------------------

/// No payload.
template <>
struct Type<Unit> {
  static constexpr std::size_t kFlat = 0;
  static constexpr std::uint32_t kSize = 0, kAlign = 1;
  static void text(std::string& out) { out += '_'; }
  static bool load(Context&, const std::uint8_t*, Unit&) { return true; }
  static bool store(Context&, std::uint32_t, Unit) { return true; }
  static bool lift(Context&, const Value*, Unit&) { return true; }
};

/// The canonical ABI of `T`, which holds one of `Cases`. `Access` opens it:
///   index(value), take<I>(value) → the payload, put<I>(out, payload).
template <typename T, typename Access, typename... Cases>
struct OneOf {
  using Raw = Discriminant<sizeof...(Cases)>;
  static constexpr std::uint32_t kPayloadAlign = std::max({Type<Cases>::kAlign...});
  static constexpr std::uint32_t kPayload = align_up(sizeof(Raw), kPayloadAlign);
  static constexpr std::uint32_t kAlign = std::max<std::uint32_t>(sizeof(Raw), kPayloadAlign);
  static constexpr std::uint32_t kSize =
      align_up(kPayload + std::max({Type<Cases>::kSize...}), kAlign);
  static constexpr std::size_t kFlat = 1 + std::max({Type<Cases>::kFlat...});

  static bool load(Context& context, const std::uint8_t* from, T& out) {
    return read(context, read_scalar<Raw>(from), out, [&]<typename C>(C& payload) {
      return Type<C>::load(context, from + kPayload, payload);
    });
  }
  static bool lift(Context& context, const Value* flat, T& out) {
    return read(context, static_cast<std::uint32_t>(flat->i32), out,
                [&]<typename C>(C& payload) { return Type<C>::lift(context, flat + 1, payload); });
  }
  static bool store(Context& context, std::uint32_t to, T value) {
    const std::size_t index = Access::index(value);
    if (!Type<Raw>::store(context, to, static_cast<Raw>(index))) return false;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      bool stored = false;
      ((index == I &&
        (stored = Type<Cases>::store(context, to + kPayload, Access::template take<I>(value)),
         true)) ||
       ...);
      return stored;
    }(std::index_sequence_for<Cases...>());
  }
  static bool lower(Context&, Value* flat, T value)
    requires(kFlat == 1)
  {
    flat->i32 = static_cast<std::int32_t>(Access::index(value));
    return true;
  }

 private:
  template <typename Read>
  static bool read(Context& context, std::uint32_t index, T& out, Read read_payload) {
    if (index >= sizeof...(Cases)) return context.fail("invalid variant discriminant");
    const auto one = [&]<std::size_t I, typename C>() {
      C payload{};
      if (!read_payload(payload)) return false;
      Access::template put<I>(out, std::move(payload));
      return true;
    };
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      bool done = false;
      ((index == I && (done = one.template operator()<I, Cases>(), true)) || ...);
      return done;
    }(std::index_sequence_for<Cases...>());
  }
};

template <typename T>
struct AccessOption {
  static std::size_t index(const std::optional<T>& value) { return value.has_value(); }
  template <std::size_t I>
  static auto take(std::optional<T>& value) {
    if constexpr (I == 0)
      return Unit();
    else
      return std::move(*value);
  }
  template <std::size_t I, typename C>
  static void put(std::optional<T>& out, C payload) {
    if constexpr (I == 0)
      out.reset();
    else
      out = std::move(payload);
  }
};
template <typename T>
struct Type<std::optional<T>> : OneOf<std::optional<T>, AccessOption<T>, Unit, T> {
  static void text(std::string& out) {
    out += "option<";
    Type<T>::text(out);
    out += '>';
  }
};

template <typename T, typename E>
struct AccessResult {
  using Ok = std::conditional_t<std::is_void_v<T>, Unit, T>;
  using Expected = std::expected<T, E>;
  static std::size_t index(const Expected& value) { return !value.has_value(); }
  template <std::size_t I>
  static auto take(Expected& value) {
    if constexpr (I == 1)
      return std::move(value.error());
    else if constexpr (std::is_void_v<T>)
      return Unit();
    else
      return std::move(*value);
  }
  template <std::size_t I, typename C>
  static void put(Expected& out, C payload) {
    if constexpr (I == 1)
      out = std::unexpected(std::move(payload));
    else if constexpr (std::is_void_v<T>)
      out = Expected();
    else
      out = std::move(payload);
  }
};
template <typename T, typename E>
struct Type<std::expected<T, E>>
    : OneOf<std::expected<T, E>, AccessResult<T, E>, typename AccessResult<T, E>::Ok, E> {
  static void text(std::string& out) {
    using Ok = typename AccessResult<T, E>::Ok;
    out += "result";
    if constexpr (!std::is_same_v<Ok, Unit> || !std::is_same_v<E, Unit>) {
      out += '<';
      Type<Ok>::text(out);
      if constexpr (!std::is_same_v<E, Unit>) {
        out += ", ";
        Type<E>::text(out);
      }
      out += '>';
    }
  }
};

template <typename T>
concept WitVariant = requires { VariantOf<T>::kCases; };

template <typename T>
struct AccessVariant {
  static std::size_t index(const T& value) { return value.index(); }
  template <std::size_t I>
  static auto take(T& value) {
    return std::move(value.template get<I>());
  }
  template <std::size_t I, typename C>
  static void put(T& out, C payload) {
    out.value.template emplace<I>(std::move(payload));
  }
};
template <typename T, typename Base>
struct VariantTypeOf;
template <typename T, typename... Cases>
struct VariantTypeOf<T, std::variant<Cases...>> : OneOf<T, AccessVariant<T>, Cases...> {
  static_assert(VariantOf<T>::kCases.size() == sizeof...(Cases));
  static void text(std::string& out) {
    out += "variant{";
    std::string_view separator;
    std::size_t i = 0;
    const auto one = [&]<typename C>(std::type_identity<C>) {
      out += separator;
      out += VariantOf<T>::kCases[i++];
      if constexpr (!std::is_same_v<C, Unit>) {
        out += '(';
        Type<C>::text(out);
        out += ')';
      }
      separator = ", ";
    };
    (one(std::type_identity<Cases>()), ...);
    out += '}';
  }
};
template <WitVariant T>
struct Type<T> : VariantTypeOf<T, decltype(T::value)> {};

}  // namespace favo::abi
