#pragma once

#include "component/abi/value.h"

namespace favo::abi {
class Host;
}

namespace favo::wasi {

/// `wasi:cli/terminal-input.terminal-input` and its counterpart. None is ever made: a guest's
/// standard streams are not terminals to it.
struct TerminalInput {};
struct TerminalOutput {};

/// Registers what `wasi:cli` imports: environment, exit, stdin, stdout, stderr, terminal-….
void add_cli(abi::Host& host);

}  // namespace favo::wasi

FAVO_RESOURCE(favo::wasi::TerminalInput, "wasi:cli/terminal-input", "terminal-input")
FAVO_RESOURCE(favo::wasi::TerminalOutput, "wasi:cli/terminal-output", "terminal-output")
