#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "component/types/types.h"
#include "component/values/value.h"

/// WAVE, the text form of values: `{name: "a", tags: [1, 2], kind: days(30)}`.
/// Grammar: wasm-wave's README. Maps, which it has no syntax for, are lists of pairs:
/// `[("a", 1)]`. Handles cannot be written; they are printed as `<own>` and `<borrow>`.
namespace favo::values {

/// Reads a value of `type`, all of `text`.
/// Errors: InvalidArgument with the place, what was expected and what was found there:
///         `column 7: expected u8, a number from 0 to 255, found "256"`.
Result<Value> parse_wave(std::string_view text, const types::TypeTable& types, types::TypeId type);

/// A call as written: `wasi:clocks/now@0.2.0.get(1, "a")`, the text before and from the first
/// parenthesis on.
struct WaveCall {
  std::string_view function;
  std::string_view arguments;  ///< `(1, "a")`; `()` where the text had none
};
WaveCall split_wave_call(std::string_view text);

/// Reads `(1, "a")` as the arguments of a function; options at the end may be left out.
/// `column`: where `text` begins, for messages, counted from 1.
Result<std::vector<Value>> parse_wave_arguments(std::string_view text, std::size_t column,
                                                const types::TypeTable& types,
                                                const types::FuncType& func);

std::string to_wave(const Value& value, const types::TypeTable& types, types::TypeId type);

}  // namespace favo::values
