#pragma once

namespace favo::abi {
class Host;
}

namespace favo::wasi {

/// Registers everything of WASI 0.2 that is imported: cli, clocks, filesystem, http, io, random,
/// sockets. Their functions expect a `wasi::Context` as the instance's host object.
void add_to(abi::Host& host);

}  // namespace favo::wasi
