#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "component/link/plan.h"
#include "component/types/types.h"

/// For tests and fuzzing: applications of two components that pass a value of any type along and
/// back.
namespace favo::echo {

/// Decisions, drawn from bytes; when these are used up, every choice is the first.
class Choices {
 public:
  explicit Choices(Bytes bytes) : bytes_(bytes) {}

  /// From 0 to `count` - 1. REQUIRES: 0 < count <= 2^16
  std::uint32_t below(std::uint32_t count);
  /// All 64 bits of it.
  std::uint64_t number();

 private:
  std::uint8_t next();

  Bytes bytes_;
  std::size_t position_ = 0;
};

/// Any type without handles, at most `depth` deep; large ones are unlikely.
types::TypeId random_type(Choices& choices, types::TypeTable& table, int depth = 4);

/// A component in text, with two inside: `caller` imports `f: func(x: T) -> T` from `callee` and
/// exports `run` of the same type, in the instance `api`, which passes all on. The callee's code
/// gives back what it got; both have a memory of their own.
///
/// REQUIRES: a layout of less than 32 KiB.
std::string echo_app(const types::TypeTable& table, types::TypeId type, link::StringEncoding caller,
                     link::StringEncoding callee);

/// The callee alone: exports `f`, in the instance `api`, so that the host calls it without an
/// adapter.
std::string echo_alone(const types::TypeTable& table, types::TypeId type,
                       link::StringEncoding encoding);

}  // namespace favo::echo
