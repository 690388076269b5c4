#pragma once

#include <string>
#include <string_view>

#include "component/binary/decode.h"
#include "component/validate/validate.h"
#include "wasm/test_engine.h"

/// For tests: components written as text.
namespace favo::validate::testing {

/// Empty when the component is valid, otherwise the reason.
inline std::string refusal(std::string_view text, const Features& features = {}) {
  const auto bytes = wasm::testing::wat(text);
  const auto component = binary::decode(bytes);
  if (!component) return "malformed: " + component.error().message();
  const auto core = [](Bytes module) -> Result<void> {
    const std::string reason = wasm::testing::invalid(module);
    if (reason.empty()) return {};
    return Error(Code::InvalidComponent, reason);
  };
  const auto valid = validate(*component, features, core);
  return valid ? std::string() : valid.error().message();
}

}  // namespace favo::validate::testing
