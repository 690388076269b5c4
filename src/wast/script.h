#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favo::wast {

enum class CommandKind : std::uint8_t {
  Module,
  ModuleDefinition,
  ModuleInstance,
  Action,
  AssertReturn,
  AssertTrap,
  AssertUninstantiable,
  AssertUnlinkable,
  AssertInvalid,
  AssertMalformed,
};
/// As the script spells it: `assert_return`.
std::string_view to_string(CommandKind kind);

/// One command of a script.
struct Command {
  CommandKind kind;
  std::uint32_t line = 0;
  std::string filename;     ///< of the component, beside the script; empty without one
  bool text_only = false;   ///< `filename` is text that a parser of text must refuse
  std::string name;         ///< of a module, definition or instance; may be empty
  std::string definition;   ///< that a `module_instance` instantiates; may be empty
  std::string field;        ///< the exported function that is called
  std::string arguments;    ///< as JSON: see value_json.h
  std::string results;      ///< the same, of assert_return
  std::string expectation;  ///< the message that upstream expects, for people
};

/// A component script as `wasm-tools json-from-wast` writes it.
struct Script {
  std::string source;  ///< the `.wast` it was made from
  std::vector<Command> commands;
};

/// Errors: InvalidArgument with the place of the first mistake; `Unsupported` for a kind of command
///         that component scripts don't have.
Result<Script> parse_script(std::string_view json);

}  // namespace favo::wast
