#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "component/handles/handle_table.h"

namespace favo::values {

struct Value;

/// A value of a variant, enum, option or result: the case by its position, `none` and `ok` being
/// the first; with its payload, if it has one.
struct Case {
  std::uint32_t index = 0;
  std::vector<Value> payload;  ///< none or one
  bool operator==(const Case& other) const;
};

/// A resource out of its handle table.
struct Handle {
  const handles::ResourceType* type = nullptr;
  handles::Rep rep = 0;
  bool own = true;
  bool operator==(const Handle&) const = default;
};

/// Any value of the Component Model, as a tree. What it means depends on its type, which travels
/// beside it as a `TypeId`:
///
///   bool, integers, char    std::uint64_t; signed ones sign-extended
///   f32, f64                std::uint64_t: the bits; there is one NaN only
///   flags                   std::uint64_t: bit i is the label i
///   string                  std::string, UTF-8
///   list, tuple, record     Parts; the fields of a record in the order of its type
///   map                     Parts of Parts{key, value}
///   variant, enum, option, result   Case
///   own, borrow             Handle
///
/// For tools and tests: calls that serve use typed C++ (component/abi) and build no trees.
struct Value {
  using Parts = std::vector<Value>;
  std::variant<std::uint64_t, std::string, Parts, Case, Handle> data;
  bool operator==(const Value& other) const { return data == other.data; }
};

inline bool Case::operator==(const Case& other) const {
  return index == other.index && payload == other.payload;
}

/// Destroys the host's resources that a value owns. A guest's own resources end with its instance.
void dispose(const Value& value);

/// The bits of the only NaN.
constexpr std::uint64_t kNan32 = 0x7fc0'0000;
constexpr std::uint64_t kNan64 = 0x7ff8'0000'0000'0000;
/// `bits`, or the only NaN if they are one. Spec: CanonicalABI.md, "canonicalize_nan32".
std::uint64_t canonicalize_nan32(std::uint32_t bits);
std::uint64_t canonicalize_nan64(std::uint64_t bits);

}  // namespace favo::values
