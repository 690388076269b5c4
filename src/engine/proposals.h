#pragma once

struct wasm_config_t;

namespace favo::engine {

/// Switches on every proposal that Favo runs, those included that are on by default: one list for
/// the engine and for tests that make their own. `wasm/opcode.def` has the instructions of exactly
/// these.
void enable_proposals(wasm_config_t* config);

}  // namespace favo::engine
