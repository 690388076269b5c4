#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "component/abi/host.h"

/// What scripts may import from whoever runs them: the conventions of Wasmtime's suite.
namespace favo::wast {

/// Of one file: its instances share the counters.
struct HostState {
  std::uint32_t drops = 0;      ///< of `resource1`
  std::uint32_t last_drop = 0;  ///< the representation
};

/// Registers all functions and resources; host functions take a `HostState`.
void add_to(abi::Host& host);

/// The types of host functions that are `async`, of which no binding exists yet: nobody can call
/// them. Empty when there is no such function.
std::string_view async_type(std::string_view interface, std::string_view name);

/// `host.simple-module`, a core module.
Bytes simple_module();

}  // namespace favo::wast
