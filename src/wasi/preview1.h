#pragma once

#include <string_view>

namespace favo::abi {
class Host;
}

namespace favo::wasi {

/// The module that core modules of WASI preview 1 import their functions from.
constexpr std::string_view kPreview1 = "wasi_snapshot_preview1";

/// Registers all of preview 1, which `add_to` does not. Its functions take what the module's core
/// types say, numbers, and read and write the caller's memory themselves; they work on the same
/// files, streams and clocks as the interfaces of 0.2.
void add_preview1(abi::Host& host);

namespace preview1 {
// By file.
void add_process_functions(abi::Host& host);
void add_fd_functions(abi::Host& host);
void add_io_functions(abi::Host& host);
void add_path_functions(abi::Host& host);
void add_poll_functions(abi::Host& host);
}  // namespace preview1

}  // namespace favo::wasi
