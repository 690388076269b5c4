#pragma once

#include <string_view>

#include "component/abi/value.h"

namespace favo::abi {
class Call;
class Host;
}  // namespace favo::abi

namespace favo::wasi {

/// `wasi:cli/terminal-input.terminal-input` and its counterpart: that a standard stream has one
/// says that it is a terminal. Nothing can be done with it.
struct TerminalInput {};
struct TerminalOutput {};

/// Registers what `wasi:cli` imports: environment, exit, stdin, stdout, stderr, terminal-….
void add_cli(abi::Host& host);

/// Notes, for an explanation, that a component looks at its environment. An empty one is no
/// refusal: nobody knows what was looked for.
void audit_environment(const abi::Call& call, std::string_view interface,
                       std::string_view function);

}  // namespace favo::wasi

FAVO_RESOURCE(favo::wasi::TerminalInput, "wasi:cli/terminal-input", "terminal-input")
FAVO_RESOURCE(favo::wasi::TerminalOutput, "wasi:cli/terminal-output", "terminal-output")
