#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

/// How C++ spells WIT. A host function's C++ signature *is* its WIT type:
///
///   bool u8…s64 f32 f64 char     bool, std::uint8_t … std::int64_t, float, double, char32_t
///   string                       std::string_view (parameter), std::string (result)
///   list<u8>                     std::span<const std::uint8_t> (parameter),
///                                std::vector<std::uint8_t>, Placed (result)
///   list<T>                      std::vector<T>
///   tuple<A, B>                  std::tuple<A, B>
///   option<T>                    std::optional<T>
///   result<T, E>                 std::expected<T, E>; `Unit` for `_`: expected<Unit, E>
///   own<R>                       std::unique_ptr<R>
///   borrow<R>                    R& (parameter); Borrow<R> inside a list, tuple, …
///   record, variant, enum, flags a C++ type described by one of the macros below
///   resource                     a C++ class described by FAVO_RESOURCE
///
/// Views borrow guest memory: they die at the next call into the guest, so a function copies what
/// it keeps. A parameter `std::vector<std::string_view>` is fine for the same time.
namespace favo::abi {

using Unit = std::monostate;

/// A borrowed resource where a reference cannot stand. Never null.
template <typename R>
struct Borrow {
  R* resource;
  R* operator->() const { return resource; }
  R& operator*() const { return *resource; }
};

/// A result `list<u8>` that a function wrote into the guest's memory itself, where `Call::allocate`
/// made room: for bytes that the host should not hold besides.
struct Placed {
  std::uint32_t pointer = 0, length = 0;
};

/// The base of a WIT variant: `struct StreamError : Variant<std::unique_ptr<IoError>, Unit>` with
/// FAVO_VARIANT(StreamError, "last-operation-failed", "closed"). Built and read by case number:
/// `StreamError::make<1>()`, `error.index()`, `error.get<0>()`.
template <typename... Cases>
struct Variant {
  std::variant<Cases...> value;

  std::size_t index() const { return value.index(); }
  template <std::size_t I>
  auto& get() {
    return std::get<I>(value);
  }
  template <std::size_t I>
  const auto& get() const {
    return std::get<I>(value);
  }
  template <typename Self, std::size_t I, typename... Args>
  static Self make_as(Args&&... args) {
    Self self;
    self.value.template emplace<I>(std::forward<Args>(args)...);
    return self;
  }
};

template <typename T>
struct RecordOf;  ///< kFields: std::tuple of Member{name, pointer}
template <typename T>
struct VariantOf;  ///< kCases: array of names
template <typename T>
struct EnumOf;  ///< kNames: array of names, in the enumerators' order 0…
template <typename T>
struct FlagsOf;  ///< kNames: array of names; T is an integer-backed enum class, bit i = name i
template <typename R>
struct ResourceOf;  ///< kInterface (without version), kName

template <typename T, typename M>
struct Member {
  std::string_view name;
  M T::* pointer;
};
template <typename T, typename M>
constexpr Member<T, M> member(std::string_view name, M T::* pointer) {
  return {name, pointer};
}

}  // namespace favo::abi

/// FAVO_RECORD(Datetime, member("seconds", &Datetime::seconds), member("nanoseconds", …));
/// The macros stand at global scope and take qualified names.
#define FAVO_RECORD(T, ...)                \
  template <>                              \
  struct favo::abi::RecordOf<T> {          \
    static constexpr auto fields() {       \
      using favo::abi::member;             \
      return std::make_tuple(__VA_ARGS__); \
    }                                      \
  };
/// FAVO_VARIANT(StreamError, "last-operation-failed", "closed")
#define FAVO_VARIANT(T, ...)                                                       \
  template <>                                                                      \
  struct favo::abi::VariantOf<T> {                                                 \
    static constexpr auto kCases = std::to_array<std::string_view>({__VA_ARGS__}); \
  };
/// FAVO_ENUM(ErrorCode, "access", "would-block", …)
#define FAVO_ENUM(T, ...)                                                          \
  template <>                                                                      \
  struct favo::abi::EnumOf<T> {                                                    \
    static constexpr auto kNames = std::to_array<std::string_view>({__VA_ARGS__}); \
  };
/// FAVO_FLAGS(DescriptorFlags, "read", "write", …): `enum class DescriptorFlags : std::uint32_t`
#define FAVO_FLAGS(T, ...)                                                         \
  template <>                                                                      \
  struct favo::abi::FlagsOf<T> {                                                   \
    static constexpr auto kNames = std::to_array<std::string_view>({__VA_ARGS__}); \
  };
/// FAVO_RESOURCE(InputStream, "wasi:io/streams", "input-stream")
#define FAVO_RESOURCE(R, interface, name)                     \
  template <>                                                 \
  struct favo::abi::ResourceOf<R> {                           \
    static constexpr std::string_view kInterface = interface; \
    static constexpr std::string_view kName = name;           \
  };
