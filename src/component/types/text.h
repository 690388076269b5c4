#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "component/types/types.h"

namespace favo::types {

/// Names a resource in printed types: `wasi:io/streams.input-stream` (no version), so that types of
/// one semver track print alike.
using ResourceNamer = std::function<std::string(ResourceId)>;

/// Texts end in `…` after this many bytes: types share their parts, so a few hundred bytes of input
/// can describe a type of any length.
constexpr std::size_t kMaxTypeText = 64 * 1024;

/// A type written structurally, on one line. This text is a contract: host functions derive the
/// same text from their C++ signature (`component/abi/type.h`), and binding compares the two.
///
///   bool s8 u8 s16 u16 s32 u32 s64 u64 f32 f64 char string error-context
///   record{a: u32, b: string}   variant{a(u32), b}   enum{a, b}   flags{a, b}
///   list<u8>  list<u8, 4>  tuple<u8, string>  option<u8>
///   result  result<u8>  result<_, string>  result<u8, string>
///   own<wasi:io/error.error>  borrow<…>  stream  stream<u8>  future  future<u8>  map<string, u8>
std::string text_of(const TypeTable& table, TypeId type, const ResourceNamer& resource);

/// `func(borrow<wasi:io/streams.input-stream>, u64) -> list<u8>`; `async func(...)`; parameters are
/// printed without their names; no ` -> …` when there is no result.
std::string text_of(const TypeTable& table, const FuncType& func, const ResourceNamer& resource);

}  // namespace favo::types
