#pragma once

#include <string>
#include <tuple>

#include "component/abi/call.h"
#include "component/abi/compound.h"
#include "component/types/layout.h"

namespace favo::abi {

/// A host function with its C++ types erased. A value: two pointers and what its signature says.
struct HostFunction {
  /// What a call comes to: done (results are in `values`), to be asked again, or a trap
  /// (`context.error()` is set).
  enum class Outcome : std::uint8_t { Done, Pending, Failed };

  /// Lifts the parameters from `values`, calls, lowers the result to `values`.
  Outcome (*invoke)(const HostFunction& self, Context& context, Call& call, Value* values);
  void (*target)();
  /// The WIT type, derived from the C++ one: component/types/text.h.
  std::string (*type_text)();
};

namespace internal {

template <typename T>
struct Returned {
  using type = T;
  static constexpr bool kMayWait = false;
};
template <typename T>
struct Returned<Result<T>> : Returned<T> {};
template <typename T>
struct Returned<Poll<T>> {
  using type = T;
  static constexpr bool kMayWait = true;
};

/// How a parameter is kept between lifting and the call.
template <typename Arg>
struct Param {
  using Stored = std::remove_cvref_t<Arg>;
};
template <typename Arg>
  requires WitResource<std::remove_cvref_t<Arg>>
struct Param<Arg> {
  using Stored = Borrow<std::remove_cvref_t<Arg>>;
};

template <typename T>
constexpr bool kIsOwn = false;
template <typename R>
constexpr bool kIsOwn<std::unique_ptr<R>> = true;

template <typename Arg, typename Stored>
decltype(auto) pass(Stored& stored) {
  if constexpr (WitResource<std::remove_cvref_t<Arg>>)
    return *stored;
  else
    return std::move(stored);
}

template <typename T>
constexpr std::size_t kFlatOf = Type<T>::kFlat;
template <>
inline constexpr std::size_t kFlatOf<void> = 0;

template <typename R, typename... Args>
struct Binder {
  using Payload = typename Returned<R>::type;
  using Layout = Sequence<typename Param<Args>::Stored...>;
  using Outcome = HostFunction::Outcome;
  static constexpr bool kParamsInMemory = Layout::kFlat > types::kMaxFlatParams;
  static constexpr bool kResultInMemory = kFlatOf<Payload> > types::kMaxFlatResults;
  static constexpr std::size_t kFlatParams = kParamsInMemory ? 1 : Layout::kFlat;
  static_assert(!Returned<R>::kMayWait || (!kIsOwn<std::remove_cvref_t<Args>> && ...),
                "a function that is asked again must not take ownership the first time");

  static Outcome invoke(const HostFunction& self, Context& context, Call& call, Value* values) {
    std::tuple<typename Param<Args>::Stored...> stored;
    auto members = std::apply([](auto&... items) { return std::tie(items...); }, stored);
    if constexpr (kParamsInMemory) {
      const auto pointer = static_cast<std::uint32_t>(values[0].i32);
      const std::uint8_t* from = context.range(pointer, Layout::kSize, Layout::kAlign);
      if (!from || !Layout::load(context, from, members)) return Outcome::Failed;
    } else {
      if (!Layout::lift(context, values, members)) return Outcome::Failed;
    }
    auto* function = reinterpret_cast<R (*)(Call&, Args...)>(self.target);
    const auto run = [&]<std::size_t... I>(std::index_sequence<I...>) -> R {
      return function(call, pass<Args>(std::get<I>(stored))...);
    };
    if constexpr (std::is_void_v<R>) {
      run(std::index_sequence_for<Args...>());
      return Outcome::Done;
    } else {
      return finish(context, values, run(std::index_sequence_for<Args...>()));
    }
  }

  static std::string type_text() {
    std::string out = "func(";
    std::string_view separator;
    ((out += separator, Type<typename Param<Args>::Stored>::text(out), separator = ", "), ...);
    out += ')';
    if constexpr (!std::is_void_v<Payload>) {
      out += " -> ";
      Type<Payload>::text(out);
    }
    return out;
  }

 private:
  static Outcome finish(Context& context, Value* values, Poll<Payload> result)
    requires(Returned<R>::kMayWait)
  {
    if (result.pending()) return Outcome::Pending;
    if (result.failed()) return context.fail(std::move(result.error())), Outcome::Failed;
    if constexpr (std::is_void_v<Payload>)
      return Outcome::Done;
    else
      return lower(context, values, std::move(result.value()));
  }
  template <typename T>
    requires(!Returned<R>::kMayWait)
  static Outcome finish(Context& context, Value* values, T result) {
    if constexpr (std::is_same_v<T, Result<void>>) {
      if (!result) return context.fail(std::move(result).error()), Outcome::Failed;
      return Outcome::Done;
    } else if constexpr (std::is_same_v<T, Result<Payload>>) {
      if (!result) return context.fail(std::move(result).error()), Outcome::Failed;
      return lower(context, values, std::move(result).value());
    } else {
      return lower(context, values, std::move(result));
    }
  }

  template <typename T>
  static Outcome lower(Context& context, Value* values, T result) {
    bool lowered;
    if constexpr (kResultInMemory) {
      const auto pointer = static_cast<std::uint32_t>(values[kFlatParams].i32);
      lowered = context.range(pointer, Type<Payload>::kSize, Type<Payload>::kAlign) &&
                Type<Payload>::store(context, pointer, std::move(result));
    } else {
      lowered = Type<Payload>::lower(context, values, std::move(result));
    }
    return lowered ? Outcome::Done : Outcome::Failed;
  }
};

template <typename R, typename... Args>
HostFunction bind_pointer(R (*function)(Call&, Args...)) {
  using B = Binder<R, Args...>;
  return {B::invoke, reinterpret_cast<void (*)()>(function), B::type_text};
}

}  // namespace internal

/// Derives a host function from a captureless lambda or function `R(Call&, Args…)`.
template <typename F>
HostFunction bind(F function) {
  return internal::bind_pointer(+function);
}

using handles::ResourceType;

}  // namespace favo::abi
