#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "component/binary/decode.h"
#include "component/compose/compose.h"
#include "component/runtime/test_application.h"
#include "component/wit/print.h"

/// For tests: components written as text, composed.
namespace favo::compose::testing {

struct TextPart {
  std::string name, text;
  std::map<std::string, std::string> links = {};
  bool separate = false;
};

/// The composition of what is linked to `root`. Interfaces of `wasi:` may be left to the host.
inline Result<std::vector<std::uint8_t>> compose(const std::vector<TextPart>& texts,
                                                 std::string_view root,
                                                 const validate::Features& features = {}) {
  std::vector<std::vector<std::uint8_t>> binaries;
  std::vector<Part> parts;
  for (const TextPart& text : texts) {
    binaries.push_back(wasm::testing::wat(text.text));
    parts.push_back({text.name, {}, text.links, text.separate});
  }
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i].bytes = binaries[i];
  Options options;
  options.features = features;
  options.core = [](Bytes module) -> Result<void> {
    const std::string reason = wasm::testing::invalid(module);
    if (reason.empty()) return {};
    return Error(Code::InvalidComponent, reason);
  };
  options.host = [](std::string_view interface) { return interface.starts_with("wasi:"); };
  const std::string roots[] = {std::string(root)};
  auto composed = FAVO_TRY(compose::compose(parts, roots, options));
  return std::move(composed.front());
}

/// What the composition's `run` returns, or why it does not.
inline std::string run(const std::vector<TextPart>& parts, std::string_view root) {
  auto composed = compose(parts, root);
  if (!composed) return composed.error().message();
  runtime::testing::Application application(std::move(*composed));
  const auto result = application.run();
  return result ? std::to_string(*result) : application.trap;
}

inline std::string refusal(const std::vector<TextPart>& parts, std::string_view root) {
  const auto composed = compose(parts, root);
  return composed ? std::string() : composed.error().message();
}

/// Its WIT, with all interfaces.
inline std::string wit(const std::vector<TextPart>& parts, std::string_view root) {
  const auto composed = compose(parts, root);
  if (!composed) return composed.error().message();
  const auto component = binary::decode(*composed);
  if (!component) return component.error().message();
  const auto text = wit::print_world(*component, {.interfaces = true});
  return text ? *text : text.error().message();
}

/// A component that imports functions without parameters that return a number, each `get` of an
/// interface, and exports one more: the digits that they return, one behind the other, or without
/// imports how often it was called. `exported`: its interface, or empty to export a bare `run`.
inline std::string digits(const std::vector<std::string>& imports, const std::string& exported) {
  std::string head, body = imports.empty() ? R"(
      (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))"
                                           : "(i32.const 0)";
  std::string core_imports, args;
  for (std::size_t i = 0; i < imports.size(); ++i) {
    const std::string n = std::to_string(i);
    head += "(import \"" + imports[i] + "\" (instance $i" + n +
            " (export \"get\" (func (result u32)))))\n"
            "(core func $f" +
            n + " (canon lower (func $i" + n + " \"get\")))\n";
    core_imports += "(import \"\" \"f" + n + "\" (func $f" + n + " (result i32)))";
    args += "(export \"f" + n + "\" (func $f" + n + "))";
    body = "(i32.add (i32.mul " + body + " (i32.const 10)) (call $f" + n + "))";
  }
  const std::string with = args.empty() ? "" : "(with \"\" (instance " + args + "))";
  const std::string lifted = "(result u32) (canon lift (core func $m \"get\"))";
  return "(component " + head + "(core module $M " + core_imports +
         "(global $count (mut i32) (i32.const 0)) (func (export \"get\") (result i32) " + body +
         ")) (core instance $m (instantiate $M " + with + "))" +
         (exported.empty() ? "(func (export \"run\") " + lifted + ")"
                           : "(func $get " + lifted +
                                 ") (instance $out (export \"get\" (func $get))) (export \"" +
                                 exported + "\" (instance $out))") +
         ")";
}

}  // namespace favo::compose::testing
